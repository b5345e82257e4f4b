// Background writeback by amount and by age: cases 102-107 of the catalogue.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class FlusherTests
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(10);

    private static CacheSettings AgeOneSecond => F0 with { DirtyAgeMax = TimeSpan.FromSeconds(1) };

    [Fact]
    public void OC102_AboveTheTargetTheColdestIsWritten()
    {
        using CacheFixture f = new(Limits(dirtyMax: 64 * K));
        for (int i = 0; i < 8; i++)
            f.W(A, i * 64 * K, 4 * K);
        Assert.Empty(f.TakeIssued());

        f.W(B, 0, 4 * K);
        f.W(B, 64 * K, 4 * K);

        Assert.Equal(["write A 0~4K", "write A 64K~4K"], f.TakeIssued());
        f.CompleteAll();
        f.Advance(TimeSpan.FromSeconds(10));
        Assert.Empty(f.TakeIssued());
        Assert.Equal(32 * K, f.DirtyOrTx());
    }

    [Fact]
    public void OC102_NothingIsWrittenBeforeStart()
    {
        using CacheFixture f = new(Limits(dirtyMax: 64 * K), started: false);
        for (int i = 0; i < 10; i++)
            f.W(A, i * 64 * K, 4 * K);
        f.Advance(TimeSpan.FromHours(2));
        Assert.Empty(f.TakeIssued());

        f.Cache.Start();
        f.Audit();
        f.CompleteAll();

        Assert.True(f.DirtyOrTx() <= 32 * K);
    }

    [Fact]
    public void OC103_DataIsWrittenAtItsAge()
    {
        using CacheFixture f = new(AgeOneSecond);
        f.W(A, 0, 4 * K);

        f.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Empty(f.TakeIssued());
        f.Advance(TimeSpan.FromMilliseconds(1) + s_tick);

        Assert.Equal(["write A 0~4K"], f.TakeIssued());
        f.CompleteAll();
        Assert.Equal("0~4K CLEAN", f.Nrl(A));
    }

    [Fact]
    public void OC103_ChangedAgeRearmsTheTimer()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K);
        f.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(f.TakeIssued());

        f.Apply(AgeOneSecond);
        f.Advance(s_tick);

        Assert.Equal(["write A 0~4K"], f.TakeIssued());
    }

    [Fact]
    public void OC104_RewrittenBlockIsNotStarved()
    {
        using CacheFixture f = new(AgeOneSecond);
        TimeSpan last = f.Clock.Elapsed;

        for (int i = 0; i < 100; i++)
        {
            f.W(A, 0, 4 * K, (char)('a' + i % 26));
            f.Advance(TimeSpan.FromMilliseconds(100));
            foreach (PendingOperation write in f.Backend.Pending)
            {
                Assert.True(write.IssuedAt - last <= TimeSpan.FromMilliseconds(1100) + s_tick, $"gap {write.IssuedAt - last}");
                last = write.IssuedAt;
                f.Complete(write);
            }
        }

        Assert.True(f.Clock.Elapsed - last <= TimeSpan.FromMilliseconds(1100) + s_tick);
        Assert.InRange(f.Statistics.BackendWrites, 9, 11);
    }

    [Fact]
    public void OC105_OD021_AppendedDataIsWrittenByItsOwnAge()
    {
        using CacheFixture f = new(AgeOneSecond);
        TimeSpan[] writtenAt = new TimeSpan[50];
        TimeSpan[] issuedAt = new TimeSpan[50];

        for (int i = 0; i < 50; i++)
        {
            writtenAt[i] = f.Clock.Elapsed;
            f.W(A, i * 4 * K, 4 * K);
            f.Advance(TimeSpan.FromMilliseconds(200));
            CompleteAndNote(f, issuedAt);
        }

        f.Advance(TimeSpan.FromSeconds(1) + s_tick);
        CompleteAndNote(f, issuedAt);
        for (int i = 0; i < 50; i++)
            Assert.InRange(issuedAt[i] - writtenAt[i], TimeSpan.Zero, TimeSpan.FromSeconds(1) + s_tick);
    }

    [Fact]
    public void OC106_OD022_HotBlockIsWrittenByAge()
    {
        using CacheFixture f = new(AgeOneSecond);
        f.W(A, 0, 4 * K, 'h');

        for (int i = 0; i < 40; i++)
        {
            f.W(B, i * 8 * K, 4 * K);
            Assert.Equal(Bytes(4 * K, 'h'), f.Cached(A, 0, 4 * K));
            f.Advance(TimeSpan.FromMilliseconds(100));
            f.CompletePending();
        }

        PendingOperation hot = f.Backend.History.First(operation => operation.ObjectNumber == A);
        Assert.True(hot.IssuedAt <= TimeSpan.FromSeconds(1) + s_tick);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void OC107_OD020_WallClockJumpsHaveNoEffect(int hours)
    {
        using CacheFixture f = new(AgeOneSecond);
        f.W(A, 0, 4 * K);

        f.Clock.JumpWallClock(TimeSpan.FromHours(hours));
        f.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Empty(f.TakeIssued());
        f.Advance(TimeSpan.FromMilliseconds(1) + s_tick);

        Assert.Equal(["write A 0~4K"], f.TakeIssued());
    }

    [Fact]
    public void FailedBlockIsRetriedAfterTheDelayAndDoesNotHoldUpOthers()
    {
        using CacheFixture f = new(AgeOneSecond with { RetryDelay = TimeSpan.FromSeconds(3) });
        f.W(A, 0, 4 * K);
        f.Advance(TimeSpan.FromSeconds(1) + s_tick);
        _ = f.TakeIssued();
        f.Complete("write A 0~4K", IoError.NoSpace);
        Assert.Empty(f.TakeIssued());

        f.W(B, 0, 4 * K);
        f.Advance(TimeSpan.FromSeconds(1) + s_tick);
        Assert.Equal(["write B 0~4K"], f.TakeIssued());
        f.CompleteAll();
        f.Advance(TimeSpan.FromSeconds(2) + s_tick);
        Assert.Equal(["write A 0~4K"], f.TakeIssued());
        f.CompleteAll();

        Assert.Equal(1, f.Statistics.WritebackFailures);
        Assert.False(f.Cache.IsDirtyOrCommitting(f.S));
    }

    [Fact]
    public void BlockThatWaitsForItsFillHidesNoOther()
    {
        CacheSettings settings = F0 with { DirtyBytesMax = 4 * K, DirtyBytesTarget = 4 * K };
        using CacheFixture f = new(settings, ManualBackend.Default with { WriteAlignment = 4096 });
        f.W(A, 0, 512, '1');
        f.Flush();
        Assert.Single(f.TakeIssued());
        f.Discard(A, 0, 512);
        f.W(B, 0, 4 * K, '2');

        PendingResult write = f.W(C, 0, 4 * K, '3');

        Assert.Equal(["write B 0~4K"], f.TakeIssued());
        f.Complete("write B 0~4K");
        Assert.True(write.IsOk);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(int.MaxValue)]
    public void OC103_AgeBeyondWhatATimerTakesIsKeptToo(int days)
    {
        TimeSpan age = days == int.MaxValue ? TimeSpan.MaxValue : TimeSpan.FromDays(days);
        using CacheFixture f = new(F0 with { DirtyAgeMax = age, RetryDelay = age });
        Assert.True(f.W(A, 0, 4 * K, '1').IsOk);
        f.Advance(TimeSpan.FromDays(59));
        Assert.Empty(f.TakeIssued());

        f.Advance(TimeSpan.FromDays(2));

        Assert.Equal(days == 60 ? ["write A 0~4K"] : [], f.TakeIssued());
        PendingResult flush = f.Flush();
        f.Complete("write A 0~4K", IoError.Io);
        Assert.Equal(IoError.Io, flush.Error);
        f.Advance(TimeSpan.FromDays(59));
        Assert.Empty(f.Backend.Pending);
        flush = f.Flush();
        f.CompleteAll();
        Assert.True(flush.IsOk);
    }

    [Fact]
    public void OC110_WindowHoldsInTheBackgroundToo()
    {
        using CacheFixture f = new(AgeOneSecond with { WritebackWindow = 8 });
        for (int i = 0; i < 100; i++)
            f.W(A, i * 8 * K, 4 * K);

        f.Advance(TimeSpan.FromSeconds(1) + s_tick);
        Assert.Equal(8, f.Backend.PendingCount);
        f.Complete(f.Backend.PendingAt(3));
        Assert.Equal(8, f.Backend.PendingCount);
        f.CompleteAll();

        Assert.Equal(8, f.Backend.WritesInFlightPeak);
        Assert.False(f.Cache.IsDirtyOrCommitting(f.S));
    }

    private static void CompleteAndNote(CacheFixture f, TimeSpan[] issuedAt)
    {
        foreach (PendingOperation write in f.Backend.Pending)
        {
            for (long block = write.Offset / (4 * K); block < write.End / (4 * K); block++)
                issuedAt[block] = write.IssuedAt;
            f.Complete(write);
        }
    }

    [Fact]
    public void OC102_OC112_AWriteThatComesInPartsPressesNobodyWhileThereIsRoom()
    {
        ManualTurns turns = new();
        using CacheFixture f = new(scheduler: turns);
        f.W(B, 0, 4 * K);
        PendingResult large = f.W(A, 0, 12 * M);
        int given = 0;
        while (turns.Count > 0)
        {
            turns.RunNext();
            given++;
            f.Audit();
        }

        Assert.True(large.IsOk);
        Assert.InRange(given, 2, 8);
        Assert.Empty(f.TakeIssued());
    }
}
