using Engine.Cache;

namespace Engine.Volumes;

/// <summary>A snapshot of a volume's counters since it was opened.</summary>
public sealed record VolumeStatistics
{
    /// <summary>The cache's counters and gauges; null without a cache.</summary>
    public CacheStatistics? Cache { get; init; }

    /// <summary>The volume's own counters; null with a cache.</summary>
    public DirectStatistics? Direct { get; init; }

    /// <summary>Bytes that callers read.</summary>
    public long ReadBytes => Cache?.DataRead ?? Direct?.ReadBytes ?? 0;

    /// <summary>Bytes that callers wrote.</summary>
    public long WriteBytes => Cache?.DataWritten ?? Direct?.WriteBytes ?? 0;

    /// <summary>Share of the bytes read that the cache had, from 0 to 1; 0 without a cache or before the first read.</summary>
    public double HitRatio => Cache is { BytesHit: > 0 } cache ? (double)cache.BytesHit / (cache.BytesHit + cache.BytesMiss) : 0;

    /// <summary>Count of reads sent to the store.</summary>
    public long StoreReads => Cache?.BackendReads ?? Direct?.StoreReads ?? 0;

    /// <summary>Count of writes sent to the store.</summary>
    public long StoreWrites => Cache?.BackendWrites ?? Direct?.StoreWrites ?? 0;

    /// <summary>Count of flushes sent to the store.</summary>
    public long StoreFlushes => Cache?.BackendFlushes ?? Direct?.StoreFlushes ?? 0;
}
