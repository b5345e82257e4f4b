using Engine.Buffers;
using Engine.Testing.Devices;

namespace Engine.Devices.Tests;

[Collection(nameof(DeviceTests))]
public sealed class MemoryDeviceTests : BlockDeviceContract
{
    [Fact]
    public void Manual_CompletesInOrderWhenPumped()
    {
        using var device = new MemoryDevice(Capacity, mode: CompletionMode.Manual);
        using var buffer = new DeviceBuffer(512);
        var sink = new CollectingSink();
        for (ulong i = 0; i < 5; i++)
            device.Submit([buffer.Write((long)i * 512, 0, 512, i, sink)]);
        Assert.Equal(5, device.PendingCount);
        Assert.Equal(0, sink.Count);

        Assert.Equal(2, device.Pump(2));
        Assert.Equal([0ul, 1ul], sink.Completions.Select(c => c.Token));
        Assert.Equal(3, device.Pump());
        Assert.Equal([0ul, 1ul, 2ul, 3ul, 4ul], sink.Completions.Select(c => c.Token));
    }

    [Fact]
    public void Manual_DataMovesWhenPumpedNotWhenSubmitted()
    {
        using var device = new MemoryDevice(Capacity, mode: CompletionMode.Manual);
        using var buffer = new DeviceBuffer(512);
        var sink = new CollectingSink();
        device.Submit([buffer.Write(0, 0, 512, 1, sink)]);
        buffer.Span.Fill(9);
        Assert.Equal(0, device.View(0, 1)[0]);
        device.Pump();
        Assert.Equal(9, device.View(511, 1)[0]);
    }

    [Fact]
    public void Manual_DisposeCompletesWhatWaits_AndLaterRequestsEndWithEshutdown()
    {
        var device = new MemoryDevice(Capacity, mode: CompletionMode.Manual);
        using var buffer = new DeviceBuffer(512);
        var sink = new CollectingSink();
        device.Submit([buffer.Read(0, 0, 512, 1, sink)]);
        device.Dispose();
        Assert.Equal(IoResult.Ok(512), sink.ResultOf(1));

        device.Submit([buffer.Read(0, 0, 512, 2, sink)]);
        Assert.Equal(1, device.Pump());
        Assert.Equal(IoResult.Fail(IoError.Shutdown), sink.ResultOf(2));
    }

    [Theory]
    [InlineData(0, 512)]
    [InlineData(1000, 512)]
    [InlineData(1024, 0)]
    [InlineData(3000, 1000)]
    public void BadSizes_AreRefused(long capacity, int logicalBlock) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryDevice(capacity, logicalBlock));

    protected override IBlockDevice? TryOpen() => new MemoryDevice(Capacity);
}
