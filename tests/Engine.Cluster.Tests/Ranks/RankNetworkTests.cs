// Networks of ranks over loopback, with inboxes that take notes; one serves a rank on its loop.

using System.Net;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Stores;
using Engine.Testing.Metadata;

namespace Engine.Cluster.Tests;

/// <summary>What a rank sends and gets over TCP, and what it is told.</summary>
public sealed class RankNetworkTests
{
    private static readonly Peer s_zero = TestEnd.Rank(0);
    private static readonly Peer s_one = TestEnd.Rank(1);
    private static readonly RankNetworkOptions s_quick = new(1000, 50_000, 1);

    private readonly RecordingInbox _zeros = new();
    private readonly RecordingInbox _ones = new();

    [Fact]
    public void WhatIsSentBeforeThereIsAConnectionArrivesInOrder()
    {
        using RankNetwork zero = Make(s_zero, _zeros);
        using RankNetwork one = Make(s_one, _ones);
        zero.Know(s_one, one.Endpoint.Address!, keep: false);
        for (ulong i = 0; i < 500; i++)
            zero.Send(s_one, TestMessages.Note(i));
        for (ulong i = 0; i < 500; i++)
            Assert.Equal(i, _ones.TakeNote(s_zero));
        one.Send(s_zero, TestMessages.Note(7));
        Assert.Equal(7u, _zeros.TakeNote(s_one));
    }

    [Fact]
    public void WhomNobodyKnowsIsGone()
    {
        using RankNetwork zero = Make(s_zero, _zeros);
        zero.Send(s_one, TestMessages.Note(1));
        _zeros.TakeGone(s_one);
    }

    [Fact]
    public void AFailedCallLosesWhatWaitedAndIsToldOnce()
    {
        using RankNetwork zero = Make(s_zero, _zeros);
        IPEndPoint address;
        using (RankNetwork nobody = Make(s_one, _ones))
            address = nobody.Endpoint.Address!;
        zero.Know(s_one, address, keep: false);
        zero.Send(s_one, TestMessages.Note(1));
        _zeros.TakeGone(s_one);
        zero.Send(s_one, TestMessages.Note(2));
        zero.Renew(s_one);
        zero.Send(s_one, TestMessages.Note(3));
        _zeros.TakeGone(s_one);
        zero.Renew(s_one);

        using RankNetwork one = Make(s_one, _ones, address);
        zero.Send(s_one, TestMessages.Note(4));
        Assert.Equal(4u, _ones.TakeNote(s_zero));
        Assert.Equal(0, _zeros.Waiting);
    }

    [Fact]
    public void AfterAnEndWhatIsSentIsLostUntilTheRankHasHeardOfIt()
    {
        using RankNetwork zero = Make(s_zero, _zeros);
        using RankNetwork one = Make(s_one, _ones);
        zero.Know(s_one, one.Endpoint.Address!, keep: true);
        zero.Send(s_one, TestMessages.Note(1));
        Assert.Equal(1u, _ones.TakeNote(s_zero));

        one.Endpoint.Find(s_zero)!.Abort("tested");
        _zeros.TakeGone(s_one);
        _ones.TakeGone(s_zero);
        zero.Send(s_one, TestMessages.Note(2));
        zero.Renew(s_one);
        zero.Send(s_one, TestMessages.Note(3));
        Assert.Equal(3u, _ones.TakeNote(s_zero));
        one.Send(s_zero, TestMessages.Note(4));
        one.Renew(s_zero);
        one.Send(s_zero, TestMessages.Note(5));
        Assert.Equal(5u, _zeros.TakeNote(s_one));
    }

    [Fact]
    public void AMapCutsOffALifeThatIsOverAndReachesTheNext()
    {
        using RankNetwork zero = Make(s_zero, _zeros);
        using RankNetwork one = Make(s_one, _ones);
        zero.TakeMap(Map(1, one, ClusterRankState.Active));
        zero.Send(s_one, TestMessages.Note(2));
        Assert.Equal(2u, _ones.TakeNote(s_zero));

        zero.TakeMap(Map(2, one, ClusterRankState.Failed));
        _zeros.TakeGone(s_one);
        _ones.TakeGone(s_zero);
        zero.Renew(s_one);
        zero.Send(s_one, TestMessages.Note(3));
        _zeros.TakeGone(s_one);

        var nexts = new RecordingInbox();
        Peer second = TestEnd.Rank(1, 2);
        using RankNetwork next = Make(second, nexts);
        zero.TakeMap(Map(3, next, ClusterRankState.Active));
        zero.Send(second, TestMessages.Note(4));
        Assert.Equal(4u, nexts.TakeNote(s_zero));
        next.Send(s_zero, TestMessages.Note(5));
        Assert.Equal(5u, _zeros.TakeNote(second));
    }

    [Fact]
    public void TooMuchThatWaitsEndsTheChannel()
    {
        var few = new SendLimits(4096, 4096);
        using RankNetwork zero = Make(s_zero, _zeros, limits: few);
        using RawPeer one = new RawPeer(zero.Endpoint.Address!, 4096).Enter(s_one, s_zero);
        one.Send(Frames.Note(1));
        Assert.Equal(1u, _zeros.TakeNote(s_one));
        for (ulong i = 0; zero.Endpoint.CountOf(EndKind.Overflow) == 0; i++)
        {
            zero.Send(s_one, TestMessages.Note(i, 100_000));
            Assert.True(i < 10_000_000);
        }

        _zeros.TakeGone(s_one);
        one.ReceiveEnd();
    }

    [Fact]
    public void ARankServesAClient()
    {
        var client = Peer.Of(new ClientId(5));
        var formats = new MessageFormats(MetadataFormats.Create());
        using var store = new MemoryStore();
        using var loop = new RankLoop(new RankOptions { Incarnation = 1 }, new MemoryLog(), store, TimeProvider.System, 1);
        using var network = new RankNetwork(Options(s_zero) with { Formats = formats }, s_quick, loop);
        loop.Network = network;
        loop.Start();
        network.Endpoint.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        using var end = new TestEnd(client, change: options => options with { Formats = formats });
        Assert.True(end.Endpoint.TryDial(s_zero, network.Endpoint.Address!));
        Connection connection = end.Handler.TakeOpened();
        connection.TrySend(new SessionOpen("a client"));
        Assert.NotNull(end.Handler.TakeMessage<SessionOpened>());
        connection.TrySend(new ClientRequest(1, ClientOp.MakeDirectory) { Path = "/d"u8.ToArray(), OnlySafe = true });
        Assert.Equal(IoError.None, end.Handler.TakeMessage<ClientReply>().Error);
        connection.TrySend(new ClientRequest(2, ClientOp.GetAttributes) { Path = "/d"u8.ToArray() });
        ClientReply reply = end.Handler.TakeMessage<ClientReply>();
        Assert.Equal((2u, InodeType.Directory), (reply.Tid, reply.Stat.Type));
    }

    [Fact]
    public void ALoopThatIsBehindHoldsUpWhoHandsInUntilItHasCaughtUp()
    {
        const int many = 10_000;
        var client = Peer.Of(new ClientId(5));
        using var store = new MemoryStore();
        using var loop = new RankLoop(new RankOptions { Incarnation = 1 }, new MemoryLog(), store, TimeProvider.System, 1);
        for (ulong i = 1; i <= many; i++)
            loop.Deliver(client, new ClientRequest(i, ClientOp.GetAttributes) { Path = "/"u8.ToArray() });
        using var isThrough = new ManualResetEventSlim();
        var waiter = new Thread(() =>
        {
            loop.WaitForRoom();
            isThrough.Set();
        });
        waiter.Start();
        Assert.True(SpinWait.SpinUntil(() => waiter.ThreadState.HasFlag(ThreadState.WaitSleepJoin), TimeSpan.FromSeconds(60)));
        Assert.False(isThrough.IsSet);
        loop.Start();
        Assert.True(isThrough.Wait(TimeSpan.FromSeconds(60)));
        waiter.Join();
    }

    private static ClusterMap Map(ulong epoch, RankNetwork one, ClusterRankState state)
    {
        ulong incarnation = one.Endpoint.Options.Self.Incarnation;
        return new ClusterMap(
            epoch,
            [
                new ClusterRank(ClusterRankState.Active, 1, "", 0),
                new ClusterRank(state, incarnation, one.Endpoint.Address!.ToString(), 0),
            ]);
    }

    private static RankNetwork Make(
        Peer self, RecordingInbox inbox, IPEndPoint? at = null, SendLimits? limits = null)
    {
        var network = new RankNetwork(Options(self) with { SendLimits = limits ?? SendLimits.Usual }, s_quick, inbox);
        network.Endpoint.Listen(at ?? new IPEndPoint(IPAddress.Loopback, 0));
        return network;
    }

    private static EndpointOptions Options(Peer self) => new()
    {
        Self = self,
        Cluster = FrameSamples.Cluster,
        Formats = TestMessages.Formats,
    };
}
