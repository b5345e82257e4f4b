// What flushes and a stop tell of a set that failed, and of data that was given up: cases 134 and 141 of the catalogue.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class FailedSetTests
{
    private static readonly TimeSpan s_age = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_ample = TimeSpan.FromSeconds(10);

    private static CacheSettings ShortAge => F0 with { DirtyAgeMax = s_age };

    [Theory]
    [InlineData(30, false)]
    [InlineData(108, false)]
    [InlineData(28, true)]
    public void OC134_AStopWithFlushTellsOfASetThatFailed(int errno, bool byOwner)
    {
        using CacheFixture f = new(ShortAge);
        if (byOwner)
            f.OnFailure = static _ => WritebackAction.FailSet;
        f.W(A, 0, 4 * K);
        f.Advance(s_age + s_tick);
        f.CompletePending(new IoError(errno));
        _ = f.TakeIssued();

        PendingResult stop = f.Stop(StopMode.Flush, s_ample);

        Assert.True(stop.IsCompleted);
        Assert.Equal(new IoError(errno), stop.Error);
        Assert.Empty(f.TakeIssued());
    }

    [Fact]
    public void OC134_AStopWithFlushTellsOfWhatWasGivenUp()
    {
        using CacheFixture f = new(ShortAge) { OnFailure = static _ => WritebackAction.Drop };
        f.W(A, 0, 4 * K);
        f.Advance(s_age + s_tick);
        f.CompletePending(IoError.NoSpace);

        Assert.Equal(IoError.NoSpace, f.Stop(StopMode.Flush, s_ample).Error);
    }

    [Fact]
    public void OC141_AFlushThatFailsTellsOfWhatWasGivenUpBefore()
    {
        using CacheFixture f = new(ShortAge)
        {
            OnFailure = static failure => failure.ObjectNumber == A ? WritebackAction.Drop : WritebackAction.Retry,
        };
        f.W(A, 0, 4 * K);
        f.Advance(s_age + s_tick);
        f.CompletePending(IoError.NoSpace);
        f.W(B, 0, 4 * K);

        PendingResult first = f.Flush();
        f.CompletePending(IoError.Io);
        PendingResult second = f.Flush();
        f.CompleteAll();

        Assert.Equal(IoError.NoSpace, first.Error);
        Assert.True(second.IsOk);
    }

    [Fact]
    public void OC141_WhatWasGivenUpIsToldAfterTheSetWasResumed()
    {
        using CacheFixture f = new(ShortAge)
        {
            OnFailure = static failure => failure.ObjectNumber == A ? WritebackAction.Drop : failure.DefaultAction,
        };
        f.W(A, 0, 4 * K);
        f.W(B, 0, 4 * K);
        f.Advance(s_age + s_tick);
        f.Complete("write A 0~4K", IoError.NoSpace);
        f.Complete("write B 0~4K", IoError.ReadOnly);

        Assert.Equal(IoError.ReadOnly, f.Flush().Error);
        Assert.Equal(IoError.None, f.Cache.ResumeSet(f.S));
        f.CompleteAll();

        Assert.Equal(IoError.NoSpace, f.Flush().Error);
        Assert.True(f.Flush().IsOk);
    }

    [Fact]
    public void OC141_AFlushOfAllLeavesToTheNextWhatItDoesNotTell()
    {
        using CacheFixture f = new(ShortAge) { OnFailure = static _ => WritebackAction.Drop };
        ObjectSet other = f.Cache.CreateSet(new ObjectSetOptions { Prefix = "t" });
        f.W(A, 0, 4 * K);
        Assert.True(f.Cache.TryWrite(other, A, 0, Bytes(4 * K, 't')));
        f.Advance(s_age + s_tick);
        f.Complete(f.Backend.PendingAt(0), IoError.NoSpace);
        f.Complete(f.Backend.PendingAt(0), IoError.Io);

        Assert.Equal(IoError.NoSpace, f.FlushAll().Error);
        Assert.Equal(IoError.Io, f.FlushAll().Error);
        Assert.True(f.FlushAll().IsOk);
    }

    [Fact]
    public void OC077_AFlushOfPartOfAFailedSetFlushesWhatTheStoreHas()
    {
        using CacheFixture f = new(ShortAge, ManualBackend.Default with { CommitIsDurable = false })
        {
            OnFailure = static _ => WritebackAction.FailSet,
        };
        f.W(A, 0, 4 * K);
        f.W(A, 64 * K, 4 * K, '2');
        f.Advance(s_age + s_tick);
        f.Complete("write A 0~4K", IoError.NoSpace);
        f.Complete("write A 64K~4K");
        Assert.True(f.Discard(A, 0, 4 * K).IsOk);
        _ = f.TakeIssued();

        PendingResult flush = f.Flush(Extent(A, 64 * K, 4 * K));

        Assert.Equal(["flush"], f.TakeIssued());
        Assert.False(flush.IsCompleted);
        f.CompleteAll();
        Assert.True(flush.IsOk && !flush.AlreadyClean);
        Assert.Equal(Bytes(4 * K, '2'), f.Backend.Durable.Read(A, 64 * K, 4 * K));
    }

    [Fact]
    public void OC077_AFlushOfAFailedSetWaitsForWhatIsInFlight()
    {
        using CacheFixture f = new(ShortAge) { OnFailure = static _ => WritebackAction.FailSet };
        f.W(A, 0, 4 * K);
        f.W(A, 64 * K, 4 * K);
        f.Advance(s_age + s_tick);
        f.Complete("write A 0~4K", IoError.NoSpace);

        PendingResult flush = f.Flush();

        Assert.False(flush.IsCompleted);
        f.Complete("write A 64K~4K");
        Assert.True(flush.IsCompleted);
        Assert.Equal(IoError.NoSpace, flush.Error);
    }

    [Fact]
    public void OC142_APurgeOfAFailedSetDoesNotResumeIt()
    {
        using CacheFixture f = new(ShortAge);
        f.W(A, 0, 4 * K);
        f.Advance(s_age + s_tick);
        f.CompletePending(IoError.ReadOnly);

        Assert.True(f.Purge().IsOk);

        Assert.True(f.Flush().IsOk);
        Assert.Equal(IoError.ReadOnly, f.W(A, 0, 4 * K).Error);
        Assert.Equal(IoError.None, f.Cache.ResumeSet(f.S));
        Assert.True(f.W(A, 0, 4 * K).IsOk);
    }

    [Fact]
    public void OC141_AFailedSetTakesNothingOfTheDirtyLimitOfOthers()
    {
        using CacheFixture f = new(Limits(dirtyMax: 16 * K) with { DirtyAgeMax = s_age, DirtyBytesTarget = 16 * K });
        ObjectSet other = f.Cache.CreateSet(new ObjectSetOptions { Prefix = "t" });
        f.W(A, 0, 16 * K);
        f.Advance(s_age + s_tick);
        f.CompletePending(IoError.ReadOnly);
        _ = f.TakeIssued();

        PendingResult write = f.W(other, Extent(A, 0, 16 * K), Bytes(16 * K, 't'));
        PendingResult behind = f.W(other, Extent(A, 16 * K, 4 * K), Bytes(4 * K, 't'));

        Assert.True(write.IsOk, "the budget of a set that failed is not that of another");
        Assert.False(behind.IsCompleted);
        f.CompleteAll();
        Assert.True(behind.IsOk);
        Assert.Equal("0~16K DIRTY", f.Nrl(A));
    }

    [Fact]
    public void OC141_AFailedSetDoesNotPressOthersToWrite()
    {
        using CacheFixture f = new(Limits(dirtyMax: 16 * K) with { DirtyAgeMax = s_age, DirtyBytesTarget = 8 * K });
        ObjectSet other = f.Cache.CreateSet(new ObjectSetOptions { Prefix = "t" });
        f.W(A, 0, 12 * K);
        f.CompletePending(IoError.ReadOnly);
        _ = f.TakeIssued();

        Assert.True(f.W(other, Extent(A, 0, 4 * K), Bytes(4 * K, 't')).IsOk);

        Assert.Empty(f.TakeIssued());
        f.Advance(s_age + s_tick);
        Assert.Single(f.TakeIssued());
    }

    [Fact]
    public void OC141_AFailedSetThatFillsTheMemoryLetsOthersWrite()
    {
        using CacheFixture f = new(Limits(size: 64 * K, dirtyMax: 64 * K) with { DirtyAgeMax = s_age });
        ObjectSet other = f.Cache.CreateSet(new ObjectSetOptions { Prefix = "t" });
        f.W(A, 0, 64 * K, 'a');
        f.CompletePending(IoError.ReadOnly);
        f.CompletePending(IoError.ReadOnly);

        PendingResult first = f.W(other, Extent(A, 0, 8 * K), Bytes(8 * K, '1'));
        PendingResult second = f.W(other, Extent(A, 8 * K, 8 * K), Bytes(8 * K, '2'));

        Assert.True(first.IsOk, "a set that failed holds all memory, and others go on");
        Assert.False(second.IsCompleted);
        Assert.InRange(f.Statistics.ChargedBytes, 64 * K, 72 * K);
        f.CompleteAll();
        Assert.True(second.IsOk);
        Assert.Equal("0~64K DIRTY", f.Nrl(A));
        PendingResult flush = f.Flush(other);
        f.CompleteAll();
        Assert.True(flush.IsOk);
    }
}
