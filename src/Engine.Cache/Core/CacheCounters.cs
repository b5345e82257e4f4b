namespace Engine.Cache;

/// <summary>The counters of <see cref="CacheStatistics"/>, guarded by the cache's lock.</summary>
internal sealed class CacheCounters
{
    public long OpsHit;
    public long OpsMiss;
    public long BytesHit;
    public long BytesMiss;
    public long DataRead;
    public long DataWritten;
    public long DataFlushed;
    public long DataOverwrittenWhileFlushing;
    public long WriteOpsBlocked;
    public long WriteBytesBlocked;
    public long WriteTicksBlocked;
    public long BackendReads;
    public long BackendReadBytes;
    public long BackendWrites;
    public long BackendFlushes;
    public long WritebackFailures;
    public long BackendFlushFailures;
    public long BytesGivenUp;
    public long Evictions;
    public long GhostHits;
    public long BytesCopiedInternally;
    public long EventFailures;
}
