using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores.Tests;

/// <summary>Devices and volumes that several test classes make.</summary>
internal static class StoreDevices
{
    public const int Mega = 1 << 20;

    public static readonly Guid Uuid = new("11223344-5566-7788-99aa-bbccddeeff00");

    public static DeviceStoreFormatOptions Small { get; } = new() { ObjectSize = 256 << 10, Uuid = Uuid };

    public static MemoryDevice Blank(long capacity = 4 * Mega, int block = 512) => new(capacity, block);

    public static MemoryDevice Formatted(long capacity = 4 * Mega, int block = 512)
    {
        MemoryDevice device = Blank(capacity, block);
        DeviceStore.Format(device, Small);
        return device;
    }

    /// <summary>The device's whole content.</summary>
    public static byte[] Content(MemoryDevice device) => device.View(0, (int)device.Geometry.Capacity).ToArray();

    public static StoreException RefusedOpen(IBlockDevice device) =>
        Assert.Throws<StoreException>(() => DeviceStore.Open(device, new DeviceStoreOptions { DeviceName = "/dev/x" }).Dispose());

    public static StoreException RefusedFormat(IBlockDevice device, DeviceStoreFormatOptions? options = null) =>
        Assert.Throws<StoreException>(
            () => DeviceStore.Format(device, (options ?? new DeviceStoreFormatOptions()) with { DeviceName = "/dev/x" }));
}
