using Engine.Buffers;
using Engine.Devices;
using Engine.Stores;
using Engine.Testing;
using Engine.Testing.SystemSupport;
using Engine.Volumes;
using Xunit.Abstractions;

namespace Engine.System.Tests;

/// <summary>One suite over real block devices: every engine, both sector sizes, with and without a cache.</summary>
public sealed class LoopVolumeTests(ITestOutputHelper output) : LoopSuite(output)
{
    private const int Lanes = 4;

    // Odd on purpose: lanes share blocks at their borders.
    private const int LaneBytes = (3 * Mega) + 1234;

    private static readonly int s_requests = Nightly.Count(usual: 220, nightly: 4000);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task BytesComeBackAsWrittenAfterClosingToo(DeviceEngine engine, int sectorBytes)
    {
        if (Skips(nameof(BytesComeBackAsWrittenAfterClosingToo), nameof(LoopVolumeTests)))
            return;
        using var loop = new LoopDevice(24 * Mega, sectorBytes);
        using IBlockDevice? device = TryOpen(
            loop.Name, engine, nameof(BytesComeBackAsWrittenAfterClosingToo), nameof(LoopVolumeTests));
        if (device is null)
            return;
        DeviceStore.Format(device, Format(loop.Name));
        foreach (bool cached in (bool[])[true, false])
        {
            using DeviceStore store = DeviceStore.Open(device);
            ModelLane[] lanes = await RunLanes(store, cached, sectorBytes);
            foreach (ModelLane lane in lanes)
                Assert.Equal(-1, FirstDifference(loop.Read(store.DataOffset + lane.Start, LaneBytes), lane));
            await CheckReopened(store, lanes);
            Output.WriteLine($"{device.Engine}, cached {cached}: {lanes.Sum(lane => lane.Verified)} bytes verified");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void GeometryIsTheKernels(DeviceEngine engine, int sectorBytes)
    {
        if (Skips(nameof(GeometryIsTheKernels), nameof(LoopVolumeTests)))
            return;
        using var loop = new LoopDevice((4 * Mega) + 4096, sectorBytes);
        using IBlockDevice? device = TryOpen(loop.Name, engine, nameof(GeometryIsTheKernels), nameof(LoopVolumeTests));
        if (device is null)
            return;
        Assert.Equal(sectorBytes, device.Geometry.LogicalBlock);
        Assert.Equal($"{(4 * Mega) + 4096}", ToolRun.Must("blockdev", "--getsize64", loop.Name));
        Assert.Equal((4 * Mega) + 4096, device.Geometry.Capacity);
        Assert.True(device.Geometry.IsBlockDevice && device.Geometry.HasDiscard && !device.Geometry.IsReadOnly);
    }

    private static async Task<ModelLane[]> RunLanes(DeviceStore store, bool cached, int seed)
    {
        // A cache smaller than the data: reads miss, writers wait, blocks are evicted.
        var options = new VolumeOptions
        {
            Cached = cached,
            CacheBytes = 4 * Mega,
            DirtyAgeMax = TimeSpan.FromMilliseconds(200),
        };
        using var pools = new DiagnosticPools();
        await using Volume volume = Volume.Open(store, store.Image, options.Over(pools));
        ModelLane[] lanes = [.. Enumerable.Range(0, Lanes).Select(
            i => new ModelLane(volume, (long)i * LaneBytes, LaneBytes, new SeededRandom((ulong)(seed + i))))];
        await Task.WhenAll(lanes.Select(lane => lane.Fill()));
        await Task.WhenAll(lanes.Select(lane => lane.Run(s_requests)));
        await Task.WhenAll(lanes.Select(lane => lane.Check()));
        return lanes;
    }

    private static async Task CheckReopened(DeviceStore store, ModelLane[] lanes)
    {
        using var pools = new DiagnosticPools();
        await using Volume volume = Volume.Open(store, store.Image, new VolumeOptions { CacheBytes = 8 * Mega }.Over(pools));
        byte[] found = new byte[LaneBytes];
        foreach (ModelLane lane in lanes)
        {
            Assert.Equal(found.Length, volume.Read(lane.Start, found));
            Assert.Equal(-1, FirstDifference(found, lane));
        }
    }

    /// <summary>Position in the lane, -1 when there is none.</summary>
    private static int FirstDifference(byte[] found, ModelLane lane)
    {
        int same = found.AsSpan().CommonPrefixLength(lane.Model);
        return same == found.Length ? -1 : same;
    }
}
