// Dirty data that the store does not take: cases 111, 141 and 142 of the catalogue.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class WritebackErrorTests
{
    private static readonly TimeSpan s_age = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(1);

    private static CacheSettings ShortAge => F0 with { DirtyAgeMax = s_age };

    [Fact]
    public void OC111_FailedWritesBackOffAndOthersProceed()
    {
        using CacheFixture f = new(ShortAge);
        f.W(A, 0, 4 * K);
        f.Advance(s_age + s_tick);
        foreach (int delayMs in (int[])[100, 200, 400, 800])
        {
            Assert.Equal(["write A 0~4K"], f.TakeIssued());
            f.Complete("write A 0~4K", IoError.Io);
            f.W(A, 8 * K, 4 * K);
            f.W(B, 0, 4 * K);
            f.Advance(s_age + s_tick);
            Assert.Equal(["write B 0~4K"], f.TakeIssued());
            f.Complete("write B 0~4K");
            f.Discard(A, 8 * K, 4 * K);
            f.Advance(TimeSpan.FromMilliseconds(delayMs) - s_age - (2 * s_tick));
            Assert.Empty(f.TakeIssued());
            f.Advance(s_tick);
        }

        f.CompleteAll();
        _ = f.TakeIssued();
        f.W(A, 0, 4 * K);
        f.Advance(s_age + s_tick);
        f.Complete("write A 0~4K", IoError.Io);
        f.Advance(TimeSpan.FromMilliseconds(101));
        Assert.Equal(["write A 0~4K", "write A 0~4K"], f.TakeIssued());
        Assert.Equal([1, 2, 3, 4, 1], f.Failures.Select(failure => failure.Attempt));
    }

    [Fact]
    public void OC111_DelaysEndToGrowAndAreSpread()
    {
        using CacheFixture f = new(ShortAge with { RetryDelayMax = TimeSpan.FromSeconds(1) });
        f.Backend.CompletesInside = true;
        f.Backend.InsideError = operation => operation.Kind == PendingKind.Write ? IoError.Io : IoError.None;
        for (int number = 0; number < 8; number++)
            f.W(number, 0, 4 * K);

        f.Advance(TimeSpan.FromSeconds(10));

        foreach (long number in f.Failures.Select(failure => failure.ObjectNumber).Distinct())
            Assert.InRange(f.Failures.Count(failure => failure.ObjectNumber == number), 11, 13);
        TimeSpan[] last = [.. f.Backend.History.TakeLast(8).Select(write => write.IssuedAt)];
        Assert.True(last.Distinct().Count() > 4, "they do not come back together");
    }

    [Fact]
    public void OC111_SeveralThatFailTogetherAreOneAttemptAndFlushesDoNotWait()
    {
        using CacheFixture f = new(ShortAge);
        for (int i = 0; i < 3; i++)
            f.W(A, i * 8 * K, 4 * K);
        f.Advance(s_age + s_tick);
        f.CompletePending(IoError.NoSpace);

        Assert.Equal([1, 1, 1], f.Failures.Select(failure => failure.Attempt));
        PendingResult flush = f.Flush();
        f.CompleteAll();

        Assert.True(flush.IsOk);
        Assert.False(f.Cache.IsDirtyOrCommitting(f.S));
    }

    [Fact]
    public void OC141_OD050_TheOwnerIsToldAndMayGiveUp()
    {
        using CacheFixture f = new(ShortAge)
        {
            OnFailure = static failure => failure.Attempt < 2 ? WritebackAction.Retry : WritebackAction.Drop,
        };
        f.W(A, 4 * K, 4 * K, '1');
        f.Advance(s_age + s_tick);
        f.Complete("write A 4K~4K", IoError.NoSpace);
        Assert.Equal("4K~4K DIRTY", f.Nrl(A));
        f.Advance(TimeSpan.FromMilliseconds(101));
        f.W(A, 64 * K, 4 * K, '2');
        f.Complete("write A 4K~4K", IoError.NoSpace);

        WritebackError[] told =
        [
            new(f.S, A, 4 * K, 4 * K, IoError.NoSpace, 1),
            new(f.S, A, 4 * K, 4 * K, IoError.NoSpace, 2),
        ];
        Assert.Equal(told, f.Failures);
        Assert.Equal("64K~4K DIRTY", f.Nrl(A));
        Assert.Equal(4 * K, f.Statistics.BytesGivenUp);
        PendingResult first = f.Flush();
        f.CompleteAll();
        Assert.Equal(IoError.NoSpace, first.Error);
        Assert.False(f.Cache.IsDirtyOrCommitting(f.S));
        Assert.True(f.Flush().IsOk);
    }

    [Fact]
    public void OC141_AFlushOfTheSetTellsOfAnyPartThatWasGivenUp()
    {
        using CacheFixture f = new(ShortAge) { OnFailure = static _ => WritebackAction.Drop };
        f.W(A, 0, 4 * K);
        f.Advance(s_age + s_tick);
        f.CompletePending(IoError.Io);

        Assert.Equal(IoError.Io, f.FlushAll().Error);
        Assert.True(f.Flush(Extent(B, 0, 4 * K)).IsOk);
    }

    [Fact]
    public void OC141_ASetThatFailedKeepsItsDataAndRefusesWrites()
    {
        using CacheFixture f = new(Limits(dirtyMax: 8 * K) with { DirtyAgeMax = s_age })
        {
            OnFailure = static _ => WritebackAction.FailSet,
        };
        f.W(A, 0, 4 * K, '1');
        f.W(A, 64 * K, 4 * K, '2');
        PendingResult waiting = f.W(A, 128 * K, 4 * K, '3');
        f.Complete("write A 0~4K", IoError.NoSpace);

        Assert.Equal(IoError.NoSpace, waiting.Error);
        Assert.Equal(IoError.NoSpace, f.W(A, 0, 4 * K, '4').Error);
        Assert.Equal(IoError.NoSpace, f.W(B, 0, 4 * K, '4', new WriteOptions { Fua = true }).Error);
        Assert.False(f.Cache.TryWrite(f.S, A, 0, Bytes(16, '4')));
        f.CompleteAll();
        Assert.Equal(IoError.NoSpace, f.Flush().Error);
        f.Advance(TimeSpan.FromHours(2));
        Assert.Equal("0~4K DIRTY,64K~4K CLEAN", f.Nrl(A));
        Assert.Equal(Bytes(4 * K, '1'), f.Cached(A, 0, 4 * K));
        Assert.Equal(1, f.Statistics.FailedSets);
        _ = f.TakeIssued();

        Assert.Equal(IoError.None, f.Cache.ResumeSet(f.S));
        Assert.Equal(["write A 0~4K"], f.TakeIssued());
        f.CompleteAll();
        Assert.True(f.Flush().IsOk && f.W(A, 0, 4 * K, '5').IsOk);
        Assert.Equal(0, f.Statistics.FailedSets);
    }

    [Fact]
    public void OC141_AFlushThatWaitsEndsWhenItsSetFails()
    {
        using CacheFixture f = new(F0 with { WritebackWindow = 1 }) { OnFailure = static _ => WritebackAction.FailSet };
        f.W(A, 0, 4 * K);
        f.W(B, 0, 4 * K);
        PendingResult flush = f.Flush();
        PendingResult fua = f.W(B, 8 * K, 4 * K, 'f', new WriteOptions { Fua = true });

        f.Complete("write A 0~4K", IoError.Io);
        Assert.True(flush.IsCompleted && fua.IsCompleted);
        Assert.Equal((IoError.Io, IoError.Io), (flush.Error, fua.Error));
        f.Complete("write B 0~4K");

        Assert.Empty(f.Backend.Pending);
        Assert.Equal("0~4K CLEAN", f.Nrl(B));
    }

    [Theory]
    [InlineData(108)]
    [InlineData(30)]
    public void OC142_AFencedClientLeavesInOrder(int errno)
    {
        IoError fenced = new(errno);
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '1');
        PendingResult flush = f.Flush();
        f.CompletePending(fenced);
        Assert.Equal(fenced, flush.Error);

        Assert.Equal(4 * K, f.Release().DirtyOrTxBytes);
        Assert.Equal(fenced, f.Flush().Error);
        Assert.Empty(f.Backend.Pending);
        Assert.True(f.Purge().IsOk);
        PendingResult stop = f.Stop(StopMode.Flush, TimeSpan.FromSeconds(1));

        Assert.True(stop.IsOk);
        Assert.Equal(0, f.Statistics.ChargedBytes);
    }

    [Fact]
    public void OC156_OwnersThatThrowAreCountedAndHarmNothing()
    {
        using CacheFixture f = new(ShortAge)
        {
            OnFailure = static _ => throw new InvalidOperationException(),
            OnClean = static _ => throw new InvalidOperationException(),
        };
        f.W(A, 0, 4 * K);
        f.Advance(s_age + s_tick);
        f.CompletePending(IoError.Io);

        Assert.Equal(1, f.Statistics.EventFailures);
        f.Advance(TimeSpan.FromMilliseconds(101));
        f.CompleteAll();
        Assert.False(f.Cache.IsDirtyOrCommitting(f.S));
        Assert.Equal(2, f.Statistics.EventFailures);
        Assert.True(f.W(A, 0, 4 * K).IsOk);
    }
}
