namespace Engine.Metadata;

/// <summary>A count that halves with every half life. Decay is applied in steps of at least a second, and what falls below 0.01
/// becomes 0. Source: migrator specification, 1.13.</summary>
public struct DecayCounter
{
    private const long StepMicros = 1_000_000;
    private const double Negligible = 0.01;

    private double _value;
    private long _decayedAtMicros;

    /// <summary>Counts something.</summary>
    public void Hit(long nowMicros, DecayRate rate, double amount = 1) => _value = Read(nowMicros, rate) + amount;

    /// <summary>The count now.</summary>
    public double Read(long nowMicros, DecayRate rate)
    {
        // A count of nothing starts its first step with its first hit, whenever the counter was made.
        if (_value == 0)
        {
            _decayedAtMicros = nowMicros;
            return 0;
        }

        long elapsedMicros = nowMicros - _decayedAtMicros;
        if (elapsedMicros < StepMicros)
            return _value;
        _decayedAtMicros = nowMicros;
        _value *= rate.Remaining(elapsedMicros);
        if (Math.Abs(_value) < Negligible)
            _value = 0;
        return _value;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => this = default;
}
