// Who is let in. A peer made of raw bytes says of itself whatever a test wants.

using Engine.Metadata;

namespace Engine.Cluster.Tests;

/// <summary>Who is not let in, and is told why; who takes another's place.</summary>
public sealed class RefusalTests
{
    private static readonly Peer s_zero = TestEnd.Rank(0, 9);
    private static readonly Peer s_one = TestEnd.Rank(1, 2);

    [Fact]
    public void WhoDoesNotBelongHereIsToldSo()
    {
        using var zero = new TestEnd(s_zero);
        Greeting hello = RawPeer.Hello(s_one, s_zero);
        Assert.Equal(RefusalReason.Cluster, Refused(zero, hello with { Cluster = new ClusterId(1, 1) }));
        Assert.Equal(RefusalReason.Version, Refused(zero, hello with { VersionMin = 2, VersionMax = 5 }));
        Assert.Equal(RefusalReason.Address, Refused(zero, hello with { To = TestEnd.Rank(3, 0) }));
        Assert.Equal(RefusalReason.Incarnation, Refused(zero, hello with { To = TestEnd.Rank(0, 10) }));
        zero.Handler.Admission = peer => new Refusal(RefusalReason.Unknown, $"{peer} is not in the map");
        Assert.Equal(RefusalReason.Unknown, Refused(zero, hello));
        Assert.Equal(0, zero.Handler.Waiting);
    }

    [Fact]
    public void AnEarlierIncarnationIsRefusedAndALaterOneTakesThePlace()
    {
        using var zero = new TestEnd(s_zero);
        using RawPeer second = new RawPeer(zero.Address).Enter(s_one, s_zero);
        Connection old = zero.Handler.TakeOpened();
        Assert.Equal(RefusalReason.Replaced, Refused(zero, RawPeer.Hello(TestEnd.Rank(1, 1), s_zero)));

        using RawPeer third = new RawPeer(zero.Address).Enter(TestEnd.Rank(1, 3), s_zero);
        // The end of the one before may be told after: it is another instance.
        RecordingHandler.Told[] told = [zero.Handler.TakeAny(), zero.Handler.TakeAny()];
        Assert.Equal(["closed", "opened"], told.Select(each => each.What).Order());
        RecordingHandler.Told closed = told.Single(each => each.What == "closed");
        Assert.Equal((old, EndKind.Superseded), (closed.Connection, ((ConnectionEnd)closed.Subject!).Kind));
        second.ReceiveEnd();
        Assert.Equal(RefusalReason.Replaced, Refused(zero, RawPeer.Hello(s_one, s_zero, dial: 2)));
    }

    [Fact]
    public void AFencedIncarnationIsCutOffAndStaysOut()
    {
        using var zero = new TestEnd(s_zero);
        using RawPeer one = new RawPeer(zero.Address).Enter(s_one, s_zero);
        zero.Handler.TakeOpened();
        zero.Endpoint.Fence(new RankId(1), 2);
        Assert.NotNull(zero.Endpoint.Find(s_one));
        zero.Endpoint.Fence(new RankId(1), 5);
        Assert.Equal(EndKind.Superseded, zero.Handler.TakeClosed().Kind);
        one.ReceiveEnd();
        Assert.Equal(RefusalReason.Replaced, Refused(zero, RawPeer.Hello(TestEnd.Rank(1, 4), s_zero)));
        using RawPeer later = new RawPeer(zero.Address).Enter(TestEnd.Rank(1, 5), s_zero);
        Assert.Equal(TestEnd.Rank(1, 5), zero.Handler.TakeOpened().Peer);
    }

    [Fact]
    public void ALaterCallOfOneInstanceTakesThePlaceAndAnEarlierDoesNot()
    {
        using var zero = new TestEnd(s_zero);
        using RawPeer first = new RawPeer(zero.Address).Enter(s_one, s_zero, dial: 5);
        Connection old = zero.Handler.TakeOpened();
        Assert.Equal(RefusalReason.Crossed, Refused(zero, RawPeer.Hello(s_one, s_zero, dial: 4)));
        using RawPeer next = new RawPeer(zero.Address).Enter(s_one, s_zero, dial: 6);
        RecordingHandler.Told closed = zero.Handler.Take("closed");
        Assert.Equal((old, EndKind.Superseded), (closed.Connection, ((ConnectionEnd)closed.Subject!).Kind));
        Assert.NotSame(old, zero.Handler.TakeOpened());
    }

    [Fact]
    public void MoreThanThereMayBeAreRefused()
    {
        using var zero = new TestEnd(s_zero, change: options => options with { ConnectionsMax = 1 });
        using RawPeer one = new RawPeer(zero.Address).Enter(s_one, s_zero);
        Assert.Equal(RefusalReason.Full, Refused(zero, RawPeer.Hello(TestEnd.Rank(2), s_zero)));
        zero.Handler.TakeOpened();
        one.Reset();
        Assert.Equal(EndKind.Reset, zero.Handler.TakeClosed().Kind);
        using RawPeer two = new RawPeer(zero.Address).Enter(TestEnd.Rank(2), s_zero);
        zero.Handler.TakeOpened();
    }

    [Fact]
    public void MoreThanMayGreetAtOnceAreTurnedAway()
    {
        using var zero = new TestEnd(s_zero, change: options => options with { HandshakesMax = 1 });
        using var first = new RawPeer(zero.Address);
        Assert.True(SpinWait.SpinUntil(() => zero.Endpoint.Statistics.Current == 1, TimeSpan.FromSeconds(60)));
        using var second = new RawPeer(zero.Address);
        second.ReceiveEnd();
        Assert.Equal(1, zero.Endpoint.Statistics.TurnedAway);
        first.Enter(s_one, s_zero);
        zero.Handler.TakeOpened();
        using RawPeer third = new RawPeer(zero.Address).Enter(TestEnd.Rank(2), s_zero);
    }

    [Fact]
    public void WhoCalledHearsTheReason()
    {
        using var zero = new TestEnd(s_zero);
        using var one = new TestEnd(s_one);
        Assert.True(one.Endpoint.TryDial(TestEnd.Rank(0, 8), zero.Address));
        ConnectionEnd end = one.Handler.TakeFailed();
        Assert.Equal((EndKind.Refused, RefusalReason.Incarnation), (end.Kind, end.Refusal));
        Assert.Equal("Refused: Incarnation: rank 0 (9) answers here, not rank 0 (8)", end.ToString());
        Assert.Equal((0, 1), (zero.Handler.Waiting, one.Endpoint.CountOf(EndKind.Refused)));
        Assert.True(SpinWait.SpinUntil(() => zero.Endpoint.CountOf(EndKind.Rejected) == 1, TimeSpan.FromSeconds(60)));
    }

    private static RefusalReason Refused(TestEnd end, Greeting hello)
    {
        using var peer = new RawPeer(end.Address);
        peer.Send(FrameSamples.Of(FrameKind.Hello, FrameSamples.Body(hello)));
        (FrameKind kind, _, byte[] content) = peer.Receive();
        Assert.Equal(FrameKind.Refusal, kind);
        Assert.True(Refusal.TryRead(content, out Refusal refusal).IsNone);
        Assert.NotEmpty(refusal.Text);
        peer.ReceiveEnd();
        return refusal.Reason;
    }
}
