using Engine.Buffers;
using Engine.Testing.Devices;

namespace Engine.Devices.Tests;

// Ending, failing and allocating.
public abstract partial class BlockDeviceContract
{
    [Fact]
    public void Dispose_WithRequestsInFlight_CompletesEachOnce()
    {
        IBlockDevice? device = TryOpen();
        if (device is null)
            return;
        const int count = 200;
        using var buffer = new DeviceBuffer(Block);
        var sink = new CollectingSink();
        var requests = new DeviceRequest[count];
        for (int i = 0; i < count; i++)
            requests[i] = buffer.Write(i * Block, 0, Block, (ulong)i, sink);
        requests[count / 2] = DeviceCalls.FlushRequest(count / 2, sink);
        requests[count - 1] = DeviceCalls.RangeRequest(DeviceOperation.WriteZeroes, 0, Block, count - 1, sink);
        device.Submit(requests);
        device.Dispose();

        Assert.Equal(Enumerable.Range(0, count), sink.Completions.Select(c => (int)c.Token).Order());
        Assert.All(sink.Completions, c => Assert.Equal(IoError.None, c.Result.Error));
        device.Dispose();
    }

    [Fact]
    public void Dispose_RefusesLaterRequests_WithEshutdown()
    {
        IBlockDevice? device = TryOpen();
        if (device is null)
            return;
        device.Dispose();
        using var buffer = new DeviceBuffer(Block);
        var sink = new CollectingSink();
        device.Submit([
            buffer.Read(0, 0, Block, 1, sink),
            DeviceCalls.FlushRequest(2, sink),
            DeviceCalls.RangeRequest(DeviceOperation.Discard, 0, Block, 3, sink)]);
        sink.WaitFor(3);

        Assert.All(sink.Completions, c => Assert.Equal(IoResult.Fail(IoError.Shutdown), c.Result));
        Assert.Equal(IoResult.Fail(IoError.Shutdown), device.Execute(buffer.Read(0, 0, Block)));
    }

    [Fact]
    public void Dispose_WhileSinksSubmitAgain_Ends()
    {
        IBlockDevice? device = TryOpen();
        if (device is null)
            return;
        using var buffer = new DeviceBuffer(Block);
        DeviceRequest template = buffer.Read(0, 0, Block);
        var refused = new ManualResetEventSlim();
        int submitted = 1;
        int completed = 0;
        var sink = new CollectingSink();
        sink.OnComplete = (_, result) =>
        {
            Interlocked.Increment(ref completed);
            if (result.Error == IoError.Shutdown)
            {
                refused.Set();
                return;
            }

            Interlocked.Increment(ref submitted);
            device.Submit([Again(template, 0, sink)]);
        };
        device.Submit([Again(template, 0, sink)]);
        sink.WaitFor(20);
        device.Dispose();

        Assert.True(refused.Wait(TimeSpan.FromSeconds(60)));
        sink.WaitFor(Volatile.Read(ref submitted));
        Assert.Equal(submitted, completed);
    }

    [Fact]
    public void SinkThatThrows_FailsTheDeviceVisibly()
    {
        IBlockDevice? device = TryOpen();
        if (device is null)
            return;
        using var buffer = new DeviceBuffer(Block);
        var bad = new CollectingSink { OnComplete = (_, _) => throw new InvalidOperationException("boom") };
        var good = new CollectingSink();
        device.Submit([buffer.Read(0, 0, Block, 1, bad)]);
        for (int i = 0; !device.Engine.Contains("FAILED", StringComparison.Ordinal); i++)
        {
            device.Submit([buffer.Read(0, 0, Block, (ulong)i, good)]);
            good.WaitFor(i + 1);
            buffer.ResetVectors();
        }

        good.Clear();
        device.Submit([buffer.Read(0, 0, Block, 2, good), DeviceCalls.FlushRequest(3, good)]);
        good.WaitFor(2);

        Assert.All(good.Completions, c => Assert.Equal(IoResult.Fail(IoError.Io), c.Result));
        Assert.Contains("boom", device.Engine, StringComparison.Ordinal);
        Assert.Contains("boom", Assert.Throws<InvariantException>(device.Dispose).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SteadyState_AllocatesNothing()
    {
        using IBlockDevice? device = TryOpen();
        if (device is null)
            return;
        const int count = 1000;
        using var buffer = new DeviceBuffer(Block);
        using var sink = new CountdownSink();
        DeviceRequest[] batch = [Again(buffer.Read(0, 0, Block), 0, sink), Again(buffer.Write(Block, 0, Block), 1, sink)];
        long least = long.MaxValue;

        // The test host has threads of its own that allocate now and then: one clean round of ten is the proof.
        for (int round = 0; round < 10 && least != 0; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            sink.Expect(count);
            for (int i = 0; i < count / batch.Length; i++)
                device.Submit(batch);
            sink.Wait();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.Equal(0, least);
    }

    private sealed class CountdownSink : IDeviceSink, IDisposable
    {
        private readonly SemaphoreSlim _done = new(0);
        private int _left;

        public void Expect(int count) => Volatile.Write(ref _left, count);

        public void Complete(ulong token, IoResult result)
        {
            if (Interlocked.Decrement(ref _left) == 0)
                _done.Release();
        }

        public void Wait() => Assert.True(_done.Wait(TimeSpan.FromSeconds(60)));

        public void Dispose() => _done.Dispose();
    }
}
