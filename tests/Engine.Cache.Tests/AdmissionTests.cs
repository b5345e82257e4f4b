// Writers that wait for the dirty budget: cases 87-94 of the catalogue.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class AdmissionTests
{
    private static CacheSettings Budget64K => Limits(dirtyMax: 64 * K);

    [Fact]
    public void OC087_FifthWriterWaitsForACommit()
    {
        using CacheFixture f = new(Budget64K);
        for (int i = 0; i < 4; i++)
            Assert.True(f.W(A, i * 64 * K, 16 * K).IsOk);

        PendingResult fifth = f.W(B, 0, 16 * K);

        Assert.False(fifth.IsCompleted);
        Assert.Equal("", f.Nrl(B));
        Assert.Equal(1, f.Statistics.DirtyWaiters);
        Assert.Equal(16 * K, f.Statistics.DirtyWaitingBytes);
        Assert.True(f.DirtyOrTx() <= 64 * K);
        f.Complete(f.Backend.PendingAt(0));
        Assert.True(fifth.IsOk);
        Assert.Equal("0~16K DIRTY", f.Nrl(B).Replace("TX", "DIRTY", StringComparison.Ordinal));
        Assert.True(f.DirtyOrTx() <= 64 * K);
        Assert.Equal(0, f.Statistics.DirtyWaiters);
    }

    [Fact]
    public void OC087_OC112_WaitingWriterMakesTheFlusherWriteEverything()
    {
        using CacheFixture f = new(Budget64K);
        for (int i = 0; i < 4; i++)
            f.W(A, i * 64 * K, 16 * K);
        f.W(B, 0, 16 * K);

        Assert.Equal(4, f.Backend.PendingCount);
        Assert.Equal(64 * K, f.Statistics.TxBytes);
    }

    [Fact]
    public void OC088_WriteLargerThanTheBudgetIsAdmittedAlone()
    {
        using CacheFixture f = new(Budget64K);

        PendingResult large = f.W(A, 0, 256 * K);
        PendingResult small = f.W(B, 0, 4 * K);

        Assert.True(large.IsOk);
        Assert.False(small.IsCompleted);
        while (!small.IsCompleted)
        {
            Assert.True(f.DirtyOrTx() > 60 * K);
            f.Complete(f.Backend.PendingAt(0));
        }

        Assert.True(small.IsOk);
        Assert.True(f.DirtyOrTx() <= 64 * K);
    }

    [Fact]
    public void OC088_WriteLargerThanTheBudgetWaitsForAllElse()
    {
        using CacheFixture f = new(Budget64K);
        f.W(A, 0, 4 * K);
        f.W(A, 64 * K, 4 * K);

        PendingResult large = f.W(B, 0, 256 * K);

        Assert.False(large.IsCompleted);
        f.Complete(f.Backend.PendingAt(0));
        Assert.False(large.IsCompleted);
        f.Complete(f.Backend.PendingAt(0));
        Assert.True(large.IsOk);
    }

    [Fact]
    public void OC089_OD014_SmallWriterDoesNotOvertakeALargeOne()
    {
        using CacheFixture f = new(Budget64K);
        for (int i = 0; i < 8; i++)
            f.W(A, i * 64 * K, 8 * K);
        PendingResult large = f.W(B, 0, 64 * K);
        PendingResult small = f.W(C, 0, 4 * K);

        f.Complete(f.Backend.PendingAt(0));
        Assert.False(large.IsCompleted || small.IsCompleted);
        while (!large.IsCompleted)
        {
            Assert.False(small.IsCompleted);
            f.Complete(f.Backend.PendingAt(0));
        }

        Assert.False(small.IsCompleted);
        f.CompleteAll();
        Assert.True(small.IsOk);
        Assert.True(large.Order < small.Order);
    }

    [Fact]
    public void OC090_OD002b_FrozenStoreBoundsDirtyMemory()
    {
        using CacheFixture f = new(Limits(dirtyMax: 1 * M));
        PendingResult[] writes = new PendingResult[1000];

        for (int i = 0; i < writes.Length; i++)
            writes[i] = f.W(i % 50, i / 50 * 64 * K, 64 * K, (char)('a' + i % 26));

        Assert.Equal(984, writes.Count(write => !write.IsCompleted));
        Assert.Equal(1 * M, f.DirtyOrTx());
        Assert.Equal(1 * M, f.Statistics.ChargedBytes);
        Assert.Equal(984, f.Statistics.DirtyWaiters);
        for (int i = 0; f.Backend.PendingCount > 0; i++)
        {
            f.Backend.Complete(f.Backend.PendingAt(0));
            Assert.True(f.DirtyOrTx() <= 1 * M);
            if (i % 16 == 0)
                f.Audit();
        }

        PendingResult flush = f.Flush();
        f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.All(writes, write => Assert.True(write.IsOk));
        for (int i = 0; i < writes.Length; i++)
            Assert.Equal((byte)('a' + i % 26), f.Backend.Durable.Read(i % 50, i / 50 * 64 * K + 100, 1)[0]);
    }

    [Fact]
    public void OC091_OD015_RaisedLimitAdmitsWithoutACommit()
    {
        using CacheFixture f = new(Budget64K);
        f.W(A, 0, 64 * K);
        PendingResult waiting = f.W(B, 0, 64 * K);
        Assert.False(waiting.IsCompleted);

        Assert.Equal(IoError.None, f.Apply(Limits(dirtyMax: 128 * K)));

        Assert.True(waiting.IsOk);
    }

    [Fact]
    public void OC091_LoweredLimitHoldsNewWritersOnly()
    {
        using CacheFixture f = new(Limits(dirtyMax: 256 * K));
        Assert.True(f.W(A, 0, 128 * K).IsOk);

        Assert.Equal(IoError.None, f.Apply(Budget64K));

        Assert.Equal(128 * K, f.DirtyOrTx());
        PendingResult waiting = f.W(B, 0, 4 * K);
        Assert.False(waiting.IsCompleted);
        f.CompleteAll();
        Assert.True(waiting.IsOk);
    }

    [Fact]
    public void OC092_PurgeAdmitsTheWaitingWriter()
    {
        using CacheFixture f = new(Budget64K with { WritebackWindow = 1 });
        ObjectSet other = f.Cache.CreateSet(new ObjectSetOptions { Prefix = "other" });
        for (int i = 0; i < 4; i++)
            Assert.Equal(IoError.None, f.Cache.Write(other, Extent(i, 0, 16 * K), Bytes(16 * K, 'o')));
        PendingResult waiting = f.W(B, 0, 16 * K);
        Assert.False(waiting.IsCompleted);
        Assert.Equal(1, f.Backend.PendingCount);

        PendingResult purge = f.Purge(other);

        Assert.True(waiting.IsOk);
        Assert.False(purge.IsCompleted, "the write in flight has not settled");
        f.CompleteAll();
        Assert.True(purge.IsOk);
    }

    [Fact]
    public void OC092_DiscardAdmitsTheWaitingWriter()
    {
        using CacheFixture f = new(Budget64K with { WritebackWindow = 1 });
        for (int i = 0; i < 4; i++)
            f.W(A, i * 64 * K, 16 * K);
        PendingResult waiting = f.W(B, 0, 16 * K);
        Assert.False(waiting.IsCompleted);

        PendingResult discard = f.Discard(A, 64 * K, 16 * K);

        Assert.True(waiting.IsOk);
        f.CompleteAll();
        Assert.True(discard.IsOk);
    }

    [Fact]
    public void OC093_CancelledWriterLeavesTheQueue()
    {
        using CacheFixture f = new(Budget64K);
        using CancellationTokenSource cancellation = new();
        f.W(A, 0, 48 * K);
        PendingResult large = f.W(B, 0, 64 * K, 'x', cancellation: cancellation.Token);
        PendingResult small = f.W(C, 0, 16 * K);
        Assert.False(large.IsCompleted || small.IsCompleted);

        cancellation.Cancel();
        f.Audit();

        Assert.Equal(IoError.Cancelled, large.Error);
        Assert.True(small.IsOk);
        Assert.Equal("", f.Nrl(B));
        f.CompleteAll();
        Assert.Equal("", f.Nrl(B));
        Assert.Equal(new byte[64 * K], f.Backend.Store.Read(B, 0, 64 * K));
    }

    [Theory]
    [InlineData(StopMode.Flush)]
    [InlineData(StopMode.Abandon)]
    public void OC094_OD016_StopFailsTheWaitingWriter(StopMode mode)
    {
        using CacheFixture f = new(Budget64K);
        f.W(A, 0, 64 * K);
        PendingResult waiting = f.W(B, 0, 16 * K);

        PendingResult stop = f.Stop(mode, TimeSpan.FromSeconds(10));

        Assert.Equal(IoError.Shutdown, waiting.Error);
        f.CompleteAll();
        Assert.True(stop.IsOk);
    }

    [Fact]
    public void SetOfAWaitingWriterIsBusy()
    {
        using CacheFixture f = new(Limits(dirtyMax: 4 * K));
        ObjectSet other = f.Cache.CreateSet(new ObjectSetOptions { Prefix = "t" });
        f.W(A, 0, 4 * K, '1');
        PendingResult write = f.W(other, Extent(A, 0, 4 * K), Bytes(4 * K, '2'));
        Assert.False(write.IsCompleted);

        Assert.Equal(IoError.Busy, f.Cache.DestroySet(other));

        f.CompleteAll();
        Assert.True(write.IsOk);
        f.Purge(other);
        f.CompleteAll();
        Assert.Equal(IoError.None, f.Cache.DestroySet(other));
    }

    [Fact]
    public void OC055_WaitingWriterThatLostItsObjectIsRefused()
    {
        using CacheFixture f = new(Limits(dirtyMax: 4 * K));
        ObjectSet other = f.Cache.CreateSet(new ObjectSetOptions { Prefix = "s" });
        f.W(A, 0, 4 * K, '1');
        PendingResult write = f.W(other, Extent(B, 0, 4 * K), Bytes(4 * K, '2'));
        PendingRead owner = f.R(B, 0, 4 * K);
        Assert.False(write.IsCompleted);

        f.CompleteAll();

        Assert.True(owner.IsOk);
        Assert.Equal(IoError.Invalid, write.Error);
        Assert.True(f.W(C, 0, 4 * K, '3').IsOk, "the queue is empty");
    }

    [Fact]
    public void OverlappingWaitersKeepTheirOrder()
    {
        using CacheFixture f = new(Budget64K);
        f.W(A, 0, 64 * K, '0');
        f.W(B, 0, 4 * K, '1');
        f.W(B, 0, 4 * K, '2');
        f.W(B, 0, 4 * K, '3');
        Assert.Equal(3, f.Statistics.DirtyWaiters);

        f.CompletePending();

        Assert.Equal(Bytes(4 * K, '3'), f.Cached(B, 0, 4 * K));
        f.Flush();
        f.CompleteAll();
        Assert.Equal(Bytes(4 * K, '3'), f.Backend.Durable.Read(B, 0, 4 * K));
    }

    [Fact]
    public void OverlappingWritesLargerThanTheCacheKeepTheirOrder()
    {
        using CacheFixture f = new(Limits(size: 64 * K, dirtyMax: 64 * K));
        PendingResult large = f.W(A, 0, 256 * K, '1');
        PendingResult later = f.W(A, 128 * K, 4 * K, '2');
        Assert.False(large.IsCompleted || later.IsCompleted);

        f.CompleteAll();

        Assert.True(large.IsOk && later.IsOk && large.Order < later.Order);
        f.Flush();
        f.CompleteAll();
        Assert.Equal(Bytes(4 * K, '2'), f.Backend.Durable.Read(A, 128 * K, 4 * K));
        Assert.Equal(Bytes(124 * K, '1'), f.Backend.Durable.Read(A, 132 * K, 124 * K));
    }

    /// <summary>Whatever else happens meanwhile, and however much room there is: others get their turn between two
    /// parts.</summary>
    [Fact]
    public void LargeWriteIsCopiedAPartATurn()
    {
        ManualTurns turns = new();
        const int Window = 4 * M;
        using CacheFixture f = new(Limits(size: 64 * M, dirtyMax: 64 * M), scheduler: turns) { AuditEvery = 100 };

        PendingResult large = f.W(A, 0, 5 * Window, '1');
        Assert.Equal(Window, f.Statistics.DataWritten);
        Assert.Equal(4 * Window, f.Statistics.DirtyWaitingBytes);
        f.R(B, 0, 4 * K);
        f.CompletePending();
        PendingResult later = f.W(A, 0, 4 * K, '2');
        Assert.Equal(Window, f.Statistics.DataWritten);

        for (int parts = 2; parts <= 5; parts++)
        {
            Assert.False(large.IsCompleted || later.IsCompleted);
            Assert.Equal(1, turns.Count);
            turns.RunNext();
            Assert.Equal((parts * Window) + (parts == 5 ? 4 * K : 0), f.Statistics.DataWritten);
        }

        Assert.True(large.IsOk && later.IsOk && large.Order < later.Order);
        Assert.Equal(1, f.Statistics.WriteOpsBlocked);
        Assert.Equal(4 * K, f.Statistics.WriteBytesBlocked);
    }

    /// <summary>One that waits for the dirty budget with its second part is one blocked write, with what was left of
    /// it.</summary>
    [Fact]
    public void LargeWriteThatBlocksIsCountedOnce()
    {
        using CacheFixture f = new(Limits(size: 64 * K, dirtyMax: 16 * K));
        PendingResult large = f.W(A, 0, 128 * K, '1');

        Assert.Equal(1, f.Statistics.DirtyWaiters);
        Assert.Equal(112 * K, f.Statistics.DirtyWaitingBytes);
        f.Advance(TimeSpan.FromSeconds(1));
        f.CompleteAll();

        Assert.True(large.IsOk);
        Assert.Equal(1, f.Statistics.WriteOpsBlocked);
        Assert.Equal(112 * K, f.Statistics.WriteBytesBlocked);
        Assert.Equal(TimeSpan.FromSeconds(1), f.Statistics.WriteTimeBlocked);
    }

    [Fact]
    public void CancelledWriteLargerThanTheCacheEndsWithWhatWasInsertedOfIt()
    {
        using CacheFixture f = new(Limits(size: 64 * K, dirtyMax: 0));
        using CancellationTokenSource cancellation = new();
        PendingResult large = f.W(A, 0, 256 * K, '1', default, cancellation.Token);
        PendingResult later = f.W(B, 0, 4 * K, '2');

        cancellation.Cancel();
        Assert.False(large.IsCompleted);
        f.CompleteAll();

        Assert.Equal(IoError.Cancelled, large.Error);
        Assert.True(later.IsOk);
        Assert.Equal(64 * K, f.Backend.Durable.Read(A, 0, 256 * K).AsSpan().Count((byte)'1'));
    }

    [Fact]
    public void StopFailsAWriteLargerThanTheCache()
    {
        using CacheFixture f = new(Limits(size: 64 * K, dirtyMax: 64 * K));
        PendingResult large = f.W(A, 0, 256 * K, '1');

        PendingResult stop = f.Stop(StopMode.Flush, TimeSpan.FromSeconds(1));
        f.CompleteAll();

        Assert.Equal(IoError.Shutdown, large.Error);
        Assert.True(stop.IsOk);
    }

    [Fact]
    public void BudgetIsChargedByWholeBlocks()
    {
        using CacheFixture f = new(Budget64K);
        for (int i = 0; i < 16; i++)
            Assert.True(f.W(A, i * 8 * K, 512).IsOk);

        Assert.False(f.W(B, 0, 512).IsCompleted);
    }
}
