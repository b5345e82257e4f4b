using Engine.Buffers;
using Engine.Metadata;
using Engine.Objects;

namespace Engine.Simulation;

/// <summary>Options of ranks, and of the store below them, as a seed draws them: small limits, so that they are met.</summary>
internal static class DrawnOptions
{
    private const int CacheBytes = 8 << 20;
    private const int SmallCacheBytesMin = 600 << 10;
    private const int SmallCacheBytesMax = 1 << 20;
    private const ulong SmallCacheOneIn = 3;
    private const ulong CacheStream = 0xCAC4E;
    private const ulong VolatileOneIn = 4;
    private const ulong StoreStream = 0x5704E;

    /// <summary>A rank with short segments and few of them; in one seed of three with hardly more memory than one change needs,
    /// so that directories are dropped and read again all the time.</summary>
    public static RankOptions Of(SeededRandom random, ulong seed) => new()
    {
        Incarnation = 0,
        CacheBytesMax = CacheBytesOf(new SeededRandom(TraceHash.Mix(seed, CacheStream))),
        EventBlocks = 1024,
        SegmentEventsMax = 1 << random.NextInt(1, 8),
        SegmentsMax = random.NextInt(1, 5),
        CheckLevel = 3,
    };

    /// <summary>In one seed of four a store whose writes and removals are durable only once it was flushed: a crash loses those
    /// that were over, too.</summary>
    public static ObjectStoreOptions StoreOf(RunSpec spec)
    {
        bool isVolatile = spec.IsStoreVolatile ?? (TraceHash.Mix(spec.Seed, StoreStream) % VolatileOneIn == 0);
        ObjectStoreOptions usual = new();
        return usual with { Capabilities = usual.Capabilities with { CommitIsDurable = !isVolatile } };
    }

    private static long CacheBytesOf(SeededRandom random) =>
        random.Next() % SmallCacheOneIn == 0 ? random.NextInt(SmallCacheBytesMin, SmallCacheBytesMax) : CacheBytes;

    /// <summary>Directories of a few names are divided already.</summary>
    public static RankOptions Divided(RankOptions options, SeededRandom random) => options with
    {
        SplitEntries = random.NextInt(3, 7),
        MergeEntries = random.NextInt(1, 4),
        SplitBits = random.NextInt(1, 3),
        FragmentTimeoutMicros = random.NextInt(1_000, 1_000_000),
    };
}
