using Engine.Buffers;

namespace Engine.Devices;

/// <summary>
/// A block device, or a file used as one: reads, writes, flushes, discards and write-zeroes with direct I/O.
/// </summary>
/// <remarks>
/// Requests complete in any order; overlapping requests in flight are the caller's mistake. A completed write may still
/// sit in the device's volatile cache: durable means a flush submitted after its completion, or FUA. Wrappers change one
/// thing and forward the rest.
/// </remarks>
public interface IBlockDevice : IDisposable
{
    /// <summary>Sizes, alignment and abilities.</summary>
    DeviceGeometry Geometry { get; }

    /// <summary>The engine in use and why, in one line, for example <c>io_uring (single issuer, deferred task run)</c>.</summary>
    string Engine { get; }

    /// <summary>Hands over requests; each completes exactly once through its sink. Any thread. Cheap when called on the
    /// thread that runs completions: requests then ride with its next batch.</summary>
    void Submit(ReadOnlySpan<DeviceRequest> requests);

    /// <summary>Does one request on the caller's thread and returns its outcome; short transfers are returned as they are.
    /// </summary>
    IoResult Execute(in DeviceRequest request);
}
