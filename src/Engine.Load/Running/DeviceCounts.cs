using System.Runtime.InteropServices;

namespace Engine.Load;

/// <summary>What a volume did towards its store, and how its cache fared: counters since it was opened, or their difference over
/// a run.</summary>
/// <param name="Reads">Requests that read the store.</param>
/// <param name="Writes">Requests that wrote the store.</param>
/// <param name="Flushes">Flushes of the store.</param>
/// <param name="BytesHit">Bytes that the cache held when they were read.</param>
/// <param name="BytesMissed">Bytes that it had to fetch.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DeviceCounts(long Reads, long Writes, long Flushes, long BytesHit, long BytesMissed)
{
    /// <summary>Share of read bytes that came from the cache, 0 to 1; null without a cache or without reads.</summary>
    public double? HitRatio => BytesHit + BytesMissed == 0 ? null : (double)BytesHit / (BytesHit + BytesMissed);

    /// <summary>The difference of two readings.</summary>
    public static DeviceCounts operator -(DeviceCounts later, DeviceCounts earlier) => Subtract(later, earlier);

    /// <summary>The difference of two readings.</summary>
    public static DeviceCounts Subtract(DeviceCounts later, DeviceCounts earlier) => new(
        later.Reads - earlier.Reads,
        later.Writes - earlier.Writes,
        later.Flushes - earlier.Flushes,
        later.BytesHit - earlier.BytesHit,
        later.BytesMissed - earlier.BytesMissed);
}
