using Engine.Buffers;
using Engine.Testing;
using Engine.Testing.Devices;

namespace Engine.Devices.Tests;

public sealed class WrapperTests
{
    private const int Block = 512;

    [Fact]
    public void Throttled_CompletesByTheClock()
    {
        var clock = new StandingClock();
        var memory = new MemoryDevice(64 * Block, Block, CompletionMode.Manual);
        using var device = new ThrottledDevice(memory, clock, TimeSpan.FromMilliseconds(1), bytesPerSecond: 512 * 1000);
        using var buffer = new DeviceBuffer(4 * Block);
        var sink = new CollectingSink();
        device.Submit([
            buffer.Read(0, 0, Block, 1, sink), buffer.Read(0, 0, 2 * Block, 2, sink), DeviceCalls.FlushRequest(3, sink)]);
        memory.Pump();
        Assert.Equal(3, device.DelayedCount);

        var counts = new List<int>();
        for (int ms = 0; ms < 5; ms++)
        {
            counts.Add(sink.Count);
            clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal([0, 0, 1, 1, 3], counts);
        Assert.Equal(IoResult.Ok(2 * Block), sink.ResultOf(2));
        Assert.Equal(0, device.DelayedCount);
    }

    [Fact]
    public void Throttled_ExecuteWaitsForTheClock()
    {
        var clock = new StandingClock();
        using var device = new ThrottledDevice(new MemoryDevice(64 * Block), clock, TimeSpan.FromSeconds(5));
        IoResult result = default;
        var caller = new Thread(() => result = device.Flush());
        caller.Start();
        Assert.True(SpinWait.SpinUntil(() => device.DelayedCount == 1, TimeSpan.FromSeconds(60)));
        Assert.True(caller.IsAlive);
        clock.Advance(TimeSpan.FromSeconds(5));
        while (!caller.Join(1))
            clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(IoResult.Ok(0), result);
    }

    [Fact]
    public void Manual_LetsTheTestChooseTheOrder()
    {
        var memory = new MemoryDevice(64 * Block, Block, CompletionMode.Manual);
        using var device = new ManualDevice(memory);
        using var buffer = new DeviceBuffer(Block);
        var sink = new CollectingSink();
        device.Submit([
            buffer.Read(0, 0, Block, 1, sink), buffer.Read(0, 0, Block, 2, sink), buffer.Read(0, 0, Block, 3, sink),
            buffer.Read(0, 0, Block, 4, sink)]);
        Assert.Equal(4, device.Held.Count);
        device.Release(1);
        device.Fail(0, IoError.Io);
        device.Release(1);
        device.ReleaseAll();
        memory.Pump();
        Assert.Equal([1ul, 2ul, 4ul, 3ul], sink.Completions.Select(c => c.Token));
        Assert.Equal(IoResult.Fail(IoError.Io), sink.ResultOf(1));
    }
}
