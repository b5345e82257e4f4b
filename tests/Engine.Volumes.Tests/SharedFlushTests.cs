// Flushes of an uncached volume that end badly, or in the wrong place: none may keep the next one from beginning.

using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;
using Engine.Stores;
using Engine.Testing;
using Engine.Testing.Cache;

namespace Engine.Volumes.Tests;

/// <summary>How an uncached volume's flushes end when something goes wrong on the way.</summary>
public sealed class SharedFlushTests : IDisposable
{
    private static readonly ImageDescription s_image = TestImages.Make(64 << 20, FileLayout.Simple(1 << 20));
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly DiagnosticPools _pools = new();
    private readonly ManualBackend _store = new(TestImages.Capabilities(512, 1 << 20) with { SegmentsMax = 1024 });

    public void Dispose() => _pools.Dispose();

    [Fact]
    public async Task AFailedFuaWriteFailsEveryFlush()
    {
        _store.LosesVolatileOnFailedFlush = true;
        Volume volume = Open(_store);
        Task write = volume.WriteAsync(0, TestImages.Filled(512, 1)).AsTask();
        _store.CompleteAll();
        await write;
        Task fua = volume.WriteAsync(8192, TestImages.Filled(512, 2), VolumeWriteFlags.Fua).AsTask();
        _store.Complete(_store.Only(), IoError.Io);
        await Assert.ThrowsAsync<VolumeException>(async () => await fua);

        _store.CompletesInside = true;
        await Assert.ThrowsAsync<VolumeException>(async () => await volume.FlushAsync());
        await Assert.ThrowsAsync<VolumeException>(async () => await volume.FlushAsync());
        Assert.Throws<VolumeException>(volume.Dispose);
    }

    [Fact]
    public async Task CancellingLetsTheCallerGo()
    {
        Volume volume = Open(_store);
        using CancellationTokenSource cancellation = new();
        Task flush = volume.FlushAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await flush.WaitAsync(s_patience));
        Assert.Equal(1, _store.PendingCount);
        _store.CompleteAll();
        _store.CompletesInside = true;
        volume.Dispose();
    }

    [Fact]
    public async Task AFlushThatTheStoreRefusedHasLostNothing()
    {
        Volume volume = Open(_store);
        Task flush = volume.FlushAsync().AsTask();
        _store.Complete(_store.Only(), IoError.Again);
        VolumeException failure = await Assert.ThrowsAsync<VolumeException>(async () => await flush);
        Assert.Equal(IoError.Again, failure.Error);
        _store.CompletesInside = true;
        await volume.FlushAsync();
        volume.Dispose();
    }

    [Fact]
    public async Task AStoreThatThrowsFailsItsFlushAndTheNextOnesEnd()
    {
        int calls = 0;
        InstantStore store = new(512)
        {
            OnFlush = () =>
            {
                if (++calls == 1)
                    throw new NotSupportedException("on purpose");
            },
        };
        Volume volume = Open(store);
        VolumeException first = await Assert.ThrowsAsync<VolumeException>(async () => await volume.FlushAsync());
        Assert.Equal(IoError.Io, first.Error);
        Task second = volume.FlushAsync().AsTask();
        await Assert.ThrowsAsync<VolumeException>(async () => await second.WaitAsync(s_patience));
        Assert.Equal(2, calls);
        Assert.Throws<VolumeException>(volume.Dispose);
    }

    /// <summary>It ends the device, as the option says; the flushes of others end, too.</summary>
    [Fact]
    public async Task AContinuationThatThrowsKeepsNoOthersFlush()
    {
        MemoryDevice device = new(16 << 20, mode: CompletionMode.Manual);
        DeviceStore.Format(device, new DeviceStoreFormatOptions { ObjectSize = 1 << 20 });
        using DeviceStore store = DeviceStore.Open(device);
        VolumeOptions options = TestImages.Direct with { InlineContinuations = true };
        Volume volume = Volume.Open(store, store.Image, options.Over(_pools));
        ThrowAfter(volume.FlushAsync());
        Task rider = volume.FlushAsync().AsTask();
        Pump(device);
        Task later = volume.FlushAsync().AsTask();
        Pump(device);
        await Assert.ThrowsAsync<VolumeException>(async () => await rider.WaitAsync(s_patience));
        await Assert.ThrowsAsync<VolumeException>(async () => await later.WaitAsync(s_patience));
        await Assert.ThrowsAsync<VolumeException>(async () =>
        {
            Task close = volume.CloseAsync().AsTask();
            Pump(device);
            await close.WaitAsync(s_patience);
        });
        Assert.Contains("on purpose", Assert.Throws<InvariantException>(device.Dispose).Message, StringComparison.Ordinal);
    }

    /// <summary>Two share the flush behind the one under way, and the first of them throws.</summary>
    [Fact]
    public async Task AContinuationThatThrowsKeepsNoneWhoSharedItsFlush()
    {
        VolumeOptions options = TestImages.Direct with { InlineContinuations = true };
        Volume volume = Volume.Open(_store, s_image, options.Over(_pools));
        Task first = volume.FlushAsync().AsTask();
        ThrowAfter(volume.FlushAsync());
        Task rider = volume.FlushAsync().AsTask();
        _store.Complete(_store.Only());
        await first;
        Assert.Throws<NotSupportedException>(() => _store.Complete(_store.Only()));
        Assert.True(rider.IsCompletedSuccessfully);
        _store.CompletesInside = true;
        await volume.FlushAsync();
        volume.Dispose();
    }

    [Fact]
    public void NoCallerFlushesForOthers()
    {
        const int Others = 50;
        int mine = 0;
        int all = 0;
        int caller = Environment.CurrentManagedThreadId;
        Volume? volume = null;
        using CountdownEvent ended = new(Others);
        InstantStore store = new(512)
        {
            OnFlush = () =>
            {
                mine += Environment.CurrentManagedThreadId == caller ? 1 : 0;
                if (Interlocked.Increment(ref all) > Others)
                    return;
                Thread other = new(() => volume!.FlushAsync().AsTask().ContinueWith(_ => ended.Signal(), TaskScheduler.Default));
                other.Start();
                other.Join();
            },
        };
        volume = Open(store);
        volume.Flush();
        Assert.True(ended.Wait(s_patience));
        Assert.Equal(1, mine);
        Assert.Equal(Others + 1, all);
        volume.Dispose();
    }

    /// <summary>Throws where the flush completes, and nowhere else.</summary>
    private static void ThrowAfter(ValueTask flush) =>
        flush.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => throw new NotSupportedException("on purpose"));

    private static void Pump(MemoryDevice device)
    {
        for (int i = 0; i < 10; i++)
            device.Pump();
    }

    private Volume Open(IObjectBackend store) => Volume.Open(store, s_image, TestImages.Direct.Over(_pools));
}
