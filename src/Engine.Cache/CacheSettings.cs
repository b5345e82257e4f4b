using Engine.Buffers;

namespace Engine.Cache;

/// <summary>
/// The cache's limits, one immutable snapshot that may be replaced at run time (<see cref="ObjectCacher.Apply"/>). Lengths
/// in bytes. Source: specification of the object cache, 1.14, 2.5, 2.9, 2.19.
/// </summary>
public sealed record CacheSettings
{
    /// <summary>Block size of the cache: the unit of memory and of eviction.</summary>
    public const int BlockBytes = 4096;

    /// <summary>Memory for data, clean and dirty together.</summary>
    public long SizeBytes { get; init; } = 64L << 20;

    /// <summary>Most dirty memory, in flight included, charged by whole blocks; writers wait at it. 0 means
    /// write-through.</summary>
    public long DirtyBytesMax { get; init; } = 32L << 20;

    /// <summary>Until the first flush that its user asks for the cache writes through: a user who never flushes knows nothing of
    /// a cache that holds data back. Once it was asked, it stays asked, whatever settings come later.</summary>
    public bool WritesThroughUntilFlush { get; init; }

    /// <summary>Background writeback starts above this much dirty memory.</summary>
    public long DirtyBytesTarget { get; init; } = 16L << 20;

    /// <summary>Dirty data is written at the latest this long after it first became dirty.</summary>
    public TimeSpan DirtyAgeMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Most write requests in flight at the store, 1 to 4096.</summary>
    public int WritebackWindow { get; init; } = 64;

    /// <summary>Most bytes in one write request; the store's own limit applies too.</summary>
    public int WritebackBytesMax { get; init; } = 1 << 20;

    /// <summary>Most memory that is committed but not yet flushed by the store; above it the store is flushed. 0 means half of
    /// <see cref="SizeBytes"/>.</summary>
    public long UnstableBytesMax { get; init; }

    /// <summary>Of a sequential stream of requests, what comes after so many bytes is evicted before all else as soon as it is
    /// more than a tenth of the cache: who copies a disk does not displace what others use. 0: such streams are as all
    /// else.</summary>
    public long SequentialCutoffBytes { get; init; } = 4 << 20;

    /// <summary>How long background writeback leaves an object alone when a write of it failed, and the store's flush when that
    /// failed; doubled with every further failure of the object, or of that flush, in a row.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The most that <see cref="RetryDelay"/> grows to; without effect where it is less than that.</summary>
    public TimeSpan RetryDelayMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>EINVAL unless 0 &lt;= target &lt;= dirty maximum &lt;= size and every limit is usable.</summary>
    public IoError Validate()
    {
        bool valid = SizeBytes >= BlockBytes
            && SizeBytes / BlockBytes < int.MaxValue / 4
            && DirtyBytesTarget >= 0
            && DirtyBytesTarget <= DirtyBytesMax
            && DirtyBytesMax <= SizeBytes
            && DirtyAgeMax > TimeSpan.Zero
            && WritebackWindow is > 0 and <= 4096
            && WritebackBytesMax >= BlockBytes
            && UnstableBytesMax >= 0
            && SequentialCutoffBytes >= 0
            && RetryDelay > TimeSpan.Zero;
        return valid ? IoError.None : IoError.Invalid;
    }

    /// <summary>Cached blocks that fit the size.</summary>
    internal int SizeBlocks => (int)(SizeBytes / BlockBytes);

    /// <summary>Blocks that may be dirty or in flight; write-through is bounded by memory alone.</summary>
    internal int DirtyBlocksMax => (int)((DirtyBytesMax == 0 ? SizeBytes : DirtyBytesMax) / BlockBytes);

    /// <summary>Committed, unflushed blocks at which the store is flushed.</summary>
    internal int UnstableBlocksMax =>
        Math.Max(1, (int)((UnstableBytesMax == 0 ? SizeBytes / 2 : UnstableBytesMax) / BlockBytes));

    /// <summary>A request longer than this is served in parts, so that it needs no more memory than the cache has, and others get
    /// their turn between two parts.</summary>
    internal int RequestBytesMax => (int)Math.Min(SizeBytes, 4 << 20);

    /// <summary>The part in which a longer request is served.</summary>
    internal int WindowBytes => (int)Math.Clamp(SizeBytes / 4, BlockBytes, 4 << 20);
}
