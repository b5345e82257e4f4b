namespace Engine.Cache;

/// <summary>A snapshot of the cache's gauges and counters (specification of the object cache, 1.13 and 2.20). Gauges say
/// what is now, counters only grow. Bytes unless the name says otherwise.</summary>
public sealed record CacheStatistics
{
    public long CleanBytes { get; init; }

    public long ZeroBytes { get; init; }

    public long DirtyBytes { get; init; }

    public long RxBytes { get; init; }

    public long TxBytes { get; init; }

    public long ErrorBytes { get; init; }

    /// <summary>Committed by the store, not yet flushed by it; part of <see cref="CleanBytes"/>.</summary>
    public long UnstableBytes { get; init; }

    /// <summary>Memory held: whole blocks, old versions in flight included.</summary>
    public long ChargedBytes { get; init; }

    /// <summary>Bytes of writers that wait for admission.</summary>
    public long DirtyWaitingBytes { get; init; }

    /// <summary>Count of writers that wait for admission.</summary>
    public int DirtyWaiters { get; init; }

    /// <summary>Count of reads in flight at the store.</summary>
    public int ReadsOutstanding { get; init; }

    /// <summary>Count of writes in flight at the store.</summary>
    public int WritesOutstanding { get; init; }

    /// <summary>Writes end when they are committed: the settings say so, or nobody has flushed yet.</summary>
    public bool WritesThrough { get; init; }

    /// <summary>Count of open objects.</summary>
    public int Objects { get; init; }

    /// <summary>Count of cached blocks.</summary>
    public int Blocks { get; init; }

    public long OpsHit { get; init; }

    public long OpsMiss { get; init; }

    public long BytesHit { get; init; }

    public long BytesMiss { get; init; }

    /// <summary>Bytes that callers asked to read.</summary>
    public long DataRead { get; init; }

    /// <summary>Bytes that callers wrote.</summary>
    public long DataWritten { get; init; }

    /// <summary>Bytes sent to the store by writeback.</summary>
    public long DataFlushed { get; init; }

    public long DataOverwrittenWhileFlushing { get; init; }

    public long WriteOpsBlocked { get; init; }

    public long WriteBytesBlocked { get; init; }

    /// <summary>Time that writers waited for admission.</summary>
    public TimeSpan WriteTimeBlocked { get; init; }

    public long BackendReads { get; init; }

    public long BackendReadBytes { get; init; }

    public long BackendWrites { get; init; }

    public long BackendFlushes { get; init; }

    /// <summary>Writes of dirty data, and reads that were to complete it to whole units, that failed.</summary>
    public long WritebackFailures { get; init; }

    /// <summary>Flushes of the store that failed, and zeroing after such a one that failed again.</summary>
    public long BackendFlushFailures { get; init; }

    /// <summary>Dirty bytes given up after such a failure.</summary>
    public long BytesGivenUp { get; init; }

    /// <summary>Count of sets that have failed, and were not resumed.</summary>
    public int FailedSets { get; init; }

    /// <summary>Blocks evicted for memory.</summary>
    public long Evictions { get; init; }

    /// <summary>Blocks that came again soon after they had been evicted, as far as the eviction policy remembers them.</summary>
    public long GhostHits { get; init; }

    /// <summary>What the eviction policy keeps beside the blocks; part of the size.</summary>
    public long EvictionBytes { get; init; }

    /// <summary>Payload bytes copied inside the cache: not for callers' buffers but between blocks.</summary>
    public long BytesCopiedInternally { get; init; }

    /// <summary>Notifications that threw.</summary>
    public long EventFailures { get; init; }
}
