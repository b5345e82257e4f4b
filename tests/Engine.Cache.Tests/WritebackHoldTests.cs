// How long background writeback leaves alone what failed, and what an answer of the owner is about: case 111 of the catalogue.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class WritebackHoldTests
{
    private static readonly TimeSpan s_age = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private static readonly BackendCapabilities s_volatile = ManualBackend.Default with { CommitIsDurable = false };

    private static CacheSettings ShortAge => F0 with { DirtyAgeMax = s_age };

    [Fact]
    public void OC111_AnAnswerDoesNotDropWhatCameAfterTheFailure()
    {
        CacheFixture? fixture = null;
        using CacheFixture f = fixture = new(ShortAge)
        {
            OnFailure = _ =>
            {
                fixture!.Backend.CompletesInside = true;
                Assert.Equal(IoError.None, fixture.Cache.FlushSet(fixture.S).Error);
                Assert.True(fixture.Cache.TryWrite(fixture.S, A, 0, Bytes(4 * K, 'n')));
                return WritebackAction.Drop;
            },
        };
        f.W(A, 0, 4 * K, 'o');
        f.Advance(s_age + s_tick);
        f.Complete("write A 0~4K", IoError.NoSpace);

        Assert.Single(f.Failures);
        Assert.Equal("0~4K DIRTY", f.Nrl(A));
        Assert.Equal(0, f.Statistics.BytesGivenUp);
        Assert.True(f.Flush().IsOk);
        Assert.Equal(Bytes(4 * K, 'n'), f.Backend.Durable.Read(A, 0, 4 * K));
    }

    [Fact]
    public void OC111_AnAnswerFromBeforeAResumeDoesNotFailTheSetAgain()
    {
        using ManualResetEventSlim asked = new();
        using ManualResetEventSlim resumed = new();
        using CacheFixture f = new(ShortAge)
        {
            OnFailure = failure =>
            {
                if (failure.ObjectNumber == A)
                {
                    asked.Set();
                    Assert.True(resumed.Wait(s_limit));
                }

                return WritebackAction.FailSet;
            },
        };
        f.W(A, 0, 4 * K);
        f.W(B, 0, 4 * K);
        f.Advance(s_age + s_tick);
        Thread late = new(() => f.Complete("write A 0~4K", IoError.Shutdown));
        late.Start();
        Assert.True(asked.Wait(s_limit));
        f.Complete("write B 0~4K", IoError.Shutdown);
        Assert.Equal(1, f.Statistics.FailedSets);

        Assert.Equal(IoError.None, f.Cache.ResumeSet(f.S));
        resumed.Set();
        Assert.True(late.Join(s_limit));

        Assert.Equal(0, f.Statistics.FailedSets);
        f.CompleteAll();
        Assert.True(f.W(A, 0, 4 * K).IsOk);
    }

    [Fact]
    public void OC111_WhatIsAskedAboutIsLeftAloneUntilTheAnswer()
    {
        using ManualResetEventSlim asked = new();
        using ManualResetEventSlim answer = new();
        using CacheFixture f = new(ShortAge)
        {
            OnFailure = _ =>
            {
                asked.Set();
                Assert.True(answer.Wait(s_limit));
                return WritebackAction.Retry;
            },
        };
        f.W(A, 0, 4 * K);
        f.Advance(s_age + s_tick);
        _ = f.TakeIssued();
        Thread late = new(() => f.Complete("write A 0~4K", IoError.Io));
        late.Start();
        Assert.True(asked.Wait(s_limit));

        f.W(B, 0, 4 * K);
        f.Advance(TimeSpan.FromSeconds(10));
        string[] meanwhile = f.TakeIssued();
        answer.Set();
        Assert.True(late.Join(s_limit));

        Assert.Equal(["write B 0~4K"], meanwhile);
        f.Advance(s_tick);
        Assert.Equal(["write A 0~4K"], f.TakeIssued());
    }

    [Fact]
    public void OC111_AnOwnerIsNotAskedAboutASetThatFailed()
    {
        CacheFixture? fixture = null;
        using CacheFixture f = fixture = new(ShortAge)
        {
            OnFailure = failure =>
            {
                if (failure.ObjectNumber == A)
                    fixture!.Backend.Complete(fixture.Backend.Find("write B 0~4K"), IoError.Shutdown);
                return WritebackAction.FailSet;
            },
        };
        f.W(A, 0, 4 * K);
        f.W(B, 0, 4 * K);
        f.Advance(s_age + s_tick);
        f.Complete("write A 0~4K", IoError.Shutdown);

        Assert.Equal([A], f.Failures.Select(static failure => failure.ObjectNumber));
        Assert.Equal("0~4K DIRTY", f.Nrl(B));
    }

    [Fact]
    public void OC111_AWriteThatSucceedsEndsTheHold()
    {
        using CacheFixture f = new(ShortAge);
        f.W(A, 0, 4 * K);
        f.W(A, 8 * K, 4 * K);
        f.Advance(s_age + s_tick);
        f.CompletePending(IoError.NoSpace);
        f.Flush();
        f.CompleteAll();
        _ = f.TakeIssued();

        f.W(A, 0, 4 * K);
        f.Advance(s_age - s_tick);
        Assert.Empty(f.TakeIssued());
        f.Advance(s_tick);

        Assert.Equal(["write A 0~4K"], f.TakeIssued());
        f.CompletePending(IoError.NoSpace);
        Assert.Equal([1, 1, 1], f.Failures.Select(static failure => failure.Attempt));
    }

    [Fact]
    public void OC111_AWriteBesideOneThatFailedDoesNotEndTheHold()
    {
        using CacheFixture f = new(ShortAge);
        f.W(A, 0, 4 * K);
        f.W(A, 8 * K, 4 * K);
        f.Advance(s_age + s_tick);
        f.Complete("write A 0~4K", IoError.Io);
        f.Complete("write A 8K~4K");
        _ = f.TakeIssued();

        f.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Empty(f.TakeIssued());
        f.Advance(s_tick + s_tick);
        Assert.Equal(["write A 0~4K"], f.TakeIssued());
    }

    [Fact]
    public void OC111_AllOfAnObjectComesBackBeforeWhatIsYounger()
    {
        using CacheFixture f = new(ShortAge);
        for (int i = 0; i < 3; i++)
            f.W(A, i * 8 * K, 4 * K);
        f.Advance(s_age + s_tick);
        f.CompletePending(IoError.Io);
        f.Advance(TimeSpan.FromMilliseconds(90));
        f.W(B, 0, 4 * K);
        _ = f.TakeIssued();

        f.Advance(TimeSpan.FromMilliseconds(11));

        Assert.Equal(["write A 0~4K", "write A 8K~4K", "write A 16K~4K"], f.TakeIssued());
    }

    [Fact]
    public void OC111_OD050_AFailedFlushOfTheStoreIsToldAndBacksOff()
    {
        using CacheFixture f = new(ShortAge with { UnstableBytesMax = 4 * K }, s_volatile);
        f.W(A, 0, 4 * K);
        f.Advance(s_age + s_tick);
        foreach (int delayMs in (int[])[100, 200, 400])
        {
            f.Complete("write A 0~4K");
            f.Complete("flush", IoError.Io);
            _ = f.TakeIssued();
            f.Advance(TimeSpan.FromMilliseconds(delayMs) - s_tick);
            Assert.Empty(f.TakeIssued());
            f.Advance(s_tick + s_tick);
            Assert.Equal(["write A 0~4K"], f.TakeIssued());
        }

        Assert.Equal([1, 2, 3], f.Failures.Select(static failure => failure.Attempt));
        Assert.Equal(new WritebackError(f.S, A, 0, 4 * K, IoError.Io, 1), f.Failures[0]);
        Assert.Equal(3, f.Statistics.BackendFlushFailures);
        f.CompleteAll();
        f.W(A, 0, 4 * K);
        f.Advance(s_age + s_tick);
        f.Complete("write A 0~4K");
        f.Complete("flush", IoError.Io);
        Assert.Equal(1, f.Failures[^1].Attempt);
    }

    [Theory]
    [InlineData(30)]
    [InlineData(108)]
    public void OC142_AStoreThatRefusesToFlushFailsTheSet(int errno)
    {
        using CacheFixture f = new(ShortAge with { UnstableBytesMax = 4 * K }, s_volatile);
        f.W(A, 0, 4 * K);
        f.W(A, 8 * K, 4 * K);
        f.Advance(s_age + s_tick);
        f.Complete("write A 0~4K");
        f.Complete("write A 8K~4K");
        f.Complete("flush", new IoError(errno));

        Assert.Equal(new IoError(errno), f.W(B, 0, 4 * K).Error);
        Assert.Single(f.Failures);
        Assert.Equal("0~4K DIRTY,8K~4K DIRTY", f.Nrl(A));
        f.Advance(TimeSpan.FromHours(1));
        Assert.Empty(f.Backend.Pending);
    }

    [Theory]
    [InlineData(4 * K, 4 * K)]
    [InlineData(5 * K, 1 * K)]
    [InlineData(4 * K, 100)]
    public void OC111_AnAnswerDoesNotDropWhatWasPutInThePlaceOfTheFailed(int offset, int length)
    {
        CacheFixture? fixture = null;
        using CacheFixture f = fixture = new(ShortAge)
        {
            OnFailure = _ =>
            {
                Assert.True(fixture!.Cache.TryWrite(fixture.S, A, offset, Bytes(length, 'n')));
                return WritebackAction.Drop;
            },
        };
        f.W(A, 0, 12 * K, 'o');
        f.Advance(s_age + s_tick);
        f.Complete("write A 0~12K", IoError.NoSpace);

        Assert.Equal((12 * K) - length, f.Statistics.BytesGivenUp);
        Assert.Equal(length, f.Statistics.DirtyBytes);
        Assert.Equal(Bytes(length, 'n'), f.Cached(A, offset, length));
        PendingResult flush = f.Flush();
        f.CompleteAll();
        Assert.Equal(IoError.NoSpace, flush.Error);
    }

    [Fact]
    public void OC111_AFailedFillIsAboutTheUnitsThatItWasFor()
    {
        using CacheFixture f = new(ShortAge, ManualBackend.Default with { WriteAlignment = 512 })
        {
            OnFailure = static _ => WritebackAction.Drop,
        };
        f.W(A, 100, 10);
        f.Advance(s_age + s_tick);
        f.W(A, K, 512, 'n');
        f.Complete(f.Backend.Only(), IoError.Io);

        Assert.Equal(new WritebackError(f.S, A, 0, 512, IoError.Io, 1), Assert.Single(f.Failures));
        Assert.Equal("0~100 ERROR,110~402 ERROR,1K~512 DIRTY", f.Nrl(A));
    }
}
