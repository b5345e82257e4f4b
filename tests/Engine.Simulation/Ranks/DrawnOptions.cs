using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>Options of ranks as a seed draws them: small limits, so that they are met.</summary>
internal static class DrawnOptions
{
    /// <summary>A rank with short segments and few of them.</summary>
    public static RankOptions Of(SeededRandom random) => new()
    {
        Incarnation = 0,
        CacheBytesMax = 8 << 20,
        EventBlocks = 1024,
        SegmentEventsMax = 1 << random.NextInt(1, 8),
        SegmentsMax = random.NextInt(1, 5),
        CheckLevel = 3,
    };

    /// <summary>Directories of a few names are divided already.</summary>
    public static RankOptions Divided(RankOptions options, SeededRandom random) => options with
    {
        SplitEntries = random.NextInt(3, 7),
        MergeEntries = random.NextInt(1, 4),
        SplitBits = random.NextInt(1, 3),
        FragmentTimeoutMicros = random.NextInt(1_000, 1_000_000),
    };
}
