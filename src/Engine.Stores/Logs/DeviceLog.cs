using Engine.Devices;

namespace Engine.Stores;

/// <summary>
/// A log on a block device or preallocated file: a header of 64 KiB, then a ring of segments. The device is the caller's; it
/// should be open exclusively, or the log opened with <see cref="LogOptions.IsShared"/>.
/// </summary>
/// <remarks>
/// What a fence guarantees on a device, which has no compare-and-write: nothing of an older incarnation is acknowledged once the
/// new one has begun, since each looks at the superblock between flush and acknowledgement; and its late writes cannot reach the
/// new one's records, if that was opened shared. What it cannot: stop an older instance that was halted between its look and a
/// write of the stored start. An exclusive open does.
/// </remarks>
public sealed class DeviceLog : SegmentLog
{
    private DeviceLog(LogSpace space, LogOptions options)
        : base(space, options)
    {
    }

    /// <summary>Makes an empty log on the device. A crash at any point leaves what was there, a torn format that
    /// <see cref="Open"/> refuses, or the new log.</summary>
    /// <returns>The log's identity.</returns>
    /// <exception cref="StoreException">The device holds something (and <see cref="LogFormatOptions.Force"/> is not set), is too
    /// small, read-only or fails, or a size is impossible. Nothing was written, unless the device failed.</exception>
    public static Guid Format(IBlockDevice device, LogFormatOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        options ??= new LogFormatOptions();
        using var space = new DeviceSpace(device, options.DeviceName);
        using var formatter = new LogFormatter(space, options, LogLayout.HeaderBytes);
        return formatter.Run();
    }

    /// <summary>Length of the least device that a log of such segments fits on.</summary>
    public static long SmallestBytes(int segmentBytes) =>
        LogLayout.HeaderBytes + ((long)LogSuperblock.SegmentsMin * segmentBytes);

    /// <summary>Opens the log for a new incarnation, and so takes it over from any older one.</summary>
    /// <exception cref="StoreException">The device holds something else, a torn format, a damaged or newer log, has shrunk, or
    /// fails; or a newer incarnation has the log.</exception>
    public static DeviceLog Open(IBlockDevice device, LogOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        options ??= new LogOptions();
        return new DeviceLog(new DeviceSpace(device, options.DeviceName), options);
    }

    /// <summary>Is there a device whose header tells nothing, and on which nothing else is recognised? Its segments may tell
    /// (<see cref="LogRescue"/>).</summary>
    /// <param name="device">The device.</param>
    /// <param name="uuid">What the log is: what says that it is another one has a header.</param>
    public static bool HasLostHead(IBlockDevice device, Guid uuid)
    {
        ArgumentNullException.ThrowIfNull(device);
        using var space = new DeviceSpace(device, "the device");
        using LogHead head = LogHead.Read(space);
        return head.IsLost && (head.Superblock is null || head.Superblock.Uuid == uuid);
    }

    /// <summary>Reads the whole log without writing; says what <see cref="Open"/> would say.</summary>
    public static LogCheck Check(IBlockDevice device, string deviceName = "the device")
    {
        ArgumentNullException.ThrowIfNull(device);
        using var space = new DeviceSpace(device, deviceName);
        return LogOpening.Check(space);
    }
}
