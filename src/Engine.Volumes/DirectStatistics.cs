namespace Engine.Volumes;

/// <summary>Counters of a volume without a cache, since it was opened. Bytes unless the name says otherwise.</summary>
public sealed record DirectStatistics
{
    /// <summary>Count of reads that callers made.</summary>
    public long Reads { get; init; }

    /// <summary>Bytes that callers read.</summary>
    public long ReadBytes { get; init; }

    /// <summary>Count of writes that callers made.</summary>
    public long Writes { get; init; }

    /// <summary>Bytes that callers wrote.</summary>
    public long WriteBytes { get; init; }

    /// <summary>Count of flushes that callers made.</summary>
    public long Flushes { get; init; }

    /// <summary>Count of discards and write-zeroes.</summary>
    public long Discards { get; init; }

    /// <summary>Count of reads sent to the store, those of read-modify-write included.</summary>
    public long StoreReads { get; init; }

    /// <summary>Count of writes sent to the store.</summary>
    public long StoreWrites { get; init; }

    /// <summary>Count of flushes sent to the store: callers that come while one is under way share the next.</summary>
    public long StoreFlushes { get; init; }

    /// <summary>Count of unaligned writes that read the store first.</summary>
    public long ReadModifyWrites { get; init; }

    /// <summary>Count of writes that waited for an overlapping one.</summary>
    public long RangeWaits { get; init; }

    /// <summary>Count of pieces of requests that waited for memory, or for the store to have fewer of them.</summary>
    public long MemoryWaits { get; init; }

    /// <summary>Count of requests that failed.</summary>
    public long Failures { get; init; }

    /// <summary>Count of requests under way.</summary>
    public long InFlight { get; init; }
}
