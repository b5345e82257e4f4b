// Purge, release and the queries: cases 118, 119, 121-123 of the catalogue.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class PurgeReleaseTests
{
    [Fact]
    public void OC118_OD010_PurgeDropsEverythingAndRestartsReaders()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, 't');
        PendingResult flush = f.Flush();
        f.W(A, 64 * K, 4 * K, 'd');
        PendingRead read = f.R(B, 0, 4 * K);
        PendingOperation stale = f.Backend.Find("read B 0~4K");
        _ = f.TakeIssued();

        PendingResult purge = f.Purge();

        Assert.Equal(0, f.DirtyOrTx());
        Assert.False(f.Cache.IsDirtyOrCommitting(f.S));
        Assert.Equal("", f.Nrl(A));
        Assert.Equal(1, f.CleanCalls);
        Assert.False(purge.IsCompleted);
        Assert.Equal(["read B 0~4K"], f.TakeIssued());
        f.Backend.CompleteWith(stale, (byte)'o');
        f.Audit();
        Assert.False(read.IsCompleted);
        f.CompleteWith("read B 0~4K", 'n');
        Assert.True(read.IsOk && read.Holds('n'));
        f.Complete("write A 0~4K");
        Assert.True(purge.IsOk);
        Assert.Equal(IoError.Cancelled, flush.Error);
        Assert.Equal(1, f.CleanCalls);
        PendingRead after = f.R(A, 0, 4 * K);
        f.CompleteAll();
        Assert.True(after.Holds('t'));
    }

    [Fact]
    public void OC118_PurgeOfACleanSetEndsAtOnce()
    {
        using CacheFixture f = new();
        f.ReadIn(A, 0, 64 * K);

        Assert.True(f.Purge().IsOk);

        Assert.True(f.Cache.IsEmpty(f.S));
        Assert.Equal(0, f.Statistics.ChargedBytes);
        Assert.Equal(0, f.CleanCalls);
    }

    [Fact]
    public void OC118_WriteAfterAPurgeWaitsForTheOldWriteInFlight()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '1');
        f.Flush();
        PendingResult purge = f.Purge();
        f.W(A, 0, 4 * K, '2');
        PendingResult flush = f.Flush();

        f.Complete("write A 0~4K");
        Assert.True(purge.IsOk);
        f.CompleteAll();

        Assert.True(flush.IsOk);
        Assert.Equal(Bytes(4 * K, '2'), f.Backend.Durable.Read(A, 0, 4 * K));
    }

    [Fact]
    public void OC119_PurgeEndsAPendingFlushAfterTheWritesSettled()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K);
        f.W(A, 64 * K, 4 * K);
        PendingResult flush = f.Flush();
        f.Complete("write A 0~4K");

        f.Purge();

        Assert.False(flush.IsCompleted);
        f.Complete("write A 64K~4K");
        Assert.Equal(IoError.Cancelled, flush.Error);
    }

    [Fact]
    public void OC119_AnIoErrorBeforeThePurgeStays()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K);
        f.W(A, 64 * K, 4 * K);
        PendingResult flush = f.Flush();
        f.Complete("write A 0~4K", IoError.NoSpace);

        f.Purge();
        f.Complete("write A 64K~4K");

        Assert.Equal(IoError.NoSpace, flush.Error);
    }

    [Fact]
    public void OC121_ReleaseDropsCleanDataAndCountsTheRest()
    {
        using CacheFixture f = new();
        f.ReadIn(A, 0, 4 * K);
        f.W(A, 4 * K, 4 * K);
        PendingRead read = f.R(A, 8 * K, 8 * K);

        ReleaseResult result = f.Release();

        Assert.Equal(new ReleaseResult(4 * K, 8 * K), result);
        Assert.Equal("4K~4K DIRTY,8K~8K RX", f.Nrl(A));
        f.CompleteAll();
        Assert.True(read.IsOk);
    }

    [Fact]
    public void OC121_OD013_OnlyReadsInFlightAreNotDirty()
    {
        using CacheFixture f = new();
        f.R(A, 0, 4 * K);

        Assert.Equal(new ReleaseResult(0, 4 * K), f.Release());
    }

    [Fact]
    public void OC121_WritesInFlightCountAsDirty()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K);
        f.Flush();

        Assert.Equal(new ReleaseResult(4 * K, 0), f.Release());
        f.CompleteAll();
        Assert.Equal(new ReleaseResult(0, 0), f.Release());
        Assert.Equal("", f.Nrl(A));
    }

    [Fact]
    public void OC122_ReleaseAllClosesEveryObject()
    {
        using CacheFixture f = new();
        ObjectSet[] sets = new ObjectSet[5];
        for (int i = 0; i < sets.Length; i++)
        {
            sets[i] = f.Cache.CreateSet(new ObjectSetOptions { Prefix = $"set{i}" });
            for (int number = 0; number < 10; number++)
                Assert.Equal(IoError.None, f.Cache.Write(sets[i], Extent(number, 0, 4 * K), Bytes(4 * K, 'x')));
        }

        Assert.Equal(50, f.Statistics.Objects);
        Assert.Equal(new ReleaseResult(50 * 4 * K, 0), f.Cache.ReleaseAll());
        f.FlushAll();
        f.CompleteAll();
        Assert.Equal(new ReleaseResult(0, 0), f.Cache.ReleaseAll());
        f.Audit();

        Assert.Equal(0, f.Statistics.Objects);
        Assert.Equal(0, f.Statistics.Blocks);
        Assert.Equal(0, f.Statistics.ChargedBytes);
        Assert.All(sets, set => Assert.Equal(IoError.None, f.Cache.DestroySet(set)));
    }

    [Fact]
    public void OC122_DestroyOfANonEmptySetIsRefused()
    {
        using CacheFixture f = new();
        ObjectSet set = f.Cache.CreateSet(new ObjectSetOptions { Prefix = "other" });
        Assert.Equal(IoError.None, f.Cache.Write(set, Extent(0, 0, 4 * K), Bytes(4 * K, 'x')));

        Assert.Equal(IoError.Busy, f.Cache.DestroySet(set));

        Assert.True(f.Purge(set).IsOk);
        Assert.Equal(IoError.None, f.Cache.DestroySet(set));
        Assert.Equal(IoError.Invalid, f.Cache.Write(set, Extent(0, 0, 4 * K), Bytes(4 * K, 'x')));
    }

    [Fact]
    public void OC123_OD012_CachedMeansReadableWithoutIo()
    {
        using CacheFixture f = new();
        Assert.False(IsCached(f, A, 0, 4 * K));
        f.R(A, 0, 4 * K);
        Assert.False(IsCached(f, A, 0, 4 * K));
        f.CompletePending(IoError.Io);
        Assert.Equal("0~4K ERROR", f.Nrl(A));
        Assert.False(IsCached(f, A, 0, 4 * K));

        f.ReadIn(A, 0, 4 * K);
        Assert.True(IsCached(f, A, 0, 4 * K));
        f.W(A, 4 * K, 4 * K);
        Assert.True(IsCached(f, A, 0, 8 * K));
        f.Flush();
        Assert.Equal("0~4K CLEAN,4K~4K TX", f.Nrl(A));
        Assert.True(IsCached(f, A, 0, 8 * K));
        f.Discard(A, 8 * K, 4 * K, DiscardMode.Zeroed);
        Assert.True(IsCached(f, A, 0, 12 * K));
        Assert.True(IsCached(f, A, 100, 12 * K - 200));
        Assert.False(IsCached(f, A, 0, 12 * K + 1));
    }

    private static bool IsCached(CacheFixture f, long objectNumber, long offset, int length) =>
        f.Cache.IsCached(f.S, Extent(objectNumber, offset, length));
}
