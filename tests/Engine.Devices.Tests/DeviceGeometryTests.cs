using Engine.Native;

namespace Engine.Devices.Tests;

/// <summary>What a device is said to be capable of: by how it was opened, and through which engine.</summary>
[Collection(nameof(DeviceTests))]
public sealed class DeviceGeometryTests
{
    private static readonly EioGeometry s_disk = new()
    {
        Capacity = (1 << 20) + 100, LogicalBlock = 512, PhysicalBlock = 4096, MemoryAlignment = 8, OffsetAlignment = 4096,
        Kind = EioKind.Block, Fua = 1, Discard = 1,
    };

    [Theory]
    [InlineData(true, 0, 0, false, false)]
    [InlineData(true, 0, 1, false, true)]
    [InlineData(true, 1, 0, true, false)]
    [InlineData(true, 1, 1, true, true)]
    [InlineData(false, 0, 1, true, false)]
    [InlineData(false, 1, 1, true, false)]
    public void BufferedThereIsAVolatileCacheAndNoFua(bool direct, uint cache, uint fua, bool hasCache, bool hasFua)
    {
        EioGeometry found = s_disk with { WriteCache = cache, Fua = fua };
        DeviceGeometry geometry = BlockDevice.GeometryOf(found, direct, readOnly: false);
        Assert.Equal((hasCache, hasFua), (geometry.HasWriteCache, geometry.HasFua));
    }

    [Fact]
    public void DirectRequestsAreAlignedAsTheKernelAsks()
    {
        DeviceGeometry direct = BlockDevice.GeometryOf(s_disk, direct: true, readOnly: false);
        DeviceGeometry buffered = BlockDevice.GeometryOf(s_disk, direct: false, readOnly: true);
        Assert.Equal((4096, 8, 1 << 20), (direct.LogicalBlock, direct.MemoryAlignment, (int)direct.Capacity));
        Assert.Equal((512, 1, 1 << 20), (buffered.LogicalBlock, buffered.MemoryAlignment, (int)buffered.Capacity));
        Assert.True(buffered.IsReadOnly && !direct.IsReadOnly);
        Assert.True(direct is { IsBlockDevice: true, HasDiscard: true, DiscardZeroes: false });
    }

    /// <summary>A FUA write by a system call flushes the whole cache behind the write.</summary>
    [Fact]
    public void SystemCallsHaveNoFua()
    {
        using var volume = new VolumeFile(1 << 20);
        int result = EioFileHandle.Open(volume.Path, EioOpenFlags.Write, out EioFileHandle? handle);
        Assert.True(result >= 0 && handle is not null);
        DeviceGeometry geometry = BlockDevice.GeometryOf(s_disk with { WriteCache = 1 }, direct: true, readOnly: false);
        using var device = new SyncDevice(new DeviceFile(handle, volume.Path, geometry), 1, 4, "synchronous");
        Assert.Equal(geometry with { HasFua = false }, device.Geometry);
        Assert.True(geometry.HasFua);
    }
}
