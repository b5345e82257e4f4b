using Engine.Volumes;

namespace Engine.Load;

/// <summary>Reads a volume's counters in the form that reports use.</summary>
internal static class VolumeCounters
{
    public static DeviceCounts ReadDeviceCounts(this Volume volume)
    {
        VolumeStatistics statistics = volume.Statistics();
        return new DeviceCounts(statistics.StoreReads, statistics.StoreWrites, statistics.StoreFlushes,
            statistics.Cache?.BytesHit ?? 0,
            statistics.Cache?.BytesMiss ?? 0);
    }
}
