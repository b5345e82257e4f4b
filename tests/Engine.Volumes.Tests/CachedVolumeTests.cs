// The cached volume over a store whose completions the test commands, with a clock that the test moves: everything runs on the
// test's thread, in the order that the test says.

using System.Buffers;
using Engine.Buffers;
using Engine.Objects;
using Engine.Testing;
using Engine.Testing.Cache;

namespace Engine.Volumes.Tests;

/// <summary>The cached volume over a store whose completions the test commands.</summary>
public sealed class CachedVolumeTests : IDisposable
{
    private const int ImageBytes = 16 << 20;

    private readonly DiagnosticPools _pools = new();
    private readonly ManualBackend _store = new(TestImages.Capabilities(512, 1 << 20));
    private readonly ManualClock _clock = new();
    private readonly Volume _volume;

    public CachedVolumeTests()
    {
        _volume = Open(_store);
    }

    public void Dispose()
    {
        _store.CompletesInside = true;
        _store.InsideError = null;
        _store.CompleteAll();
        _volume.Dispose();
        _store.AssertSound();
        _pools.Dispose();
    }

    [Fact]
    public async Task WriteIsBufferedAndReadBack()
    {
        await _volume.WriteAsync(5000, TestImages.Filled(100, 7));
        byte[] read = new byte[100];
        Assert.True(_volume.TryRead(5000, read));
        Assert.Equal(TestImages.Filled(100, 7), read);
        Assert.Equal(100, _volume.Read(5000, read));
        Assert.Equal(100, await _volume.ReadAsync(5000, read));
        Assert.Empty(_store.Pending);
        Assert.Equal(300, _volume.Statistics().Cache!.BytesHit);
        Assert.Equal(1, _volume.Statistics().HitRatio);
    }

    [Fact]
    public async Task MissIsReadOnceAndCounted()
    {
        _store.Store.Write(0, 4096, TestImages.Filled(4096, 3));
        byte[] read = new byte[4096];
        Assert.False(_volume.TryRead(4096, read));
        Task<int> pending = _volume.ReadAsync(4096, read).AsTask();
        Assert.False(pending.IsCompleted);
        _store.CompleteAll();
        Assert.Equal(4096, await pending);
        Assert.Equal(TestImages.Filled(4096, 3), read);
        Assert.True(_volume.TryRead(4096, read));
        VolumeStatistics statistics = _volume.Statistics();
        Assert.Equal(1, statistics.StoreReads);
        Assert.Equal(1, statistics.Cache!.OpsMiss);
        Assert.Equal(1, statistics.Cache.OpsHit);
        Assert.Equal(0.5, statistics.HitRatio);
    }

    [Fact]
    public async Task RequestOverObjectsIsWhole()
    {
        byte[] bytes = new byte[200_000];
        new Random(1).NextBytes(bytes);
        long offset = (1 << 20) - 70_001;
        _volume.Write(offset, bytes);
        byte[] read = new byte[bytes.Length];
        Assert.True(_volume.TryRead(offset, read));
        Assert.Equal(bytes, read);
        read.AsSpan().Clear();
        Assert.Equal(bytes.Length, await _volume.ReadAsync(offset, read));
        Assert.Equal(bytes, read);
        Assert.Equal(2, _volume.Statistics().Cache!.Objects);
    }

    [Fact]
    public async Task FlushIsDurable()
    {
        await _volume.WriteAsync(0, TestImages.Filled(4096, 1));
        Task flush = _volume.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);
        _store.CompleteAll();
        await flush;
        Assert.Equal(TestImages.Filled(4096, 1), _store.Durable.Read(0, 0, 4096));
        Assert.Equal(1, _volume.Statistics().StoreFlushes);
        await _volume.FlushAsync();
    }

    [Fact]
    public async Task FuaIsDurableWithoutFlush()
    {
        Task write = _volume.WriteAsync(0, TestImages.Filled(4096, 1), VolumeWriteFlags.Fua).AsTask();
        Assert.False(write.IsCompleted);
        _store.CompleteAll();
        await write;
        Assert.Equal(TestImages.Filled(4096, 1), _store.Durable.Read(0, 0, 4096));
    }

    [Fact]
    public async Task FailedFlushNamesTheErrorAndTheNextOneSucceeds()
    {
        await _volume.WriteAsync(0, TestImages.Filled(4096, 1));
        Task flush = _volume.FlushAsync().AsTask();
        _store.Complete(_store.Only(), IoError.NoSpace);
        VolumeException failure = await Assert.ThrowsAsync<VolumeException>(() => flush);
        Assert.Equal(IoError.NoSpace, failure.Error);
        Assert.Equal("volume 'test': flush failed: ENOSPC", failure.Message);
        flush = _volume.FlushAsync().AsTask();
        _store.CompleteAll();
        await flush;
        Assert.Equal(TestImages.Filled(4096, 1), _store.Durable.Read(0, 0, 4096));
    }

    [Fact]
    public async Task FailedReadNamesTheRequest()
    {
        Task<int> read = _volume.ReadAsync(8192, new byte[512]).AsTask();
        _store.Complete(_store.Only(), IoError.Io);
        VolumeException failure = await Assert.ThrowsAsync<VolumeException>(() => read);
        Assert.Equal("volume 'test': read of 512 bytes at 8192 failed: EIO", failure.Message);

        _store.CompletesInside = true;
        _store.InsideError = _ => IoError.Io;
        Assert.Equal(IoError.Io, Assert.Throws<VolumeException>(() => _volume.Read(1 << 20, new byte[512])).Error);
        failure = await Assert.ThrowsAsync<VolumeException>(
            async () => await _volume.WriteAsync(0, TestImages.Filled(512, 1), VolumeWriteFlags.Fua));
        Assert.Equal("volume 'test': write of 512 bytes at 0 failed: EIO", failure.Message);
    }

    [Fact]
    public async Task CancelledReadLetsTheCallerGo()
    {
        using CancellationTokenSource cancellation = new();
        Task<int> read = _volume.ReadAsync(0, new byte[512], cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        _store.CompleteAll();
        Assert.True(_volume.TryRead(0, new byte[512]));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await _volume.WriteAsync(0, new byte[512], VolumeWriteFlags.None, cancellation.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _volume.FlushAsync(cancellation.Token));
    }

    [Fact]
    public async Task CancelledFlushLetsTheCallerGo()
    {
        await _volume.WriteAsync(0, TestImages.Filled(4096, 1));
        using CancellationTokenSource cancellation = new();
        Task flush = _volume.FlushAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush);
        _store.CompleteAll();
        Assert.Equal(TestImages.Filled(4096, 1), _store.Durable.Read(0, 0, 4096));
    }

    [Fact]
    public async Task DiscardReachesTheStoreAndDropsTheCache()
    {
        await _volume.WriteAsync(0, TestImages.Filled(8192, 1));
        Task discard = _volume.DiscardAsync(100, 4096).AsTask();
        _store.CompleteAll();
        await discard;
        Assert.Equal("discard A 512~3584", _store.History[^1].ToString());
        byte[] read = new byte[8192];
        Assert.False(_volume.TryRead(0, read));
        Task<int> pending = _volume.ReadAsync(0, read).AsTask();
        _store.CompleteAll();
        Assert.Equal(8192, await pending);
        Assert.Equal(TestImages.Filled(512, 1), read[..512]);
        Assert.Equal(new byte[3584], read[512..4096]);
        Assert.Equal(TestImages.Filled(4096, 1), read[4096..]);

        _store.CompletesInside = true;
        _store.InsideError = _ => IoError.NotSupported;
        await _volume.DiscardAsync(0, 4096);
        _store.InsideError = null;
        Assert.Equal(4096, await _volume.ReadAsync(0, read.AsMemory(0, 4096)));
    }

    [Fact]
    public async Task HugeDiscardIsCut()
    {
        const long Length = 6L << 30;
        InstantStore store = new(512);
        ImageDescription image = TestImages.Make(Length, FileLayout.Simple(4 << 20));
        await using Volume volume = Volume.Open(store, image, TestImages.Cached.Over(_pools));
        await volume.WriteAsync(Length - 512, TestImages.Filled(512, 1));
        await volume.DiscardAsync(0, Length - 512);
        Assert.Equal(Length - 512, store.DiscardBytes);
        await volume.WriteZeroesAsync(1, Length - 2);
        Assert.Equal(Length - 1024, store.ZeroBytes);
        byte[] tail = new byte[512];
        Assert.True(volume.TryRead(Length - 512, tail));
        Assert.Equal(new byte[511], tail[..511]);
        Assert.Equal(1, tail[511]);
    }

    [Fact]
    public async Task WriteThroughHasNoDirtyData()
    {
        await using Volume volume = Open(_store, TestImages.Cached with { DirtyBytesMax = 0 });
        Task write = volume.WriteAsync(0, new ReadOnlySequence<byte>(TestImages.Filled(4096, 9))).AsTask();
        Assert.False(write.IsCompleted);
        _store.CompleteAll();
        await write;
        Assert.Equal(TestImages.Filled(4096, 9), _store.Store.Read(0, 0, 4096));
        _store.CompletesInside = true;
    }

    [Fact]
    public async Task DirtyDataIsWrittenByAge()
    {
        await _volume.WriteAsync(0, TestImages.Filled(4096, 1));
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("write A 0~4K", _store.Only().ToString());
        _store.CompleteAll();
        Assert.Equal(0, _volume.Statistics().Cache!.DirtyBytes);
    }

    [Fact]
    public async Task InlineContinuationsRunOnTheCompletingThread()
    {
        await using Volume volume = Open(_store, TestImages.Cached with { InlineContinuations = true });
        int thread = 0;
        Task observed = ObserveAsync();
        _store.Complete(_store.Only());
        Assert.True(observed.IsCompleted);
        Assert.Equal(Environment.CurrentManagedThreadId, thread);
        await observed;

        async Task ObserveAsync()
        {
            await volume.ReadAsync(0, new byte[512]).ConfigureAwait(false);
            thread = Environment.CurrentManagedThreadId;
        }
    }

    private Volume Open(IObjectBackend store, VolumeOptions? options = null) => Volume.Open(
        store,
        TestImages.Make(ImageBytes, FileLayout.Simple(1 << 20)),
        (options ?? TestImages.Cached with { CacheBytes = 1 << 20 }).Over(_pools) with
        {
            Clock = _clock,
            Scheduler = System.IO.Pipelines.PipeScheduler.Inline,
        });
}
