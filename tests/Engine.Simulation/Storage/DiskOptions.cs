using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>How a simulated disk behaves when nothing is wrong; durations in microseconds.</summary>
public sealed record DiskOptions
{
    /// <summary>Least time of an operation.</summary>
    public int LatencyMicros { get; init; } = 20;

    /// <summary>Most that chance adds.</summary>
    public int JitterMicros { get; init; } = 60;

    /// <summary>Least time of a flush.</summary>
    public int FlushMicros { get; init; } = 200;

    /// <summary>Bytes moved in a microsecond.</summary>
    public int BytesPerMicro { get; init; } = 1000;

    /// <summary>Bytes that a log may hold.</summary>
    public long LogBytesMax { get; init; } = 64 << 20;

    /// <summary>Bytes of a log that may wait for a flush.</summary>
    public long UnflushedBytesMax { get; init; } = 16 << 20;

    /// <summary>Most payload bytes of a log record.</summary>
    public int RecordBytesMax { get; init; } = 4 << 20;

    /// <summary>Options that belong to a seed.</summary>
    public static DiskOptions Draw(SeededRandom random) => new()
    {
        LatencyMicros = random.NextInt(5, 200),
        JitterMicros = random.NextInt(1, 300),
        FlushMicros = random.NextInt(10, 3000),
        BytesPerMicro = random.NextInt(50, 2000),
    };
}
