namespace Engine.Load;

/// <summary>What <see cref="TraceMaker"/> makes. The defaults have the character of a virtual machine's disk.</summary>
public sealed record TraceMakerOptions
{
    /// <summary>Requests.</summary>
    public int Requests { get; init; } = 100_000;

    /// <summary>Addresses are below this, in bytes.</summary>
    public long SpanBytes { get; init; } = 1L << 30;

    /// <summary>Seed; the same seed makes the same trace.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Share of writes, in percent.</summary>
    public int WritePercent { get; init; } = 60;

    /// <summary>Smallest <see cref="SpanBytes"/>.</summary>
    public const long SpanBytesMin = 16L << 20;
}
