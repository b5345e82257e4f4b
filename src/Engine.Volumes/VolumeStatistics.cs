namespace Engine.Volumes;

/// <summary>A snapshot of a volume's counters since it was opened.</summary>
public sealed record VolumeStatistics
{
    /// <summary>The volume's own counters; null with a cache.</summary>
    public DirectStatistics? Direct { get; init; }

    /// <summary>Bytes that callers read.</summary>
    public long ReadBytes => Direct?.ReadBytes ?? 0;

    /// <summary>Bytes that callers wrote.</summary>
    public long WriteBytes => Direct?.WriteBytes ?? 0;

    /// <summary>Count of reads sent to the store.</summary>
    public long StoreReads => Direct?.StoreReads ?? 0;

    /// <summary>Count of writes sent to the store.</summary>
    public long StoreWrites => Direct?.StoreWrites ?? 0;

    /// <summary>Count of flushes sent to the store.</summary>
    public long StoreFlushes => Direct?.Flushes ?? 0;
}
