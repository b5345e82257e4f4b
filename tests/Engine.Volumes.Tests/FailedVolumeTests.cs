// A cached volume whose store refuses it altogether: nothing is written any more, and everybody is told why.

using Engine.Buffers;
using Engine.Objects;
using Engine.Testing;
using Engine.Testing.Cache;

namespace Engine.Volumes.Tests;

/// <summary>A cached volume whose store refuses it altogether.</summary>
public sealed class FailedVolumeTests : IDisposable
{
    private const int ImageBytes = 16 << 20;

    private readonly DiagnosticPools _pools = new();
    private readonly ManualBackend _store = new(TestImages.Capabilities(512, 1 << 20));
    private readonly ManualClock _clock = new();
    private readonly Volume _volume;
    private int _written;

    public FailedVolumeTests()
    {
        _volume = Volume.Open(
            _store,
            TestImages.Make(ImageBytes, FileLayout.Simple(1 << 20)),
            (TestImages.Cached with { CacheBytes = 1 << 20 }).Over(_pools) with
            {
                Clock = _clock,
                Scheduler = System.IO.Pipelines.PipeScheduler.Inline,
            });
    }

    private int Writes => _store.History.Count(static operation => operation.Kind == PendingKind.Write);

    public void Dispose()
    {
        _store.CompletesInside = true;
        _store.InsideError = null;
        _store.CompleteAll();
        _volume.DisposeAsync().AsTask().ContinueWith(static closed => _ = closed.Exception, TaskScheduler.Default).Wait();
        _store.AssertSound();
        _pools.Dispose();
    }

    [Theory]
    [InlineData(30)]
    [InlineData(108)]
    public async Task WritesAndFlushesSayTheErrno(int errno)
    {
        IoError refused = new(errno);
        Fail(refused);

        VolumeException write = Assert.Throws<VolumeException>(() => _volume.Write(8192, TestImages.Filled(512, 2)));
        VolumeException later = await Assert.ThrowsAsync<VolumeException>(
            async () => await _volume.WriteAsync(8192, TestImages.Filled(512, 2)));
        VolumeException flush = await Assert.ThrowsAsync<VolumeException>(async () => await _volume.FlushAsync());
        VolumeException blocking = Assert.Throws<VolumeException>(_volume.Flush);

        Assert.All([write, later, flush, blocking], failure => Assert.Equal(refused, failure.Error));
        Assert.Equal(
            $"volume 'test': flush failed, what is not written is kept until the volume is resumed or closed: {refused.Name}",
            flush.Message);
        byte[] read = new byte[4096];
        Assert.Equal(4096, _volume.Read(0, read));
        Assert.Equal(TestImages.Filled(4096, 1), read);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(_written, Writes);
    }

    [Theory]
    [InlineData(30)]
    [InlineData(108)]
    public async Task ClosingSaysWhatIsLostAndWritesNothing(int errno)
    {
        Fail(new IoError(errno));

        VolumeException failure = await Assert.ThrowsAsync<VolumeException>(async () => await _volume.CloseAsync());

        Assert.Equal(new IoError(errno), failure.Error);
        Assert.Equal($"volume 'test': flush at close failed, 4096 bytes are lost: {failure.Error.Name}", failure.Message);
        Assert.Equal(_written, Writes);
        Assert.Throws<ObjectDisposedException>(() => _volume.Write(0, TestImages.Filled(512, 2)));
    }

    [Fact]
    public async Task AReadThatTheStoreRefusesIsAnError()
    {
        Task<int> read = _volume.ReadAsync(0, new byte[512]).AsTask();
        _store.Complete(_store.Only(), IoError.Shutdown);

        VolumeException failure = await Assert.ThrowsAsync<VolumeException>(() => read);
        Assert.Equal("volume 'test': read of 512 bytes at 0 failed: ESHUTDOWN", failure.Message);
    }

    [Fact]
    public async Task ADiscardThatTheStoreRefusesIsAnError()
    {
        Task discard = _volume.DiscardAsync(0, 4096).AsTask();
        _store.Complete(_store.Only(), IoError.Shutdown);

        VolumeException failure = await Assert.ThrowsAsync<VolumeException>(() => discard);
        Assert.Equal(IoError.Shutdown, failure.Error);
    }

    private void Fail(IoError refused)
    {
        _volume.Write(0, TestImages.Filled(4096, 1));
        _clock.Advance(TimeSpan.FromSeconds(6));
        _store.Complete(_store.Only(), refused);
        _store.CompletesInside = true;
        _written = Writes;
    }
}
