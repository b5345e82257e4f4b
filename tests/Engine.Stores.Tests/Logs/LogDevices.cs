using Engine.Devices;

namespace Engine.Stores.Tests.Logs;

/// <summary>Devices with logs that several test classes make.</summary>
internal static class LogDevices
{
    public const int SegmentBytes = 32 << 10;
    public const int SegmentCount = 8;
    public const long Capacity = LogLayout.HeaderBytes + (SegmentBytes * SegmentCount);

    public static readonly Guid Uuid = new("11223344-5566-7788-99aa-bbccddeeff01");

    public static LogFormatOptions Small { get; } = new() { SegmentBytes = SegmentBytes, Uuid = Uuid, DeviceName = "/dev/x" };

    public static MemoryDevice Formatted(int unit = 4096)
    {
        var device = new MemoryDevice(Capacity);
        DeviceLog.Format(device, Small with { UnitBytes = unit });
        return device;
    }
}
