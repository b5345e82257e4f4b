// A store whose commits are not durable: committed data is unstable until a flush of the store succeeds.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class UnstableTests
{
    private static readonly BackendCapabilities s_volatile = ManualBackend.Default with { CommitIsDurable = false };

    private static readonly CacheSettings s_aging = F0 with { DirtyAgeMax = TimeSpan.FromSeconds(1) };

    [Fact]
    public void FlushIsCoveredWritesAndThenOneFlushOfTheStore()
    {
        using CacheFixture f = new(capabilities: s_volatile);
        f.W(A, 0, 4 * K, '1');
        f.W(A, 64 * K, 4 * K, '2');

        PendingResult first = f.Flush();
        PendingResult second = f.Flush();
        Assert.Equal(["write A 0~4K", "write A 64K~4K"], f.TakeIssued());
        f.Complete("write A 0~4K");
        Assert.Empty(f.TakeIssued());
        f.Complete("write A 64K~4K");
        Assert.Equal(["flush"], f.TakeIssued());
        Assert.Equal(8 * K, f.Statistics.UnstableBytes);
        Assert.False(first.IsCompleted || second.IsCompleted);
        f.Complete("flush");

        Assert.True(first.IsOk && second.IsOk);
        Assert.Equal(0, f.Statistics.UnstableBytes);
        Assert.Equal(1, f.Statistics.BackendFlushes);
        Assert.Equal(Bytes(4 * K, '1'), f.Backend.Durable.Read(A, 0, 4 * K));
        Assert.Equal(Bytes(4 * K, '2'), f.Backend.Durable.Read(A, 64 * K, 4 * K));
        Assert.True(f.Flush().AlreadyClean);
    }

    [Fact]
    public void FlushOfUnstableDataAloneFlushesTheStore()
    {
        using CacheFixture f = new(s_aging, s_volatile);
        WriteBack(f, A, 0, 4 * K, '1');
        Assert.Equal(4 * K, f.Statistics.UnstableBytes);
        Assert.Equal("0~4K CLEAN", f.Nrl(A));
        _ = f.TakeIssued();

        PendingResult flush = f.Flush();

        Assert.Equal(["flush"], f.TakeIssued());
        Assert.False(flush.IsCompleted);
        f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.False(flush.AlreadyClean);
    }

    [Fact]
    public void FlushOfTheStoreThatBeganBeforeTheCommitDoesNotCount()
    {
        using CacheFixture f = new(capabilities: s_volatile);
        f.W(A, 0, 4 * K, '1');
        PendingResult first = f.Flush();
        f.Complete("write A 0~4K");
        PendingOperation early = f.Backend.Find("flush");
        f.W(B, 0, 4 * K, '2');
        PendingResult second = f.Flush();
        f.Complete("write B 0~4K");

        f.Complete(early);

        Assert.True(first.IsOk);
        Assert.False(second.IsCompleted);
        Assert.Equal(4 * K, f.Statistics.UnstableBytes);
        f.CompleteAll();
        Assert.True(second.IsOk);
        Assert.Equal(Bytes(4 * K, '2'), f.Backend.Durable.Read(B, 0, 4 * K));
    }

    [Fact]
    public void UnstableDataIsNotEvicted()
    {
        using CacheFixture f = new(Small(64 * K), s_volatile);
        WriteBack(f, A, 0, 16 * K, '1');

        for (int i = 0; i < 64; i++)
            f.ReadIn(B, i * 4 * K, 4 * K);
        f.Release();

        Assert.Equal(Bytes(16 * K, '1'), f.Cached(A, 0, 16 * K));
        Assert.Empty(f.TakeIssued());
        Assert.Equal(16 * K, f.Statistics.UnstableBytes);
    }

    [Fact]
    public void TooMuchUnstableDataMakesTheFlusherFlushTheStore()
    {
        using CacheFixture f = new(s_aging with { UnstableBytesMax = 16 * K }, s_volatile);
        WriteBack(f, A, 0, 12 * K, '1');
        Assert.DoesNotContain("flush", f.TakeIssued());

        WriteBack(f, B, 0, 8 * K, '2');

        Assert.Single(f.TakeIssued(), "flush");
        f.CompleteAll();
        Assert.Equal(0, f.Statistics.UnstableBytes);
        Assert.Equal(Bytes(8 * K, '2'), f.Backend.Durable.Read(B, 0, 8 * K));
    }

    [Fact]
    public void ReaderThatNeedsMemoryHeldByUnstableDataIsServed()
    {
        using CacheFixture f = new(Small(32 * K) with { UnstableBytesMax = 32 * K }, s_volatile);
        WriteBack(f, A, 0, 32 * K, '1');

        PendingRead read = f.R(B, 0, 16 * K);
        f.CompleteAll();

        Assert.True(read.IsOk);
    }

    [Fact]
    public void WriterIsServedThoughTheFlushOfTheStoreFailedBefore()
    {
        using CacheFixture f = new(Small(32 * K) with { UnstableBytesMax = 32 * K }, s_volatile);
        WriteBack(f, A, 0, 32 * K, '1');
        PendingResult write = f.W(B, 0, 32 * K, '2');

        f.Complete("flush", IoError.Io);
        f.Advance(TimeSpan.FromSeconds(1.01));
        f.CompleteAll();
        f.Advance(TimeSpan.FromSeconds(1.01));
        f.CompleteAll();

        Assert.True(write.IsOk);
    }

    [Fact]
    public void WriterThatNeedsMemoryHeldByUnstableDataIsServed()
    {
        using CacheFixture f = new(Small(32 * K) with { UnstableBytesMax = 32 * K }, s_volatile);
        WriteBack(f, A, 0, 32 * K, '1');

        PendingResult write = f.W(B, 0, 16 * K, '2');
        f.CompleteAll();

        Assert.True(write.IsOk);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void FailedFlushOfTheStoreMakesDataDirtyAgainAndFailsEveryFlush(bool losesData)
    {
        using CacheFixture f = new(capabilities: s_volatile);
        f.Backend.LosesVolatileOnFailedFlush = losesData;
        f.W(A, 0, 4 * K, '1');
        f.W(B, 0, 4 * K, '2');
        PendingResult first = f.Flush();
        PendingResult second = f.Flush();
        f.CompletePending();

        f.Complete("flush", IoError.Io);

        Assert.Equal(IoError.Io, first.Error);
        Assert.Equal(IoError.Io, second.Error);
        Assert.Equal("0~4K DIRTY", f.Nrl(A));
        Assert.Equal("0~4K DIRTY", f.Nrl(B));
        Assert.Equal(0, f.Statistics.UnstableBytes);
        PendingResult again = f.Flush();
        f.CompleteAll();
        Assert.True(again.IsOk);
        Assert.Equal(Bytes(4 * K, '1'), f.Backend.Durable.Read(A, 0, 4 * K));
        Assert.Equal(Bytes(4 * K, '2'), f.Backend.Durable.Read(B, 0, 4 * K));
    }

    [Fact]
    public void FailedFlushOfTheStoreKeepsNewerVersions()
    {
        using CacheFixture f = new(capabilities: s_volatile);
        f.Backend.LosesVolatileOnFailedFlush = true;
        f.W(A, 0, 12 * K, '1');
        f.Flush();
        f.Complete("write A 0~12K");
        f.W(A, 0, 4 * K, '2');
        f.W(A, 5000, 100, '3');
        byte[] expected = Bytes(12 * K, '1');
        expected.AsSpan(0, 4 * K).Fill((byte)'2');
        expected.AsSpan(5000, 100).Fill((byte)'3');

        f.Complete("flush", IoError.Io);

        Assert.Equal("0~12K DIRTY", f.Nrl(A));
        Assert.Equal(expected, f.Cached(A, 0, 12 * K));
        PendingResult again = f.Flush();
        f.CompleteAll();
        Assert.True(again.IsOk);
        Assert.Equal(expected, f.Backend.Durable.Read(A, 0, 12 * K));
    }

    [Fact]
    public void FailedFlushOfTheStoreWhileANewerVersionIsInFlight()
    {
        using CacheFixture f = new(capabilities: s_volatile);
        f.Backend.LosesVolatileOnFailedFlush = true;
        f.W(A, 0, 8 * K, '1');
        PendingResult first = f.Flush();
        f.Complete("write A 0~8K");
        PendingOperation storeFlush = f.Backend.Find("flush");
        f.W(A, 0, 4 * K, '2');
        PendingResult second = f.Flush();

        f.Complete(storeFlush, IoError.Io);
        Assert.Equal(IoError.Io, first.Error);
        Assert.Equal("0~4K TX,4K~4K DIRTY", f.Nrl(A));
        f.CompleteAll();
        PendingResult third = f.Flush();
        f.CompleteAll();

        Assert.True(second.IsCompleted);
        Assert.True(third.IsOk);
        Assert.Equal([.. Bytes(4 * K, '2'), .. Bytes(4 * K, '1')], f.Backend.Durable.Read(A, 0, 8 * K));
    }

    [Fact]
    public void FailedFlushOfTheStoreFailsAFlushThatStillWaitsForOtherWrites()
    {
        using CacheFixture f = new(capabilities: s_volatile);
        f.Backend.LosesVolatileOnFailedFlush = true;
        f.W(A, 0, 4 * K, '1');
        PendingResult first = f.Flush();
        f.W(B, 0, 4 * K, '2');
        PendingResult second = f.Flush();
        f.Complete("write A 0~4K");
        PendingOperation storeFlush = f.Backend.Find("flush");
        Assert.False(second.IsCompleted, "it waits for the second write");

        f.Complete(storeFlush, IoError.Io);
        f.CompleteAll();

        Assert.Equal(IoError.Io, first.Error);
        Assert.Equal(IoError.Io, second.Error);
        PendingResult third = f.Flush();
        f.CompleteAll();
        Assert.True(third.IsOk);
        Assert.Equal(Bytes(4 * K, '1'), f.Backend.Durable.Read(A, 0, 4 * K));
        Assert.Equal(Bytes(4 * K, '2'), f.Backend.Durable.Read(B, 0, 4 * K));
    }

    [Fact]
    public void FailedFlushOfTheStoreCoversWhatWasCommittedMeanwhile()
    {
        using CacheFixture f = new(capabilities: s_volatile);
        f.W(A, 0, 4 * K, '1');
        f.Flush();
        f.Complete("write A 0~4K");
        PendingOperation storeFlush = f.Backend.Find("flush");
        f.W(B, 0, 4 * K, '2');
        PendingResult second = f.Flush();
        f.Complete("write B 0~4K");

        f.Complete(storeFlush, IoError.Io);

        Assert.Equal(IoError.Io, second.Error);
        Assert.Equal("0~4K DIRTY", f.Nrl(A));
        Assert.Equal("0~4K DIRTY", f.Nrl(B));
    }

    /// <summary>Its flush of the device may be what failed: the store's next flush says so, and what may be lost is written
    /// again.</summary>
    [Fact]
    public void FailedFuaWriteMakesDataDirtyAgain()
    {
        using CacheFixture f = new(F0 with { DirtyAgeMax = TimeSpan.FromSeconds(1) }, s_volatile);
        f.Backend.LosesVolatileOnFailedFlush = true;
        f.W(A, 0, 4 * K, '1');
        f.Advance(TimeSpan.FromSeconds(1.01));
        f.Complete("write A 0~4K");
        PendingResult write = f.W(B, 0, 4 * K, '2', new WriteOptions { Fua = true });
        f.Complete("write B 0~4K fua", IoError.Io);
        Assert.Equal(IoError.Io, write.Error);

        PendingResult flush = f.Flush();
        f.Complete("flush");
        Assert.Equal(IoError.Io, flush.Error);
        Assert.Equal("0~4K DIRTY", f.Nrl(A));
        PendingResult again = f.Flush();
        f.CompleteAll();
        Assert.True(again.IsOk);
        Assert.Equal(Bytes(4 * K, '1'), f.Backend.Durable.Read(A, 0, 4 * K));
    }

    [Fact]
    public void FuaWriteIsStableAtOnce()
    {
        using CacheFixture f = new(capabilities: s_volatile);

        PendingResult write = f.W(A, 0, 4 * K, '1', new WriteOptions { Fua = true });
        Assert.Equal(["write A 0~4K fua"], f.TakeIssued());
        f.Complete("write A 0~4K fua");

        Assert.True(write.IsOk);
        Assert.Equal(0, f.Statistics.UnstableBytes);
        Assert.Empty(f.TakeIssued());
        Assert.True(f.Flush().AlreadyClean);
        f.Release();
        Assert.Equal("", f.Nrl(A));
        Assert.Equal(Bytes(4 * K, '1'), f.Backend.Durable.Read(A, 0, 4 * K));
    }

    [Fact]
    public void FuaWriteOverUnstableDataSurvivesAFailedFlushOfTheStore()
    {
        using CacheFixture f = new(s_aging, s_volatile);
        f.Backend.LosesVolatileOnFailedFlush = true;
        WriteBack(f, A, 0, 8 * K, '1');
        f.W(A, 0, 4 * K, '2', new WriteOptions { Fua = true });
        f.CompletePending();

        PendingResult flush = f.Flush();
        f.CompletePending(IoError.Io);
        Assert.Equal(IoError.Io, flush.Error);
        Assert.Equal([.. Bytes(4 * K, '2'), .. Bytes(4 * K, '1')], f.Cached(A, 0, 8 * K));
        PendingResult again = f.Flush();
        f.CompleteAll();

        Assert.True(again.IsOk);
        Assert.Equal([.. Bytes(4 * K, '2'), .. Bytes(4 * K, '1')], f.Backend.Durable.Read(A, 0, 8 * K));
    }

    [Fact]
    public void StopWithFlushFlushesTheStore()
    {
        using CacheFixture f = new(s_aging, s_volatile);
        WriteBack(f, A, 0, 4 * K, '1');
        f.W(B, 0, 4 * K, '2');

        PendingResult stop = f.Stop(StopMode.Flush, TimeSpan.FromSeconds(10));
        f.CompleteAll();

        Assert.True(stop.IsOk);
        Assert.Equal(Bytes(4 * K, '1'), f.Backend.Durable.Read(A, 0, 4 * K));
        Assert.Equal(Bytes(4 * K, '2'), f.Backend.Durable.Read(B, 0, 4 * K));
    }

    [Fact]
    public void PurgeForgetsUnstableData()
    {
        using CacheFixture f = new(s_aging, s_volatile);
        WriteBack(f, A, 0, 4 * K, '1');

        PendingResult purge = f.Purge();
        f.CompleteAll();

        Assert.True(purge.IsCompleted);
        Assert.Equal("", f.Nrl(A));
        Assert.Equal(0, f.Statistics.UnstableBytes);
    }

    private static CacheSettings Small(long size) =>
        s_aging with { SizeBytes = size, DirtyBytesMax = 32 * K, DirtyBytesTarget = 32 * K };

    /// <summary>Writes, lets the flusher write it back by age, and commits it.</summary>
    private static void WriteBack(CacheFixture f, long objectNumber, long offset, int length, char value)
    {
        f.W(objectNumber, offset, length, value);
        f.Advance(TimeSpan.FromSeconds(1.01));
        foreach (PendingOperation operation in f.Backend.Pending)
        {
            if (operation.Kind == PendingKind.Write)
                f.Complete(operation);
        }
    }
}
