using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;
using Engine.Testing;
using Engine.Testing.Objects;

namespace Engine.Stores.Tests;

/// <summary>The steady state of a device store allocates no managed memory on any path of an operation.</summary>
public sealed class DeviceStoreAllocationTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void OperationsAllocateNothing(bool callerWaits)
    {
        using MemoryDevice device = new(4 << 20, 512, CompletionMode.Manual);
        DeviceStore.Format(device, StoreDevices.Small);
        using DeviceStore store = DeviceStore.Open(device);
        using var harness = new BackendHarness(store, store.Image.Prefix);
        using BufferList list = harness.ListOf(new byte[16384]);
        var sink = new CountingSink();
        ObjectTarget target = harness.Target(1);
        Round(1000);
        int rounds = 1;
        long allocated = AllocationGate.LeastBytes(() =>
        {
            Round(1000);
            rounds++;
        });
        Assert.Equal(0, allocated);
        Assert.Equal(rounds * 1000 * 5, sink.Count);

        void Round(int count)
        {
            for (int index = 0; index < count; index++)
            {
                store.Write(new ObjectWrite(target, 0, 16384) { CallerWaits = callerWaits }, list, new Submission(sink, 1));
                device.Pump();
                store.Read(new ObjectRead(target, 0, 16384) { CallerWaits = callerWaits }, list, new Submission(sink, 2));
                store.Flush(new Submission(sink, 3));
                store.WriteZeroes(new ObjectRange(target, 32768, 8192), new Submission(sink, 4));
                store.Discard(new ObjectRange(target, 65536, 8192), new Submission(sink, 5));
                device.Pump();
            }
        }
    }

    private sealed class CountingSink : ICompletionSink
    {
        public int Count { get; private set; }

        public void Complete(ulong token, IoResult result)
        {
            Invariant.That(!result.Failed);
            Count++;
        }
    }
}
