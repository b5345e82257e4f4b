// The uncached volume over a store whose completions the test commands: what is asked of the store, in which order, what waits
// for what, and how each way of failing ends.

using Engine.Buffers;
using Engine.Objects;
using Engine.Testing;
using Engine.Testing.Cache;

namespace Engine.Volumes.Tests;

/// <summary>The uncached volume over a store whose completions the test commands.</summary>
public sealed class DirectPathTests : IDisposable
{
    private const int ImageBytes = 64 << 20;

    private static readonly ImageDescription s_image = TestImages.Make(ImageBytes, FileLayout.Simple(1 << 20));

    private readonly DiagnosticPools _pools = new();
    private readonly ManualBackend _store = new(TestImages.Capabilities(512, 1 << 20) with { SegmentsMax = 1024 });
    private readonly Volume _volume;

    public DirectPathTests()
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
    public async Task AlignedRequestIsOneTransfer()
    {
        Task write = _volume.WriteAsync(8192, Filled(4096, 7)).AsTask();
        Assert.Equal(["write A 8K~4K"], Issued());
        Assert.False(write.IsCompleted);
        _store.CompleteAll();
        await write;

        byte[] read = new byte[4096];
        Task<int> pending = _volume.ReadAsync(8192, read).AsTask();
        Assert.Equal(["read A 8K~4K"], Issued());
        _store.CompleteAll();
        Assert.Equal(4096, await pending);
        Assert.Equal(Filled(4096, 7), read);
        _store.AssertSound();
    }

    [Fact]
    public async Task FuaReachesTheStore()
    {
        Task write = _volume.WriteAsync(0, Filled(512, 1), VolumeWriteFlags.Fua).AsTask();
        Assert.True(_store.Only().Fua);
        _store.CompleteAll();
        await write;
    }

    [Fact]
    public async Task UnalignedWriteReadsFirstAndKeepsItsNeighbours()
    {
        Task before = _volume.WriteAsync(0, Filled(1024, 1)).AsTask();
        _store.CompleteAll();
        await before;
        _store.TakeIssued();

        Task write = _volume.WriteAsync(500, Filled(100, 2)).AsTask();
        Assert.Equal(["read A 0~1K"], Issued());
        _store.Complete(_store.Only());
        Assert.Equal(["write A 0~1K"], Issued());
        _store.CompleteAll();
        await write;
        byte[] expected = Filled(1024, 1);
        expected.AsSpan(500, 100).Fill(2);
        Assert.Equal(expected, _store.Store.Read(0, 0, 1024));
    }

    [Fact]
    public async Task OverlappingWritesGoOneAfterAnother_DisjointOnesDoNotWait()
    {
        Task first = _volume.WriteAsync(100, Filled(100, 1)).AsTask();
        Task second = _volume.WriteAsync(300, Filled(100, 2)).AsTask();
        Task third = _volume.WriteAsync(0, Filled(512, 3)).AsTask();
        Task disjoint = _volume.WriteAsync(512, Filled(512, 4)).AsTask();
        Assert.Equal(["read A 0~512", "write A 512~512"], Issued());
        Assert.Equal(2, _volume.Statistics().Direct!.RangeWaits);
        _store.CompleteAll();
        await first;
        await second;
        await third;
        await disjoint;
        byte[] expected = Filled(1024, 3);
        expected.AsSpan(512).Fill(4);
        Assert.Equal(expected, _store.Store.Read(0, 0, 1024));
        _store.AssertSound();
    }

    [Fact]
    public async Task WaitingWriteIsNotOvertaken()
    {
        Task first = _volume.WriteAsync(0, Filled(1024, 1)).AsTask();
        Task second = _volume.WriteAsync(512, Filled(1024, 2)).AsTask();
        Task third = _volume.WriteAsync(1024, Filled(1024, 3)).AsTask();
        Assert.Equal(["write A 0~1K"], Issued());
        _store.Complete(_store.Only());
        Assert.Equal(["write A 512~1K"], Issued());
        _store.Complete(_store.Only());
        Assert.Equal(["write A 1K~1K"], Issued());
        _store.CompleteAll();
        await first;
        await second;
        await third;
        _store.AssertSound();
    }

    [Fact]
    public async Task ManyChainedWritersUseNoStack()
    {
        InstantStore store = new(512) { Holds = true };
        await using Volume volume = Volume.Open(store, s_image, TestImages.Direct.Over(_pools));
        Task[] writes = new Task[5000];
        for (int i = 0; i < writes.Length; i++)
            writes[i] = volume.WriteAsync(0, Filled(512, (byte)i)).AsTask();
        Assert.Equal(1, store.HeldCount);
        store.Holds = false;
        store.CompleteHeld();
        await Task.WhenAll(writes);
        Assert.Equal(writes.Length, store.Writes);
    }

    [Fact]
    public async Task LongRequestKeepsAWindowOfTransfers()
    {
        byte[] read = new byte[32 << 20];
        Task<int> pending = _volume.ReadAsync(0, read).AsTask();
        Assert.Equal(8, _store.PendingCount);
        _store.CompleteAll();
        Assert.Equal(read.Length, await pending);
        Assert.Equal(32, _volume.Statistics().StoreReads);
    }

    [Fact]
    public async Task TransfersWaitForMemoryInOrder()
    {
        // 4096 blocks are 16 transfers of 1 MiB.
        Task<int>[] reads = new Task<int>[20];
        for (int i = 0; i < reads.Length; i++)
            reads[i] = _volume.ReadAsync(i << 20, new byte[1 << 20]).AsTask();
        Assert.Equal(16, _store.PendingCount);
        Assert.Equal(4, _volume.Statistics().Direct!.MemoryWaits);
        _store.Complete(_store.PendingAt(3));
        Assert.Equal(16, _store.PendingCount);
        Assert.Equal("read Q 0~1M", _store.PendingAt(15).ToString());
        _store.CompleteAll();
        foreach (Task<int> read in reads)
            Assert.Equal(1 << 20, await read);
    }

    [Fact]
    public async Task TransfersAreBoundedInNumber()
    {
        InstantStore store = new(512) { Holds = true };
        await using Volume volume = Volume.Open(store, s_image, TestImages.Direct.Over(_pools));
        byte[] bytes = new byte[512];
        Task<int>[] reads = new Task<int>[1500];
        for (int i = 0; i < reads.Length; i++)
            reads[i] = volume.ReadAsync(i * 512, bytes).AsTask();
        Assert.Equal(BlockGate.PiecesMax, store.HeldCount);
        Assert.Equal(reads.Length, volume.Statistics().Direct!.InFlight);
        store.CompleteHeld();
        await Task.WhenAll(reads);
        Assert.Equal(reads.Length, store.Reads);
        store.Holds = false;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task TransfersAreBoundedByWhatTheStoreTakes(int operationsMax)
    {
        InstantStore store = new(512, operationsMax) { Holds = true };
        await using Volume volume = Volume.Open(store, s_image, TestImages.Direct.Over(_pools));
        byte[] bytes = new byte[512];
        Task<int>[] reads = [.. Enumerable.Range(0, 100).Select(i => volume.ReadAsync(i * 512, bytes).AsTask())];
        Assert.Equal(operationsMax, store.HeldCount);
        store.CompleteHeld();
        await Task.WhenAll(reads);
        Assert.Equal(reads.Length, store.Reads);
        store.Holds = false;
    }

    [Theory]
    [InlineData("discard")]
    [InlineData("zeroes")]
    public async Task RequestsWithoutBytesAreBoundedInNumberToo(string kind)
    {
        InstantStore store = new(512) { Holds = true };
        await using Volume volume = Volume.Open(store, s_image, TestImages.Direct.Over(_pools));
        Task[] requests = new Task[1500];
        for (int i = 0; i < requests.Length; i++)
        {
            ValueTask request = kind == "discard" ? volume.DiscardAsync(i * 512, 512) : volume.WriteZeroesAsync(i * 512, 512);
            requests[i] = request.AsTask();
        }

        Assert.Equal(BlockGate.PiecesMax, store.HeldCount);
        Assert.Equal(requests.Length - BlockGate.PiecesMax, volume.Statistics().Direct!.MemoryWaits);
        store.CompleteHeld();
        await Task.WhenAll(requests);
        Assert.Equal(requests.Length, store.Discards + (store.ZeroBytes / 512));
        store.Holds = false;
    }

    [Fact]
    public async Task SharedPoolEmptiedByOthersIsENOMEM()
    {
        BufferPool pool = _pools.Make(TestImages.Direct.PoolBlocksNeeded);
        await using Volume volume = Open(_store, TestImages.Direct with { Pool = pool });
        List<BufferHandle> taken = [];
        while (pool.TryRent(out BufferHandle handle))
            taken.Add(handle);
        VolumeException failure = await Assert.ThrowsAsync<VolumeException>(async () => await volume.ReadAsync(0, new byte[512]));
        Assert.Equal(IoError.NoMemory, failure.Error);
        taken.ForEach(pool.Release);
        Task<int> read = volume.ReadAsync(0, new byte[512]).AsTask();
        _store.CompleteAll();
        Assert.Equal(512, await read);
        Assert.Equal(0, pool.RentedCount);
        _store.CompletesInside = true;
    }

    [Fact]
    public async Task ErrorsNameTheRequest()
    {
        Task<int> read = _volume.ReadAsync(4096, new byte[512]).AsTask();
        _store.Complete(_store.Only(), IoError.Io);
        VolumeException failure = await Assert.ThrowsAsync<VolumeException>(async () => await read);
        Assert.Equal(IoError.Io, failure.Error);
        Assert.Equal("volume 'test': read of 512 bytes at 4096 failed: EIO", failure.Message);

        Task write = _volume.WriteAsync(100, Filled(10, 1)).AsTask();
        _store.Complete(_store.Only(), IoError.Io);
        failure = await Assert.ThrowsAsync<VolumeException>(async () => await write);
        Assert.Equal("volume 'test': write of 10 bytes at 100 failed: EIO", failure.Message);

        Task flush = _volume.FlushAsync().AsTask();
        _store.Complete(_store.Only(), IoError.NoSpace);
        failure = await Assert.ThrowsAsync<VolumeException>(async () => await flush);
        Assert.Equal("volume 'test': flush failed: ENOSPC", failure.Message);
        Assert.Equal(3, _volume.Statistics().Direct!.Failures);
        await CloseFailsAsync(IoError.NoSpace);
    }

    /// <summary>Another caller's writes may be lost with those of the caller who saw the failure.</summary>
    [Fact]
    public async Task NoFlushSucceedsAfterOneThatFailed()
    {
        Task first = _volume.FlushAsync().AsTask();
        Task second = _volume.FlushAsync().AsTask();
        _store.Complete(_store.Only(), IoError.Io);
        _store.Complete(_store.Only(), IoError.None);
        await Assert.ThrowsAsync<VolumeException>(async () => await first);
        await Assert.ThrowsAsync<VolumeException>(async () => await second);

        _store.CompletesInside = true;
        VolumeException failure = await Assert.ThrowsAsync<VolumeException>(async () => await _volume.FlushAsync());
        Assert.Equal(IoError.Io, failure.Error);
        Assert.Equal(IoError.Io, Assert.Throws<VolumeException>(_volume.Flush).Error);
        await _volume.WriteAsync(0, Filled(512, 1));
        await CloseFailsAsync(IoError.Io);
    }

    /// <summary>What completes while a flush is under way may not be covered by it.</summary>
    [Fact]
    public async Task FlushesThatComeMeanwhileShareTheNext()
    {
        Task first = _volume.FlushAsync().AsTask();
        Task[] later = [.. Enumerable.Range(0, 1500).Select(_ => _volume.FlushAsync().AsTask())];
        _store.Complete(_store.Only(), IoError.None);
        await first;
        Assert.All(later, flush => Assert.False(flush.IsCompleted));

        while (_store.PendingCount > 0)
            _store.Complete(_store.Only(), IoError.None);
        await Task.WhenAll(later);
        DirectStatistics statistics = _volume.Statistics().Direct!;
        Assert.Equal(1501, statistics.Flushes);
        Assert.InRange(statistics.StoreFlushes, 2, 2 + (1500 / BlockGate.PiecesMax));
    }

    [Fact]
    public async Task BlockingRequestsFailAlike()
    {
        _store.CompletesInside = true;
        _store.InsideError = _ => IoError.NoSpace;
        Assert.Equal(IoError.NoSpace, Assert.Throws<VolumeException>(() => _volume.Write(0, Filled(512, 1))).Error);
        Assert.Equal(IoError.NoSpace, Assert.Throws<VolumeException>(() => _volume.Read(0, new byte[512])).Error);
        Assert.Equal(IoError.NoSpace, Assert.Throws<VolumeException>(() => _volume.Flush()).Error);
        await CloseFailsAsync(IoError.NoSpace);
    }

    [Fact]
    public async Task FirstErrorStopsALongRequestAfterWhatIsUnderWay()
    {
        Task write = _volume.WriteAsync(0, new byte[32 << 20]).AsTask();
        Assert.Equal(8, _store.PendingCount);
        _store.Complete(_store.PendingAt(2), IoError.NoSpace);
        Assert.Equal(7, _store.PendingCount);
        while (_store.PendingCount > 0)
        {
            Assert.False(write.IsCompleted);
            _store.Complete(_store.PendingAt(0), IoError.Io);
        }

        VolumeException failure = await Assert.ThrowsAsync<VolumeException>(async () => await write);
        Assert.Equal(IoError.NoSpace, failure.Error);
        _store.CompletesInside = true;
        await _volume.WriteAsync(0, new byte[4 << 20]);
    }

    [Fact]
    public async Task ShortAndMissingReadsAreZeros()
    {
        byte[] bytes = Filled(4096, 9);
        Task<int> read = _volume.ReadAsync(0, bytes).AsTask();
        _store.Complete(_store.Only(), IoError.NoEntry);
        Assert.Equal(4096, await read);
        Assert.Equal(new byte[4096], bytes);

        bytes.AsSpan().Fill(9);
        _store.Store.Write(0, 0, Filled(4096, 5));
        read = _volume.ReadAsync(100, bytes.AsMemory(0, 3000)).AsTask();
        _store.CompleteShort(_store.Only(), 1000);
        Assert.Equal(3000, await read);
        Assert.Equal(Filled(900, 5), bytes[..900]);
        Assert.Equal(new byte[2100], bytes[900..3000]);
        Assert.Equal(9, bytes[3000]);
    }

    [Fact]
    public async Task DiscardCoversWholeUnitsOnly()
    {
        Task discard = _volume.DiscardAsync(100, 1500).AsTask();
        Assert.Equal(["discard A 512~1K"], Issued());
        _store.CompleteAll();
        await discard;
        await _volume.DiscardAsync(100, 300);

        discard = _volume.DiscardAsync(0, 1024).AsTask();
        _store.Complete(_store.Only(), IoError.NotSupported);
        await discard;
        Assert.Empty(_store.Pending);
    }

    [Fact]
    public async Task HugeRangesAreCut()
    {
        const long Length = 6L << 30;
        InstantStore store = new(512);
        ImageDescription image = TestImages.Make(Length, FileLayout.Simple(4 << 20));
        await using Volume volume = Volume.Open(store, image, TestImages.Direct.Over(_pools));
        await volume.DiscardAsync(100, Length - 100);
        Assert.Equal(1536, store.Discards);
        Assert.Equal(Length - 512, store.DiscardBytes);
        await volume.WriteZeroesAsync(1, Length - 2);
        Assert.Equal(Length - 1024, store.ZeroBytes);
        Assert.Equal(2, store.Writes);
    }

    private string[] Issued() => _store.TakeIssued();

    private async Task CloseFailsAsync(IoError error)
    {
        _store.CompletesInside = true;
        VolumeException failure = await Assert.ThrowsAsync<VolumeException>(async () => await _volume.CloseAsync());
        Assert.Equal(error, failure.Error);
    }

    private static byte[] Filled(int length, byte value) => TestImages.Filled(length, value);

    private Volume Open(ManualBackend store, VolumeOptions? options = null) =>
        Volume.Open(store, s_image, options ?? TestImages.Direct.Over(_pools));
}
