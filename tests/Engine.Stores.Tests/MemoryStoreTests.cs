using System.IO.Pipelines;
using Engine.Buffers;
using Engine.Objects;
using Engine.Testing.Objects;

namespace Engine.Stores.Tests;

public sealed class MemoryStoreTests : ObjectBackendContract
{
    [Fact]
    public void UnknownObjectsAreENOENTAndTailsAreShort()
    {
        using var store = new MemoryStore();
        using var harness = new BackendHarness(store, "m");
        byte[] buffer = new byte[100];
        Assert.Equal(IoError.NoEntry, harness.Read(0, 0, buffer).Error);
        harness.Write(0, 0, Pattern(1, 70));
        Assert.Equal(IoResult.Ok(70), harness.Read(0, 0, buffer));
        Assert.Equal(IoResult.Ok(10), harness.Read(0, 60, buffer));
        Assert.Equal(IoResult.Ok(0), harness.Read(0, 500, buffer));
        Assert.Equal(IoResult.Ok(70), harness.Stat(0));
        harness.Truncate(0, 90);
        Assert.Equal(IoResult.Ok(90), harness.Read(0, 0, buffer));
        Assert.False(harness.Remove(0).Failed);
        Assert.Equal(IoError.NoEntry, harness.Read(0, 0, buffer).Error);
    }

    [Fact]
    public void AllPartsOfAKeyCount()
    {
        using var store = new MemoryStore();
        using var harness = new BackendHarness(store, "m");
        harness.Write(0, 0, Pattern(1, 100));
        ObjectKey head = harness.Target(0).Key;
        ObjectKey[] others = [head with { PoolId = 1 }, head with { Namespace = "n" }, head with { Locator = "l" }];
        foreach (ObjectKey key in others)
        {
            Submission submission = harness.Log.Begin();
            store.Stat(new ObjectTarget(key, 0), submission);
            Assert.Equal(IoError.NoEntry, harness.Log.Wait(submission).Error);
        }
    }

    [Fact]
    public void TheMemoryLimitIsENOSPCAndRemovedObjectsMakeRoom()
    {
        using var store = new MemoryStore(new MemoryStoreOptions { BytesMax = 256 << 10 });
        using var harness = new BackendHarness(store, "m");
        byte[] page = Pattern(3, 64 << 10);
        for (int number = 0; number < 4; number++)
            Assert.False(harness.Write(number, 0, page).Failed);
        Assert.Equal(256 << 10, store.BytesUsed);
        Assert.Equal(IoError.NoSpace, harness.Write(4, 0, page).Error);
        Assert.Equal(IoError.NoEntry, harness.Stat(4).Error);
        Assert.False(harness.Write(3, 0, page).Failed);
        harness.Discard(1, 0, 64 << 10);
        harness.Remove(2);
        Assert.Equal(128 << 10, store.BytesUsed);
        Assert.False(harness.Write(4, 64 << 10, page).Failed);
    }

    [Fact]
    public void ObjectsHaveALargestSize()
    {
        using var store = new MemoryStore(new MemoryStoreOptions { ObjectBytesMax = 1000 });
        using var harness = new BackendHarness(store, "m");
        Assert.Equal(27, harness.Write(0, 901, new byte[100]).Error.Errno);
        Assert.Equal(27, harness.Write(0, long.MaxValue - 5, new byte[100]).Error.Errno);
        Assert.False(harness.Write(0, 900, new byte[100]).Failed);
        Assert.Equal(27, harness.Truncate(0, 1001).Error.Errno);
        Assert.Equal(IoError.Invalid, harness.Truncate(0, -1).Error);
    }

    [Fact]
    public void AlignmentsAreEnforced()
    {
        using var store = new MemoryStore(
            new MemoryStoreOptions { Capabilities = new BackendCapabilities { ReadAlignment = 512, WriteAlignment = 4096 } });
        using var harness = new BackendHarness(store, "m");
        Assert.Equal(IoError.Invalid, harness.Write(0, 512, new byte[4096]).Error);
        Assert.Equal(IoError.Invalid, harness.Write(0, 0, new byte[512]).Error);
        Assert.False(harness.Write(0, 4096, new byte[4096]).Failed);
        Assert.False(harness.Read(0, 512, new byte[512]).Failed);
        Assert.Equal(IoError.Invalid, harness.Read(0, 100, new byte[512]).Error);
    }

    [Fact]
    public void ADisposedStoreSaysSo()
    {
        var store = new MemoryStore();
        using var harness = new BackendHarness(store, "m");
        harness.Write(0, 0, new byte[10]);
        store.Dispose();
        Assert.Equal(0, store.BytesUsed);
        Assert.Equal(IoError.Shutdown, harness.Write(0, 0, new byte[10]).Error);
        Assert.Equal(IoError.Shutdown, harness.Read(0, 0, new byte[10]).Error);
        Assert.Equal(IoError.Shutdown, harness.Flush().Error);
        Assert.Equal(IoError.Shutdown, harness.Stat(0).Error);
        Assert.Equal(IoError.Shutdown, harness.Remove(0).Error);
        Assert.Equal(IoError.Shutdown, harness.WriteZeroes(0, 0, 1).Error);
    }

    [Fact]
    public void CompletionsRunOnTheScheduler()
    {
        var scheduler = new QueueScheduler();
        using var store = new MemoryStore(new MemoryStoreOptions { Scheduler = scheduler });
        using var harness = new BackendHarness(store, "m");
        Submission first = harness.Log.Begin();
        Submission second = harness.Log.Begin();
        store.Flush(first);
        store.Flush(second);
        Assert.False(harness.Log.IsDone(first));
        Assert.Equal(1, scheduler.Run());
        Assert.True(harness.Log.IsDone(first) && harness.Log.IsDone(second));
        Submission third = harness.Log.Begin();
        store.Flush(third);
        Assert.Equal(1, scheduler.Run());
        Assert.True(harness.Log.IsDone(third));
    }

    protected override Subject Open()
    {
        var store = new MemoryStore();
        return new Subject(store, "memory", store);
    }

    private sealed class QueueScheduler : PipeScheduler
    {
        private readonly Queue<(Action<object?> Action, object? State)> _queue = new();

        public override void Schedule(Action<object?> action, object? state) => _queue.Enqueue((action, state));

        public int Run()
        {
            int count = 0;
            for (; _queue.TryDequeue(out (Action<object?> Action, object? State) next); count++)
                next.Action(next.State);
            return count;
        }
    }
}
