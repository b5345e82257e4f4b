using Engine.Devices;
using Engine.Stores;
using Engine.Testing.SystemSupport;
using Xunit.Abstractions;

namespace Engine.System.Tests;

/// <summary>What is refused, with one clear line and nothing written.</summary>
public sealed class LoopRefusalTests(ITestOutputHelper output) : LoopSuite(output)
{
    private const int Exists = 17;
    private const int Busy = 16;
    private const int ReadOnly = 30;

    [Fact]
    public void ABusyDevice()
    {
        if (Skips(nameof(ABusyDevice), nameof(LoopRefusalTests)))
            return;
        using var loop = new LoopDevice(4 * Mega);
        using IBlockDevice first = BlockDevice.Open(loop.Name);
        DeviceException refusal = Assert.Throws<DeviceException>(() => BlockDevice.Open(loop.Name).Dispose());
        Assert.Equal(Busy, refusal.Errno);
        Assert.Contains(loop.Name, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMountedDevice()
    {
        if (Skips(nameof(AMountedDevice), nameof(LoopRefusalTests), "mkfs.ext4"))
            return;
        using var loop = new LoopDevice(16 * Mega);
        ToolRun.Must("mkfs.ext4", "-q", loop.Name);
        string folder = Directory.CreateTempSubdirectory("engine-systest-").FullName;
        try
        {
            ToolRun.Must("mount", loop.Name, folder);
            try
            {
                DeviceException refusal = Assert.Throws<DeviceException>(() => BlockDevice.Open(loop.Name).Dispose());
                Assert.Equal(Busy, refusal.Errno);
                Assert.Contains("mounted", refusal.Message, StringComparison.Ordinal);
                ToolRun command = EngineCommandLine.Run("volume", "format", loop.Name, "--force");
                Assert.Equal(3, command.ExitCode);
                Assert.Single(command.Errors.TrimEnd('\n').Split('\n'));
            }
            finally
            {
                ToolRun.Must("umount", folder);
            }

            ToolRun.Must("fsck.ext4", "-fn", loop.Name);
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    [Fact]
    public void AReadOnlyDevice()
    {
        if (Skips(nameof(AReadOnlyDevice), nameof(LoopRefusalTests)))
            return;
        using var loop = new LoopDevice(4 * Mega, readOnly: true, prepare: FormatFile);
        DeviceException refusal = Assert.Throws<DeviceException>(() => BlockDevice.Open(loop.Name).Dispose());
        Assert.Equal(ReadOnly, refusal.Errno);
        using IBlockDevice device = BlockDevice.Open(loop.Name, new BlockDeviceOptions { ReadOnly = true });
        using DeviceStore store = DeviceStore.Open(device);
        Assert.Equal(3 * Mega, store.Image.LengthBytes);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void AnOddSizeLosesItsRest(int sectorBytes)
    {
        if (Skips(nameof(AnOddSizeLosesItsRest), nameof(LoopRefusalTests)))
            return;
        using var loop = new LoopDevice((4 * Mega) + 4096 + 1536 + 77, sectorBytes);
        using IBlockDevice device = BlockDevice.Open(loop.Name);
        Assert.Equal(0, device.Geometry.Capacity % sectorBytes);
        Assert.InRange(device.Geometry.Capacity, (4 * Mega) + 4096, (4 * Mega) + 4096 + 1536);
        Assert.Equal((3 * Mega) + 4096, DeviceStore.Format(device, Format(loop.Name)).LengthBytes);
        DeviceStore.Open(device).Dispose();
    }

    [Fact]
    public void ATooSmallDevice()
    {
        if (Skips(nameof(ATooSmallDevice), nameof(LoopRefusalTests)))
            return;
        using var loop = new LoopDevice(Mega);
        using IBlockDevice device = BlockDevice.Open(loop.Name);
        StoreException refusal = Assert.Throws<StoreException>(() => DeviceStore.Format(device, Format(loop.Name)));
        Assert.Equal(StoreProblem.TooSmall, refusal.Problem);
        Assert.Equal(-1, loop.Read(0, Mega).AsSpan().IndexOfAnyExcept((byte)0));
    }

    [Theory]
    [InlineData("mkfs.ext4", "-q", "ext")]
    [InlineData("mkfs.xfs", "-q", "XFS")]
    [InlineData("mkswap", "--label=x", "swap")]
    [InlineData("mkfs.btrfs", "-q", "btrfs")]
    [InlineData("mkfs.fat", "-v", "FAT")]
    public void WhatSomebodyElseMade(string tool, string argument, string name)
    {
        if (Skips(nameof(WhatSomebodyElseMade), nameof(LoopRefusalTests), tool))
            return;
        using var loop = new LoopDevice(320L * Mega);
        ToolRun.Must(tool, argument, loop.Name);
        byte[] before = loop.Read(0, 2 * Mega);
        using (IBlockDevice device = BlockDevice.Open(loop.Name))
        {
            StoreException refusal = Assert.Throws<StoreException>(() => DeviceStore.Format(device, Format(loop.Name)));
            Assert.Equal((StoreProblem.Foreign, Exists), (refusal.Problem, refusal.Errno));
            Assert.Contains(name, refusal.Message, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(StoreProblem.Foreign, Assert.Throws<StoreException>(() => DeviceStore.Open(device).Dispose()).Problem);
        }

        Assert.True(loop.Read(0, 2 * Mega).AsSpan().SequenceEqual(before), "nothing was written");
        using IBlockDevice again = BlockDevice.Open(loop.Name);
        DeviceStore.Format(again, Format(loop.Name, force: true));
        using DeviceStore store = DeviceStore.Open(again);
        Assert.Equal(319L * Mega, store.Image.LengthBytes);
    }

    private static void FormatFile(string path)
    {
        using IBlockDevice device = BlockDevice.Open(path, new BlockDeviceOptions { Engine = DeviceEngine.Sync });
        DeviceStore.Format(device, Format(path));
    }
}
