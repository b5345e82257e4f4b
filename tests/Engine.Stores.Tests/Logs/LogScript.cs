namespace Engine.Stores.Tests.Logs;

/// <summary>What a run of a log under crash enumeration does.</summary>
internal sealed record LogScript(ulong Seed, int Unit, bool UsesFua, int WritesMax, int WriteBytes, int Steps)
{
    public const int SegmentBytes = 16 << 10;
    public const int SegmentCount = 5;
    public const long Capacity = LogLayout.HeaderBytes + (SegmentBytes * SegmentCount);

    public static IReadOnlyList<LogScript> All { get; } =
    [
        new(1, 512, false, 1, 2048, 60),
        new(2, 512, true, 2, 2048, 60),
        new(3, 4096, false, 3, 4096, 60),
        new(4, 4096, true, 1, 8192, 60),
        new(5, 512, true, 4, 1024, 80),
        new(6, 512, false, 4, 4096, 80),
        new(7, 1024, true, 2, 16384, 60),
        new(8, 4096, true, 4, 4096, 80),
    ];

    public LogOptions Options => new() { WritesMax = WritesMax, WriteBytes = WriteBytes, UsesFua = UsesFua };

    public LogFormatOptions Format => new() { SegmentBytes = SegmentBytes, UnitBytes = Unit, Uuid = LogDevices.Uuid };
}
