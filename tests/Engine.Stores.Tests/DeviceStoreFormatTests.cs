// What format makes, and what it refuses: every refusal leaves the device untouched, and every device call that may fail ends
// format with that errno and a device that can be formatted again.
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;
using Engine.Testing.Devices;

namespace Engine.Stores.Tests;

public sealed class DeviceStoreFormatTests
{
    private const int Mega = StoreDevices.Mega;

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void AFormattedDeviceOpens(int block)
    {
        using MemoryDevice device = StoreDevices.Blank(16 * Mega, block);
        ImageDescription image = DeviceStore.Format(device, new DeviceStoreFormatOptions { Uuid = StoreDevices.Uuid });
        using DeviceStore store = DeviceStore.Open(device);
        Assert.Equal(image, store.Image);
        Assert.Equal(StoreDevices.Uuid, image.Uuid);
        Assert.Equal(15 * Mega, image.LengthBytes);
        Assert.Equal(FileLayout.Simple(4 * Mega), image.Layout);
        Assert.Equal(Mega, store.DataOffset);
        Assert.Null(store.OpenReport);
        Assert.Equal(block, store.Capabilities.WriteAlignment);
        Assert.Equal(block, store.Capabilities.ReadAlignment);
        Assert.False(store.Capabilities.CommitIsDurable);
        DeviceStoreCheck check = DeviceStore.Check(device);
        Assert.True(check.IsHealthy);
        Assert.Equal(image, check.Image);
        Assert.Equal((SuperblockState.Ready, SuperblockState.Ready), (check.First.State, check.Second.State));
    }

    [Fact]
    public void ALengthMayBeGiven()
    {
        using MemoryDevice device = StoreDevices.Blank();
        Assert.Equal(8192, DeviceStore.Format(device, StoreDevices.Small with { LengthBytes = 8192 }).LengthBytes);
    }

    [Fact]
    public void WithoutAUuidARandomOneIsDrawn()
    {
        using MemoryDevice device = StoreDevices.Blank();
        Guid first = DeviceStore.Format(device).Uuid;
        Guid second = DeviceStore.Format(device, new DeviceStoreFormatOptions { Force = true }).Uuid;
        Assert.NotEqual(Guid.Empty, first);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void TheRestOfAnOddDeviceIsLeftOut()
    {
        using MemoryDevice device = StoreDevices.Blank((2 * Mega) + 1536);
        Assert.Equal(Mega, DeviceStore.Format(device, StoreDevices.Small).LengthBytes);
        using DeviceStore store = DeviceStore.Open(device);
        Assert.Equal(Mega, store.Image.LengthBytes);
    }

    [Fact]
    public void TheSmallestDeviceHoldsOneBlock()
    {
        using MemoryDevice device = StoreDevices.Blank(Mega + 4096);
        Assert.Equal(4096, DeviceStore.Format(device).LengthBytes);
        using MemoryDevice less = StoreDevices.Blank(Mega + 3584);
        Assert.Equal(StoreProblem.TooSmall, StoreDevices.RefusedFormat(less).Problem);
        using MemoryDevice tiny = StoreDevices.Blank(512);
        Assert.Contains("has 512 bytes; a volume needs at least 1052672", StoreDevices.RefusedFormat(tiny).Message);
    }

    [Fact]
    public void ImpossibleSizesAreRefusedAndNothingIsWritten()
    {
        using MemoryDevice device = StoreDevices.Blank();
        using var recorded = new RecordingDevice(device);
        foreach (int size in (int[])[0, -4096, 1000, (1 << 30) + 4096])
        {
            StoreException refused = StoreDevices.RefusedFormat(recorded, new DeviceStoreFormatOptions { ObjectSize = size });
            Assert.Equal((StoreProblem.BadSize, 22), (refused.Problem, refused.Errno));
            Assert.Contains($"objects of {size} bytes", refused.Message);
        }

        foreach (long length in (long[])[0, -4096, 1000])
        {
            StoreException refused = StoreDevices.RefusedFormat(recorded, new DeviceStoreFormatOptions { LengthBytes = length });
            Assert.Equal(StoreProblem.BadSize, refused.Problem);
        }

        StoreException large = StoreDevices.RefusedFormat(recorded, new DeviceStoreFormatOptions { LengthBytes = 8 * Mega });
        Assert.Equal((StoreProblem.TooSmall, 28), (large.Problem, large.Errno));
        StoreException least = StoreDevices.RefusedFormat(
            recorded, new DeviceStoreFormatOptions { LengthBytesMin = 8 * Mega, Force = true });
        Assert.Equal((StoreProblem.TooSmall, 28), (least.Problem, least.Errno));
        Assert.Contains("room for 3145728 bytes, not for the 8388608", large.Message);
        Assert.Empty(recorded.Log);
    }

    [Fact]
    public void TooManyObjectsAreRefused()
    {
        using MemoryDevice inner = StoreDevices.Blank();
        using var device = new GeometryDevice(inner, inner.Geometry with { Capacity = 1L << 50 });
        StoreException refused = StoreDevices.RefusedFormat(device, new DeviceStoreFormatOptions { ObjectSize = 4096 });
        Assert.Contains("give larger ones", refused.Message);
    }

    [Fact]
    public void AReadOnlyDeviceIsRefused()
    {
        using MemoryDevice inner = StoreDevices.Blank();
        using var device = new GeometryDevice(inner, inner.Geometry with { IsReadOnly = true });
        StoreException refused = StoreDevices.RefusedFormat(device);
        Assert.Equal((StoreProblem.ReadOnly, 30), (refused.Problem, refused.Errno));
    }

    [Fact]
    public void LogicalBlocksAbove4096AreRefused()
    {
        using MemoryDevice device = StoreDevices.Blank(4 * Mega, 8192);
        StoreException refused = StoreDevices.RefusedFormat(device);
        Assert.Equal((StoreProblem.BadSize, 22), (refused.Problem, refused.Errno));
        Assert.Contains("logical blocks of 8192 bytes", refused.Message);
    }

    [Fact]
    public void AnotherVolumeIsNotOverwrittenUnlessForced()
    {
        using MemoryDevice device = StoreDevices.Formatted();
        StoreException refused = StoreDevices.RefusedFormat(device);
        Assert.Equal(StoreProblem.Foreign, refused.Problem);
        Assert.Contains("holds an Engine volume (signature at byte 0)", refused.Message);
        ulong before = DeviceStore.Check(device).First.Sequence;
        DeviceStore.Format(device, StoreDevices.Small with { Force = true, LengthBytes = 4096 });
        DeviceStoreCheck check = DeviceStore.Check(device);
        Assert.True(check.IsHealthy && check.First.Sequence > before);
        Assert.Equal(4096, check.Image!.LengthBytes);
    }

    [Fact]
    public void EachFailingDeviceCallEndsFormatWithItsErrno()
    {
        for (int nth = 1; ; nth++)
        {
            Assert.True(nth < 100);
            using var device = new FaultDevice(StoreDevices.Blank());
            device.FailCall(nth, IoError.NoSpace);
            try
            {
                DeviceStore.Format(device, StoreDevices.Small with { DeviceName = "/dev/x" });
            }
            catch (StoreException failed)
            {
                Assert.Equal((StoreProblem.DeviceFailed, IoError.NoSpace.Errno), (failed.Problem, failed.Errno));
                Assert.StartsWith("format: /dev/x failed to", failed.Message);
                Assert.EndsWith("ENOSPC", failed.Message);
                device.Clear();
                DeviceStore.Format(device, StoreDevices.Small with { Force = true });
                Assert.True(DeviceStore.Check(device).IsHealthy);
                continue;
            }

            // The first looks at the superblocks may fail without harm; the whole then is a good volume.
            long faults = device.FaultCount;
            device.Clear();
            Assert.True(DeviceStore.Check(device).IsHealthy);
            if (faults == 0)
                break;
        }
    }

    [Fact]
    public void ShortTransfersDoNotMatter()
    {
        for (int nth = 1; nth < 20; nth++)
        {
            using var device = new FaultDevice(StoreDevices.Blank());
            device.Add(new FaultRule { Effect = FaultEffect.Short, Bytes = 512, Nth = nth });
            DeviceStore.Format(device, StoreDevices.Small);
            Assert.True(DeviceStore.Check(device).IsHealthy);
        }
    }
}
