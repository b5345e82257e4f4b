using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>How fast a <see cref="DecayCounter"/> forgets.</summary>
public readonly record struct DecayRate
{
    /// <summary>Half life when nothing else is configured.</summary>
    public const double HalfLifeSecondsDefault = 5;

    private const double MicrosPerSecond = 1e6;
    private readonly double _exponentPerMicro;

    /// <summary>A rate by its half life.</summary>
    /// <param name="halfLifeSeconds">Above 0.</param>
    public DecayRate(double halfLifeSeconds)
    {
        Invariant.That(halfLifeSeconds > 0);
        _exponentPerMicro = Math.Log(0.5) / (halfLifeSeconds * MicrosPerSecond);
    }

    /// <summary>What remains of 1 after the time.</summary>
    internal double Remaining(long elapsedMicros) => Math.Exp(elapsedMicros * _exponentPerMicro);
}
