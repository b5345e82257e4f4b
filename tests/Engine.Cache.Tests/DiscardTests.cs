// Discards, in the cache alone and in the store: cases 113, 114 (with 115), 116, 117 of the catalogue.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class DiscardTests
{
    [Fact]
    public void OC113_DiscardOfTheMiddleLeavesTwoRuns()
    {
        using CacheFixture f = new();
        f.W(A, 0, 12 * K);

        Assert.True(f.Discard(A, 4 * K, 4 * K).IsOk);

        Assert.Equal("0~4K DIRTY,8K~4K DIRTY", f.Nrl(A));
        Assert.Equal(8 * K, f.Statistics.DirtyBytes);
        Assert.Equal(0, f.CleanCalls);
    }

    [Fact]
    public void OC113_DiscardInsideABlock()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, 'd');

        Assert.True(f.Discard(A, 1000, 100).IsOk);

        Assert.Equal("0~1000 DIRTY,1100~2996 DIRTY", f.Nrl(A));
        PendingResult flush = f.Flush();
        f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal(new byte[100], f.Backend.Store.Read(A, 1000, 100));
        Assert.Equal(Bytes(1000, 'd'), f.Backend.Store.Read(A, 0, 1000));
    }

    [Theory]
    [InlineData(DiscardMode.Invalidate)]
    [InlineData(DiscardMode.Zeroed)]
    public void OC114_DiscardOfEverythingDirtyReportsTheSetClean(DiscardMode mode)
    {
        using CacheFixture f = new();
        f.W(A, 0, 12 * K);

        Assert.True(f.Discard(A, 0, 12 * K, mode).IsOk);

        Assert.Equal(1, f.CleanCalls);
        Assert.False(f.Cache.IsDirtyOrCommitting(f.S));
        Assert.Equal(mode == DiscardMode.Zeroed ? "0~12K ZERO" : "", f.Nrl(A));
        Assert.Empty(f.TakeIssued());
    }

    [Fact]
    public void OC115_OD010_OD049_InvalidateRestartsTheWaitingReader()
    {
        using CacheFixture f = new();
        PendingRead read = f.R(A, 0, 4 * K);
        PendingOperation stale = f.Backend.Only();
        _ = f.TakeIssued();

        Assert.True(f.Discard(A, 0, 4 * K).IsOk);

        Assert.Equal(["read A 0~4K"], f.TakeIssued());
        f.Backend.CompleteWith(stale, (byte)'o');
        f.Audit();
        Assert.False(read.IsCompleted);
        f.CompleteWith("read A 0~4K", 'n');
        Assert.True(read.IsOk && read.Holds('n'));
    }

    [Fact]
    public void OC116_ZeroedServesTheWaitingReader()
    {
        using CacheFixture f = new();
        PendingRead read = f.R(A, 0, 4 * K);
        _ = f.TakeIssued();

        Assert.True(f.Discard(A, 0, 4 * K, DiscardMode.Zeroed).IsOk);

        Assert.True(read.IsOk && read.Holds('\0'));
        Assert.Empty(f.TakeIssued());
        f.CompleteWith("read A 0~4K", 'o');
        Assert.Equal("0~4K ZERO", f.Nrl(A));
        Assert.Equal(new byte[4 * K], f.Cached(A, 0, 4 * K));
    }

    [Fact]
    public void OC116_ZeroedPartOfARead()
    {
        using CacheFixture f = new();
        PendingRead read = f.R(A, 0, 12 * K);

        f.Discard(A, 5000, 1000, DiscardMode.Zeroed);
        f.CompleteWith("read A 0~12K", 'o');
        f.CompleteAll();

        Assert.True(read.IsOk);
        Assert.True(read.Holds(0, 5000, 'o') && read.Holds(5000, 1000, '\0') && read.Holds(6000, 12 * K - 6000, 'o'));
    }

    [Fact]
    public void OC086_OC117_OD048_DiscardOverAWriteInFlightWaitsForIt()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '1');
        PendingResult flush = f.Flush();

        PendingResult discard = f.Discard(A, 0, 4 * K);

        Assert.False(discard.IsCompleted);
        Assert.Equal("", f.Nrl(A));
        Assert.Equal(1, f.CleanCalls);
        f.Complete("write A 0~4K");
        Assert.True(discard.IsOk && flush.IsOk);
        _ = f.TakeIssued();
        PendingRead read = f.R(A, 0, 4 * K);
        Assert.Equal(["read A 0~4K"], f.TakeIssued());
        f.CompleteAll();
        Assert.True(read.Holds('1'));
    }

    [Fact]
    public void OC117_FailureOfTheWriteInFlightIsIgnored()
    {
        using CacheFixture f = new();
        f.W(A, 0, 8 * K, '1');
        PendingResult flush = f.Flush();
        PendingResult discard = f.Discard(A, 0, 4 * K);

        f.Complete("write A 0~8K", IoError.Io);

        Assert.True(discard.IsOk);
        Assert.Equal(IoError.Io, flush.Error);
        Assert.Equal("4K~4K DIRTY", f.Nrl(A));
    }

    [Fact]
    public void OC117_DiscardWithoutWritesInFlightEndsAtOnce()
    {
        using CacheFixture f = new();
        f.ReadIn(A, 0, 8 * K);

        Assert.True(f.Discard(A, 0, 8 * K).IsOk);
        Assert.True(f.Discard(B, 0, 8 * K).IsOk);

        Assert.Equal("", f.Nrl(A));
        Assert.Equal("", f.Nrl(B));
        Assert.Equal(0, f.CleanCalls);
    }

    [Theory]
    [InlineData(DiscardStore.Discard, "discard A 0~8K")]
    [InlineData(DiscardStore.WriteZeroes, "zero A 0~8K")]
    public void StoreIsAskedAfterTheWritesInFlightAndHoldsLaterOnesBack(DiscardStore store, string operation)
    {
        using CacheFixture f = new();
        f.W(A, 0, 8 * K, '1');
        f.Flush();
        _ = f.TakeIssued();

        PendingResult discard = f.Discard(A, 0, 8 * K, DiscardMode.Zeroed, store);
        f.W(A, 0, 4 * K, 'n');
        PendingResult flush = f.Flush();
        Assert.Empty(f.TakeIssued());
        f.Complete("write A 0~8K");
        Assert.Equal([operation], f.TakeIssued());
        Assert.False(discard.IsCompleted);
        f.Complete(operation);

        Assert.True(discard.IsOk);
        Assert.Equal(["write A 0~4K"], f.TakeIssued());
        f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal([.. Bytes(4 * K, 'n'), .. new byte[4 * K]], f.Backend.Durable.Read(A, 0, 8 * K));
        Assert.Equal("0~4K CLEAN,4K~4K ZERO", f.Nrl(A));
    }

    [Theory]
    [InlineData(DiscardStore.Discard)]
    [InlineData(DiscardStore.WriteZeroes)]
    public void ReadsOfTheRangeWaitForTheStore(DiscardStore store)
    {
        using CacheFixture f = new();
        f.Backend.Store.Fill(A, 0, 16 * K, (byte)'s');
        PendingResult discard = f.Discard(A, 0, 8 * K, DiscardMode.Invalidate, store);
        Assert.Single(f.TakeIssued());

        PendingRead inside = f.R(A, 0, 4 * K);
        Assert.Empty(f.TakeIssued());
        PendingRead outside = f.R(A, 8 * K, 8 * K);
        Assert.Equal(["read A 8K~8K"], f.TakeIssued());
        f.Complete("read A 8K~8K");
        Assert.True(outside.IsOk && outside.Holds('s'));
        f.Complete(f.Backend.Only());
        Assert.True(discard.IsOk);
        Assert.Equal(["read A 0~4K"], f.TakeIssued());
        f.CompleteAll();

        Assert.True(inside.IsOk && inside.Holds('\0'));
    }

    [Fact]
    public void ReadThatBeganBeforeTheDiscardBringsNothingOfItsRange()
    {
        using CacheFixture f = new();
        f.W(A, 3 * K, K, 'd');
        PendingRead read = f.R(A, 0, 4 * K);
        PendingOperation stale = f.Backend.Find("read A 0~3K");
        PendingResult discard = f.Discard(A, K, K, DiscardMode.Invalidate, DiscardStore.Discard);
        f.Complete("discard A 1K~1K");
        Assert.True(discard.IsOk);
        f.CompleteWith("read A 1K~1K", 'n');

        f.Backend.CompleteWith(stale, (byte)'o');
        f.Audit();

        Assert.True(read.IsOk);
        Assert.True(read.Holds(0, K, 'o') && read.Holds(K, K, 'n') && read.Holds(2 * K, K, 'o') && read.Holds(3 * K, K, 'd'));
        Assert.True(f.R(A, K, K).Holds('n'));
    }

    [Theory]
    [InlineData(DiscardStore.Discard, 100, 512)]
    [InlineData(DiscardStore.WriteZeroes, 100, 512)]
    [InlineData(DiscardStore.WriteZeroes, 512, 100)]
    public void StoreIsAskedForWholeUnitsOnly(DiscardStore store, int offset, int length)
    {
        using CacheFixture f = new(
            capabilities: ManualBackend.Default with { WriteAlignment = 512, CommitIsDurable = false });
        f.W(A, 612, 88, 'd');

        PendingResult drop = f.Discard(A, offset, length, DiscardMode.Invalidate, store);
        f.W(A, 700, 10, 'e');

        Assert.Equal(IoError.Invalid, drop.Error);
        Assert.Empty(f.TakeIssued());
        Assert.Equal([.. Bytes(88, 'd'), .. Bytes(10, 'e')], f.Cached(A, 612, 98));
    }

    [Fact]
    public void ReaderOverRangeAndMoreGetsBoth()
    {
        using CacheFixture f = new();
        f.Backend.Store.Fill(A, 0, 16 * K, (byte)'s');
        f.Discard(A, 4 * K, 4 * K, DiscardMode.Invalidate, DiscardStore.WriteZeroes);

        PendingRead read = f.R(A, 0, 16 * K);
        f.CompleteAll();

        Assert.True(read.IsOk);
        Assert.True(read.Holds(0, 4 * K, 's') && read.Holds(4 * K, 4 * K, '\0') && read.Holds(8 * K, 8 * K, 's'));
    }

    [Fact]
    public void FailedStoreDiscardIsReported()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '1');
        PendingResult discard = f.Discard(A, 0, 4 * K, DiscardMode.Zeroed, DiscardStore.WriteZeroes);

        f.CompletePending(IoError.Io);

        Assert.Equal(IoError.Io, discard.Error);
        f.R(A, 0, 4 * K);
        Assert.Contains("read A 0~4K", f.TakeIssued());
    }

    [Fact]
    public void OverlappingStoreDiscardsRunOneAfterAnother()
    {
        using CacheFixture f = new();
        PendingResult first = f.Discard(A, 0, 8 * K, DiscardMode.Zeroed, DiscardStore.WriteZeroes);
        PendingResult second = f.Discard(A, 4 * K, 8 * K, DiscardMode.Zeroed, DiscardStore.Discard);
        Assert.Equal(["zero A 0~8K"], f.TakeIssued());

        f.Complete("zero A 0~8K");
        Assert.True(first.IsOk);
        Assert.Equal(["discard A 4K~8K"], f.TakeIssued());
        f.CompleteAll();

        Assert.True(second.IsOk);
    }

    [Fact]
    public void DiscardsOfManyRangesTakeTurnsAtTheStore()
    {
        using CacheFixture f = new(capabilities: ManualBackend.Default with { OperationsMax = 32 });
        PendingResult[] discards = [.. Enumerable.Range(0, 6).Select(i =>
            f.Discard(A, i * 4 * K, 4 * K, DiscardMode.Invalidate, DiscardStore.WriteZeroes))];
        Assert.Equal(["zero A 0~4K", "zero A 4K~4K"], f.TakeIssued());

        f.Complete("zero A 4K~4K");
        Assert.Equal(["zero A 8K~4K"], f.TakeIssued());
        Assert.True(discards[1].IsOk && !discards[0].IsCompleted);
        f.Complete("zero A 0~4K", IoError.Io);
        Assert.Equal(["zero A 12K~4K"], f.TakeIssued());
        f.CompleteAll();

        Assert.Equal(IoError.Io, discards[0].Error);
        Assert.All(discards[1..], discard => Assert.True(discard.IsOk));
    }

    [Fact]
    public void StopGivesUpDiscardsThatWaitForTheirTurn()
    {
        using CacheFixture f = new(capabilities: ManualBackend.Default with { OperationsMax = 16 });
        PendingResult[] discards = [.. Enumerable.Range(0, 3).Select(i =>
            f.Discard(A, i * 4 * K, 4 * K, DiscardMode.Invalidate, DiscardStore.Discard))];

        PendingResult stop = f.Stop(StopMode.Flush, TimeSpan.FromSeconds(1));
        f.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(IoError.TimedOut, stop.Error);
        Assert.All(discards, discard => Assert.Equal(IoError.Shutdown, discard.Error));
        Assert.Single(f.Backend.Pending);
    }

    [Fact]
    public void FlushCoversWritesHeldBackByADiscard()
    {
        using CacheFixture f = new(capabilities: ManualBackend.Default with { CommitIsDurable = false });
        PendingResult discard = f.Discard(A, 0, 4 * K, DiscardMode.Zeroed, DiscardStore.WriteZeroes);
        f.W(A, 0, 4 * K, 'n');
        PendingResult flush = f.Flush();

        f.CompleteAll();

        Assert.True(discard.IsOk && flush.IsOk);
        Assert.Equal(Bytes(4 * K, 'n'), f.Backend.Durable.Read(A, 0, 4 * K));
    }

    [Fact]
    public void FlushAfterAStoreDiscardMakesItDurable()
    {
        using CacheFixture f = new(capabilities: ManualBackend.Default with { CommitIsDurable = false });
        f.Backend.Store.Fill(A, 0, 4 * K, (byte)'s');
        f.Backend.Durable.Fill(A, 0, 4 * K, (byte)'s');
        PendingResult discard = f.Discard(A, 0, 4 * K, DiscardMode.Zeroed, DiscardStore.WriteZeroes);
        f.CompletePending();
        Assert.True(discard.IsOk);

        PendingResult flush = f.Flush();
        f.CompleteAll();

        Assert.True(flush.IsOk);
        Assert.Equal(new byte[4 * K], f.Backend.Durable.Read(A, 0, 4 * K));
    }
}
