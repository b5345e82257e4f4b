// What holds with and without a cache alike: bounds, options, closing and use after it, a failing device. Each test runs both
// ways.

using System.Buffers;
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;
using Engine.Stores;
using Engine.Testing;
using Engine.Testing.Cache;
using Engine.Testing.Devices;

namespace Engine.Volumes.Tests;

/// <summary>Opening, bounds, closing, use after closing.</summary>
public sealed class LifecycleTests : IDisposable
{
    private const int ImageBytes = 1 << 20;

    private static readonly ImageDescription s_image = TestImages.Make(ImageBytes, FileLayout.Simple(64 << 10));

    private readonly DiagnosticPools _pools = new();

    public void Dispose() => _pools.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ReadsAreCutAtTheEndWritesRefused(bool cached)
    {
        using MemoryStore store = new();
        await using Volume volume = Open(store, cached);
        await volume.WriteAsync(ImageBytes - 10, TestImages.Filled(10, 5));
        byte[] bytes = new byte[100];
        Assert.Equal(10, volume.Read(ImageBytes - 10, bytes));
        Assert.Equal(TestImages.Filled(10, 5), bytes[..10]);
        Assert.Equal(10, await volume.ReadAsync(ImageBytes - 10, bytes));
        Assert.Equal(0, volume.Read(ImageBytes, bytes));
        Assert.Equal(0, await volume.ReadAsync(long.MaxValue, bytes));
        Assert.Equal(0, volume.Read(0, []));
        Assert.False(volume.TryRead(ImageBytes - 10, bytes));
        Assert.False(volume.TryRead(long.MaxValue, bytes));
        await volume.WriteAsync(0, ReadOnlyMemory<byte>.Empty);
        await volume.WriteAsync(0, ReadOnlySequence<byte>.Empty);
        volume.Write(ImageBytes, []);
        await volume.DiscardAsync(ImageBytes, 0);
        await volume.WriteZeroesAsync(0, 0);

        Assert.Throws<ArgumentOutOfRangeException>(() => volume.Read(-1, bytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => volume.TryRead(-1, bytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => volume.Write(-1, bytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => volume.Write(ImageBytes - 99, bytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => volume.Write(long.MaxValue, bytes));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await volume.ReadAsync(-1, bytes));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await volume.WriteAsync(ImageBytes - 99, bytes));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await volume.DiscardAsync(1, ImageBytes));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await volume.WriteZeroesAsync(0, -1));
        ArgumentOutOfRangeException past = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await volume.WriteAsync(ImageBytes, new ReadOnlySequence<byte>(bytes)));
        Assert.StartsWith(
            "volume 'test': 100 bytes at 1048576 end past its 1048576 bytes", past.Message, StringComparison.Ordinal);
        Assert.Equal(cached, volume.IsCached);
        Assert.Equal(s_image, volume.Image);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ClosingMakesEverythingDurable(bool cached)
    {
        ManualBackend store = new(TestImages.Capabilities(512)) { CompletesInside = true };
        Volume volume = Open(store, cached);
        volume.Write(1000, TestImages.Filled(1000, 3));
        await volume.CloseAsync();
        Assert.Equal(TestImages.Filled(1000, 3), store.Durable.Read(0, 1000, 1000));
        await volume.CloseAsync();
        await volume.DisposeAsync();
        volume.Dispose();
        Assert.Equal(1, store.History.Count(operation => operation.Kind == PendingKind.Flush));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void DisposeAloneMakesEverythingDurable(bool cached)
    {
        ManualBackend store = new(TestImages.Capabilities(512)) { CompletesInside = true };
        using (Volume volume = Open(store, cached))
            volume.Write(1000, TestImages.Filled(1000, 3));
        Assert.Equal(TestImages.Filled(1000, 3), store.Durable.Read(0, 1000, 1000));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task UseAfterCloseIsRefused(bool cached)
    {
        using MemoryStore store = new();
        Volume volume = Open(store, cached);
        Stream stream = volume.AsStream();
        volume.Write(0, new byte[10]);
        await volume.CloseAsync();
        byte[] bytes = new byte[10];
        Assert.Throws<ObjectDisposedException>(() => volume.Read(0, bytes));
        Assert.Throws<ObjectDisposedException>(() => volume.TryRead(0, bytes));
        Assert.Throws<ObjectDisposedException>(() => volume.Write(0, bytes));
        Assert.Throws<ObjectDisposedException>(volume.Flush);
        Assert.Throws<ObjectDisposedException>(volume.AsStream);
        Assert.Throws<ObjectDisposedException>(() => stream.ReadByte());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await volume.ReadAsync(0, bytes));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await volume.WriteAsync(0, bytes));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await volume.FlushAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await volume.DiscardAsync(0, 4096));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await volume.WriteZeroesAsync(0, 4096));
        Assert.Equal(10, volume.Statistics().WriteBytes);
        Assert.Equal(ImageBytes, volume.Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FailedCloseReportsOnceAndClosesAllTheSame(bool cached)
    {
        ManualBackend store = new(TestImages.Capabilities(512)) { CompletesInside = true };
        Volume volume = Open(store, cached);
        volume.Write(0, new byte[512]);
        store.InsideError = _ => IoError.Io;
        VolumeException failure = await Assert.ThrowsAsync<VolumeException>(async () => await volume.CloseAsync());
        Assert.Equal(IoError.Io, failure.Error);
        string lost = cached ? ", 512 bytes are lost" : "";
        Assert.Equal($"volume 'test': flush at close failed{lost}: EIO", failure.Message);
        Assert.Same(failure, await Assert.ThrowsAsync<VolumeException>(async () => await volume.CloseAsync()));
        await volume.DisposeAsync();
        volume.Dispose();
        Assert.Throws<ObjectDisposedException>(() => volume.Read(0, new byte[1]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DisposeReportsWhatWasLost(bool cached)
    {
        ManualBackend store = new(TestImages.Capabilities(512)) { CompletesInside = true };
        Volume volume = Open(store, cached);
        volume.Write(0, new byte[512]);
        store.InsideError = _ => IoError.NoSpace;
        Assert.Equal(IoError.NoSpace, Assert.Throws<VolumeException>(volume.Dispose).Error);
        await volume.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ClosingWaitsForTheStoreButNotForEver(bool cached)
    {
        ManualClock clock = new();
        ManualBackend store = new(TestImages.Capabilities(512));
        Volume volume = Open(store, cached, options => options with { Clock = clock, CloseTimeout = TimeSpan.FromSeconds(30) });
        byte[] bytes = TestImages.Filled(512, 9);
        Task<int> read = volume.ReadAsync(0, bytes).AsTask();
        Task close = volume.CloseAsync().AsTask();
        clock.Advance(TimeSpan.FromSeconds(29));
        Assert.False(close.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(2));
        VolumeException failure = await Assert.ThrowsAsync<VolumeException>(() => close);
        Assert.Equal(IoError.TimedOut, failure.Error);

        // The late answer finds its memory, and whoever still waits is let go.
        store.CompletesInside = true;
        store.CompleteAll();
        if (cached)
            await Assert.ThrowsAsync<ObjectDisposedException>(() => read);
        else
            Assert.Equal(512, await read);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LateAnswersFreeThePoolThatTheVolumeOwns(bool cached)
    {
        ManualClock clock = new();
        ManualBackend store = new(TestImages.Capabilities(512));
        Volume volume = Open(
            store, cached, options => options with { Pool = null, Clock = clock, CloseTimeout = TimeSpan.FromSeconds(30) });
        BufferPool pool = volume.OwnedPool!;
        nint memory = pool.Regions[0].Address;
        Task<int> read = volume.ReadAsync(0, new byte[512]).AsTask();
        Task close = volume.CloseAsync().AsTask();
        clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(IoError.TimedOut, (await Assert.ThrowsAsync<VolumeException>(() => close)).Error);
        Assert.True(pool.Contains(memory, 1));

        store.CompletesInside = true;
        store.CompleteAll();
        await Task.WhenAny(read);
        Assert.Equal(cached, read.IsFaulted);
        Assert.True(SpinWait.SpinUntil(() => !pool.Contains(memory, 1), TimeSpan.FromSeconds(10)), "the pool was freed");
    }

    [Fact]
    public async Task ClosingWaitsForRequestsUnderWay()
    {
        ManualBackend store = new(TestImages.Capabilities(512));
        Volume volume = Open(store, cached: false);
        Task<int> read = volume.ReadAsync(0, new byte[512]).AsTask();
        Task close = volume.CloseAsync().AsTask();
        Assert.Equal("read A 0~512", store.Only().ToString());
        Assert.False(close.IsCompleted);
        store.CompletesInside = true;
        store.Complete(store.PendingAt(0));
        Assert.Equal(512, await read);
        await close;
        Assert.Equal(PendingKind.Flush, store.History[^1].Kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FailingDeviceLosesNothingThatAFlushAcknowledged(bool cached)
    {
        using MemoryDevice memory = new(8 << 20);
        using FaultDevice device = new(memory);
        ImageDescription image = DeviceStore.Format(device, new DeviceStoreFormatOptions { ObjectSize = 64 << 10 });
        using DeviceStore store = DeviceStore.Open(device);
        await using Volume volume = Volume.Open(store, image, (cached ? TestImages.Cached : TestImages.Direct).Over(_pools));
        await volume.WriteAsync(0, TestImages.Filled(8192, 1));
        await volume.FlushAsync();

        device.Add(new FaultRule { Operation = DeviceOperation.Write, Error = IoError.NoSpace, Times = int.MaxValue });
        VolumeException failure = await Assert.ThrowsAsync<VolumeException>(async () =>
        {
            await volume.WriteAsync(4096, TestImages.Filled(4096, 2));
            await volume.FlushAsync();
        });
        Assert.Equal(IoError.NoSpace, failure.Error);
        device.Clear();
        byte[] read = new byte[8192];
        await volume.ReadAsync(0, read);
        Assert.Equal(TestImages.Filled(4096, 1), read[..4096]);
        Assert.Equal(TestImages.Filled(4096, cached ? (byte)2 : (byte)1), read[4096..]);
        await volume.FlushAsync();
    }

    public static TheoryData<VolumeOptions, string> BadOptions => new()
    {
        { TestImages.Cached with { CacheBytes = 1024 }, "CacheBytes is 1024; a cache needs at least 65536" },
        {
            TestImages.Cached with { DirtyBytesMax = 1 << 20 },
            "DirtyBytesMax is 1048576; it must lie between 0 and CacheBytes, 262144"
        },
        { TestImages.Cached with { DirtyBytesMax = -1 }, "DirtyBytesMax is -1; it must lie between 0 and CacheBytes, 262144" },
        {
            TestImages.Cached with { DirtyBytesTarget = 200 << 10 },
            "DirtyBytesTarget is 204800; it must lie between 0 and DirtyBytesMax, 131072"
        },
        { TestImages.Cached with { DirtyAgeMax = TimeSpan.Zero }, "DirtyAgeMax is 00:00:00; it must be positive" },
        { TestImages.Cached with { WritebackWindow = 0 }, "WritebackWindow is 0; it must be positive" },
        { TestImages.Cached with { CacheBytes = 1L << 60 }, "choose a smaller cache: ENOMEM" },
        { TestImages.Direct with { CloseTimeout = TimeSpan.Zero }, "CloseTimeout is 00:00:00; it must be positive, or infinite" },
    };

    [Theory]
    [InlineData(true, -1)]
    [InlineData(true, long.MaxValue)]
    [InlineData(false, -1)]
    [InlineData(false, long.MaxValue)]
    public async Task CloseMayWaitWithoutLimit(bool cached, long milliseconds)
    {
        TimeSpan limit = milliseconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.MaxValue;
        using MemoryStore store = new();
        VolumeOptions options = cached ? TestImages.Cached : TestImages.Direct;
        Volume volume = Volume.Open(store, s_image, options with { CloseTimeout = limit });
        await volume.WriteAsync(0, TestImages.Filled(4096, 7));

        await volume.CloseAsync();

        using Volume again = Volume.Open(store, s_image, TestImages.Direct);
        byte[] bytes = new byte[4096];
        again.Read(0, bytes);
        Assert.Equal(TestImages.Filled(4096, 7), bytes);
    }

    [Fact]
    public void StoreThatTakesTooFewOperationsForACacheGetsOneClearLine()
    {
        VolumeException refused = Assert.Throws<VolumeException>(
            () => Volume.Open(new InstantStore(512, operationsMax: 15), s_image, TestImages.Cached));

        Assert.Equal(IoError.Invalid, refused.Error);
        Assert.Contains(
            "the store takes 15 operations at once; a cache needs at least 16", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BadOptions), DisableDiscoveryEnumeration = true)]
    public void ImpossibleOptionsGetOneClearLine(VolumeOptions options, string expected)
    {
        using MemoryStore store = new();
        VolumeException refused = Assert.Throws<VolumeException>(() => Volume.Open(store, s_image, options));
        Assert.StartsWith("volume 'test': ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void ImpossibleImagesAndPoolsGetOneClearLine()
    {
        InstantStore store = new(4096);
        Assert.Equal(
            "volume 'test': the image's stripe unit of 2048 bytes is not a multiple of the store's 4096: EINVAL",
            Refusal(TestImages.Make(1 << 20, FileLayout.Simple(2048))));
        Assert.Contains("is impossible", Refusal(TestImages.Make(1 << 20, default)), StringComparison.Ordinal);
        Assert.Contains("the image has 0 bytes", Refusal(TestImages.Make(0, FileLayout.Simple(4096))), StringComparison.Ordinal);
        BufferPool pool = _pools.Make(8);
        VolumeOptions small = TestImages.Direct with { Pool = pool };
        Assert.Equal(
            "volume 'test': the pool has 8 blocks of 4096 bytes; needed are 4096 of 4096: EINVAL",
            Refusal(s_image, small));

        string Refusal(ImageDescription image, VolumeOptions? options = null) =>
            Assert.Throws<VolumeException>(() => Volume.Open(store, image, options ?? TestImages.Direct)).Message;
    }

    private Volume Open(IObjectBackend store, bool cached, Func<VolumeOptions, VolumeOptions>? change = null)
    {
        VolumeOptions options = (cached ? TestImages.Cached : TestImages.Direct).Over(_pools);
        return Volume.Open(store, s_image, change is null ? options : change(options));
    }
}
