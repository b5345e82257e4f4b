using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>How messages travel; durations in microseconds.</summary>
public sealed record NetworkOptions
{
    /// <summary>Least time a message takes.</summary>
    public int LatencyMicros { get; init; } = 50;

    /// <summary>Most that chance adds.</summary>
    public int JitterMicros { get; init; } = 100;

    /// <summary>Probability that a message takes up to <see cref="SpikeMicros"/> longer.</summary>
    public double SpikeProbability { get; init; } = 0.001;

    /// <summary>Most that a spike adds.</summary>
    public int SpikeMicros { get; init; } = 20_000;

    /// <summary>Bytes that a link carries in a microsecond.</summary>
    public int BytesPerMicro { get; init; } = 1000;

    /// <summary>Most time until a peer learns that a channel ended.</summary>
    public int DetectMicros { get; init; } = 50_000;

    /// <summary>Messages of one link may overtake one another: against the contract, to prove that checks notice.</summary>
    public bool BreaksFifo { get; init; }

    /// <summary>Options that belong to a seed.</summary>
    public static NetworkOptions Draw(SeededRandom random) => new()
    {
        LatencyMicros = random.NextInt(5, 200),
        JitterMicros = random.NextInt(1, 400),
        SpikeProbability = random.NextBool(0.5) ? 0 : random.NextDouble() * 0.01,
        SpikeMicros = random.NextInt(1000, 50_000),
        BytesPerMicro = random.NextInt(20, 2000),
        DetectMicros = random.NextInt(100, 200_000),
    };
}
