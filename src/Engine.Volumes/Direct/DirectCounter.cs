namespace Engine.Volumes;

/// <summary>Names of the direct path's counters; see <see cref="DirectStatistics"/>.</summary>
internal enum DirectCounter
{
    Reads,
    ReadBytes,
    Writes,
    WriteBytes,
    Flushes,
    Discards,
    StoreReads,
    StoreWrites,
    StoreFlushes,
    ReadModifyWrites,
    RangeWaits,
    MemoryWaits,
    Failures,
    Count,
}
