// Flushes: what they cover, how they end, and which errors they report: cases 69-76, 80, 81, 84 of the catalogue.

namespace Engine.Cache.Tests;

public sealed class FlushTests
{
    [Fact]
    public void OC069_FlushOfACleanSetEndsAtOnce()
    {
        using CacheFixture f = new();

        PendingResult flush = f.Flush();

        Assert.True(flush.IsOk);
        Assert.True(flush.AlreadyClean);
        Assert.Empty(f.TakeIssued());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OC070_FlushOfTwoRunsWaitsForBothWrites(bool secondFirst)
    {
        using CacheFixture f = new();
        PendingResult flush = FlushTwo(f);
        Assert.Equal(["write A 0~4K", "write A 64K~4K"], f.TakeIssued());

        f.Complete(secondFirst ? "write A 64K~4K" : "write A 0~4K");
        Assert.False(flush.IsCompleted);
        f.CompleteAll();

        Assert.True(flush.IsOk);
        Assert.False(flush.AlreadyClean);
        Assert.Equal("0~4K CLEAN,64K~4K CLEAN", f.Nrl(A));
        Assert.Equal(1, f.CleanCalls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OC071_OC072_OD002_FailedWriteIsNotMaskedByAGoodOne(bool reversed)
    {
        using CacheFixture f = new();
        PendingResult flush = FlushTwo(f);
        _ = f.TakeIssued();

        if (reversed)
            f.Complete("write A 64K~4K");
        f.Complete("write A 0~4K", IoError.NoSpace);
        if (!reversed)
        {
            Assert.False(flush.IsCompleted, "the other covered write is still in flight");
            f.Complete("write A 64K~4K");
        }

        Assert.Equal(IoError.NoSpace, flush.Error);
        Assert.True(flush.IsCompleted);
        Assert.Equal("0~4K DIRTY,64K~4K CLEAN", f.Nrl(A));
        Assert.Equal(0, f.CleanCalls);
        PendingResult again = f.Flush();
        Assert.Equal(["write A 0~4K"], f.TakeIssued());
        f.CompleteAll();
        Assert.True(again.IsOk);
        Assert.Equal(1, f.CleanCalls);
    }

    [Fact]
    public void OC073_FailureOfAWriteAlreadyInFlightFailsTheFlush()
    {
        using CacheFixture f = new(F0 with { DirtyAgeMax = TimeSpan.FromSeconds(1) });
        f.W(A, 0, 4 * K);
        f.Advance(TimeSpan.FromSeconds(1.01));
        Assert.Equal(["write A 0~4K"], f.TakeIssued());
        f.W(A, 64 * K, 4 * K);

        PendingResult flush = f.Flush();
        Assert.Equal(["write A 64K~4K"], f.TakeIssued());
        f.Complete("write A 64K~4K");
        Assert.False(flush.IsCompleted);
        f.Complete("write A 0~4K", IoError.Io);

        Assert.Equal(IoError.Io, flush.Error);
    }

    [Fact]
    public void OC074_WriteAfterTheFlushIsNotWaitedFor()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K);
        PendingResult flush = f.Flush();

        f.W(A, 1 * M, 4 * K);
        f.Complete("write A 0~4K");

        Assert.True(flush.IsOk);
        Assert.Equal("0~4K CLEAN,1M~4K DIRTY", f.Nrl(A));
        Assert.Equal(0, f.CleanCalls);
    }

    [Fact]
    public void OC075_CommitOfTheCoveredVersionSettlesAnOverwrittenByte()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '1');
        PendingResult first = f.Flush();
        f.W(A, 0, 4 * K, '2');
        PendingResult second = f.Flush();

        f.Complete("write A 0~4K");

        Assert.True(first.IsOk);
        Assert.False(second.IsCompleted);
        f.Complete("write A 0~4K");
        Assert.True(second.IsOk);
        Assert.Equal(Bytes(4 * K, '2'), f.Backend.Durable.Read(A, 0, 4 * K));
    }

    [Fact]
    public void OC076_FailureOfTheCoveredVersionFailsTheFlush()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '1');
        PendingResult first = f.Flush();
        f.W(A, 0, 4 * K, '2');

        f.Complete("write A 0~4K", IoError.Io);

        Assert.Equal(IoError.Io, first.Error);
        Assert.Equal("0~4K DIRTY", f.Nrl(A));
        Assert.Equal(Bytes(4 * K, '2'), f.Cached(A, 0, 4 * K));
    }

    [Fact]
    public void FlushDoesNotWaitForBackgroundRetries()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K);
        PendingResult flush = f.Flush();
        _ = f.TakeIssued();

        f.Complete("write A 0~4K", IoError.Io);

        Assert.Equal(IoError.Io, flush.Error);
        Assert.Empty(f.TakeIssued());
    }

    [Fact]
    public void TwoFlushesOfTheSameBytesShareTheWrite()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K);
        PendingResult first = f.Flush();
        PendingResult second = f.Flush();
        Assert.Equal(["write A 0~4K"], f.TakeIssued());

        f.Complete("write A 0~4K");

        Assert.True(first.IsOk && second.IsOk);
        Assert.False(second.AlreadyClean);
        Assert.Empty(f.TakeIssued());
    }

    [Fact]
    public void FlushOfDiscardedDataEndsWell()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K);
        PendingResult flush = f.Flush();
        PendingResult discard = f.Discard(A, 0, 4 * K);

        f.Complete("write A 0~4K", IoError.Io);

        Assert.True(flush.IsOk, "a failed attempt counts only while a covered byte is there");
        Assert.True(discard.IsOk);
        Assert.Equal("", f.Nrl(A));
    }

    [Fact]
    public void FlushAllCoversEverySet()
    {
        using CacheFixture f = new();
        ObjectSet other = f.Cache.CreateSet(new ObjectSetOptions { Prefix = "other" });
        f.W(A, 0, 4 * K);
        f.W(B, 0, 4 * K);
        Assert.Equal(IoError.None, f.Cache.Write(other, Extent(A, 0, 4 * K), Bytes(4 * K, 'o')));

        PendingResult flush = f.FlushAll();

        Assert.Equal(3, f.Backend.PendingCount);
        f.Complete(f.Backend.PendingAt(0));
        f.Complete(f.Backend.PendingAt(0));
        Assert.False(flush.IsCompleted);
        f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal(2, f.CleanCalls);
    }

    [Fact]
    public void OC080_OC081_SetIsReportedCleanBeforeTheFlushEndsAndMayBeWrittenInTheReport()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K);
        PendingResult flush = new();
        bool endedBefore = true;
        f.OnClean = set =>
        {
            endedBefore = flush.IsCompleted;
            f.OnClean = null;
            Assert.Equal(IoError.None, f.Cache.Write(set, Extent(B, 0, 4 * K), Bytes(4 * K, 'x')));
        };

        flush = f.Flush();
        f.CompletePending();

        Assert.True(flush.IsOk);
        Assert.False(endedBefore);
        Assert.Equal("0~4K DIRTY", f.Nrl(B));
        Assert.Equal(1, f.CleanCalls);
        f.Flush();
        f.CompleteAll();
        Assert.Equal(2, f.CleanCalls);
    }

    [Fact]
    public void ManyRunsKeepToTheWindow()
    {
        using CacheFixture f = new(F0 with { WritebackWindow = 4 });
        for (int i = 0; i < 20; i++)
            f.W(A, i * 64 * K, 4 * K);

        PendingResult flush = f.Flush();
        Assert.Equal(4, f.Backend.PendingCount);
        f.CompleteAll();

        Assert.True(flush.IsOk);
        Assert.Equal(4, f.Backend.WritesInFlightPeak);
    }

    [Fact]
    public void OC084_LongRunIsCutByTheRequestLimits()
    {
        using CacheFixture f = new(F0 with { WritebackBytesMax = 1 * M });
        f.W(A, 0, 4 * M, '1');

        PendingResult flush = f.Flush();

        Assert.Equal(["write A 0~1M", "write A 1M~1M", "write A 2M~1M", "write A 3M~1M"], f.TakeIssued());
        f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal(Bytes(4 * M, '1'), f.Backend.Durable.Read(A, 0, 4 * M));
    }

    private static PendingResult FlushTwo(CacheFixture f)
    {
        f.W(A, 0, 4 * K, '1');
        f.W(A, 64 * K, 4 * K, '2');
        return f.Flush();
    }
}
