using Engine.Buffers;

namespace Engine.Cluster.Tests;

/// <summary>When a peer is called again.</summary>
public sealed class RedialTests
{
    private const long First = 100;
    private const long Longest = 1000;

    private static readonly ConnectionEnd s_unreachable = new(EndKind.Unreachable, "");

    private readonly Redial _redial = new(First, Longest, new SeededRandom(1));

    [Fact]
    public void TheWaitDoublesUpToALimitAndBeginsAnew()
    {
        Assert.True(_redial.Want());
        Assert.False(_redial.Want());
        long now = 0;
        foreach (long wait in (long[])[100, 200, 400, 800, 1000, 1000])
        {
            _redial.Failed(now, s_unreachable);
            Assert.Equal(RedialState.Waiting, _redial.State);
            Assert.InRange(_redial.DueMicros, now + (wait / 2), now + wait);
            Assert.False(_redial.Tick(_redial.DueMicros - 1));
            now = _redial.DueMicros;
            Assert.True(_redial.Tick(now));
            Assert.False(_redial.Tick(now));
        }

        Assert.Equal(6, _redial.Failures);
        _redial.Opened();
        Assert.Equal((RedialState.Up, 0), (_redial.State, _redial.Failures));
        _redial.Lost(now);
        Assert.InRange(_redial.DueMicros, now + (First / 2), now + First);
    }

    [Theory]
    [InlineData(RefusalReason.Replaced, true)]
    [InlineData(RefusalReason.Cluster, true)]
    [InlineData(RefusalReason.Version, true)]
    [InlineData(RefusalReason.Crossed, false)]
    [InlineData(RefusalReason.Full, false)]
    [InlineData(RefusalReason.Unknown, false)]
    public void WhatCannotChangeIsNotTriedAgain(RefusalReason reason, bool isHopeless)
    {
        _redial.Want();
        _redial.Failed(5, new ConnectionEnd(EndKind.Refused, "", reason));
        Assert.Equal(isHopeless ? RedialState.Hopeless : RedialState.Waiting, _redial.State);
        Assert.Equal(!isHopeless, _redial.Tick(1_000_000));
    }

    [Fact]
    public void ACallOfThePeersEndsTheWait()
    {
        _redial.Want();
        _redial.Failed(0, s_unreachable);
        _redial.Opened();
        Assert.Equal(RedialState.Up, _redial.State);
        Assert.False(_redial.Tick(1_000_000));
        _redial.Failed(0, s_unreachable);
        Assert.Equal(RedialState.Up, _redial.State);
        _redial.Forget();
        _redial.Opened();
        _redial.Lost(0);
        Assert.Equal(RedialState.Idle, _redial.State);
    }
}
