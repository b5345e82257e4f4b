// Two endpoints over loopback. What they tell their owners is taken in order, so that a second telling of an end is found.

using System.Net;
using Engine.Metadata;

namespace Engine.Cluster.Tests;

/// <summary>Messages between two ends over loopback, and how connections end.</summary>
public sealed class ConnectionTests
{
    private static readonly Peer s_zero = TestEnd.Rank(0);
    private static readonly Peer s_one = TestEnd.Rank(1);

    [Fact]
    public void MessagesArriveInOrderBothWays()
    {
        const int count = 3000;
        using var zero = new TestEnd(s_zero);
        using var one = new TestEnd(s_one);
        (Connection mine, Connection its) = zero.Connect(one);
        Assert.Equal((s_one, true, s_zero, false), (mine.Peer, mine.IsDialler, its.Peer, its.IsDialler));
        for (ulong i = 0; i < count; i++)
        {
            Assert.Equal(SendOutcome.Queued, mine.TrySend(TestMessages.Note(i, (int)(i % 300))));
            Assert.Equal(SendOutcome.Queued, its.TrySend(TestMessages.Note(i + count)));
        }

        for (ulong i = 0; i < count; i++)
        {
            Note note = one.Handler.TakeMessage<Note>();
            Assert.Equal((i, (int)(i % 300)), (note.Number, note.Bytes.Length));
            Assert.Equal(i + count, zero.Handler.TakeMessage<Note>().Number);
        }

        Assert.Same(mine, zero.Endpoint.Find(s_one));
        Assert.Null(zero.Endpoint.Find(TestEnd.Rank(1, 2)));
    }

    [Fact]
    public void AnOrderlyCloseDeliversWhatWasQueuedBothWays()
    {
        using var zero = new TestEnd(s_zero);
        using var one = new TestEnd(s_one);
        (Connection mine, Connection its) = zero.Connect(one);
        for (ulong i = 0; i < 100; i++)
        {
            mine.TrySend(TestMessages.Note(i, 1000));
            its.TrySend(TestMessages.Note(i, 1000));
        }

        mine.Close();
        Assert.Equal(SendOutcome.Closed, mine.TrySend(TestMessages.Note(100)));
        for (ulong i = 0; i < 100; i++)
        {
            Assert.Equal(i, one.Handler.TakeMessage<Note>().Number);
            Assert.Equal(i, zero.Handler.TakeMessage<Note>().Number);
        }

        Assert.Equal(EndKind.Orderly, one.Handler.TakeClosed().Kind);
        Assert.Equal(EndKind.Orderly, zero.Handler.TakeClosed().Kind);
        Assert.Equal(ConnectionState.Ended, its.State);
        Assert.Null(zero.Endpoint.Find(s_one));
        Assert.Equal((1, 1), (zero.Endpoint.CountOf(EndKind.Orderly), one.Endpoint.CountOf(EndKind.Orderly)));
    }

    [Fact]
    public void AnAbortIsToldToBothEndsOnce()
    {
        using var zero = new TestEnd(s_zero);
        using var one = new TestEnd(s_one);
        (Connection mine, Connection its) = zero.Connect(one);
        mine.Abort("tested");
        mine.Abort("again");
        ConnectionEnd end = zero.Handler.TakeClosed();
        Assert.Equal("Stopped: tested", end.ToString());
        Assert.Equal(EndKind.Reset, one.Handler.TakeClosed().Kind);
        Assert.Equal(SendOutcome.Closed, mine.TrySend(TestMessages.Note(1)));
        its.Close();

        // A new connection begins where nothing of the old is told any more.
        (mine, _) = zero.Connect(one);
        Assert.Equal(SendOutcome.Queued, mine.TrySend(TestMessages.Note(2)));
        Assert.Equal(2u, one.Handler.TakeMessage<Note>().Number);
        Assert.Equal((0, 0), (zero.Handler.Waiting, one.Handler.Waiting));
    }

    [Fact]
    public void TheEndOfAnEndpointIsToldToItsPeers()
    {
        using var one = new TestEnd(s_one);
        using (var zero = new TestEnd(s_zero))
            zero.Connect(one);
        Assert.Equal(EndKind.Reset, one.Handler.TakeClosed().Kind);
    }

    [Fact]
    public void NobodyAtTheAddressIsToldToWhoCalled()
    {
        using var zero = new TestEnd(s_zero);
        IPEndPoint nobody;
        using (var one = new TestEnd(s_one))
            nobody = one.Address;
        Assert.True(zero.Endpoint.TryDial(s_one, nobody));
        Assert.Equal(EndKind.Unreachable, zero.Handler.TakeFailed().Kind);
        Assert.True(zero.Endpoint.TryDial(s_one, nobody));
        Assert.Equal(EndKind.Unreachable, zero.Handler.TakeFailed().Kind);
    }

    [Fact]
    public void AMessageThatCannotBeSentIsRefusedAndHarmsNothing()
    {
        using var zero = new TestEnd(s_zero);
        using var one = new TestEnd(s_one);
        (Connection mine, _) = zero.Connect(one);
        Assert.Equal(SendOutcome.Unsendable, mine.TrySend(TestMessages.Note(1, TestMessages.NoteBytesMax + 1)));
        Assert.Equal(SendOutcome.Queued, mine.TrySend(TestMessages.Note(2, TestMessages.NoteBytesMax)));
        Assert.Equal(2u, one.Handler.TakeMessage<Note>().Number);
    }

    [Fact]
    public void EndsThatCallOneAnotherAtOnceKeepTheCallOfTheLesser()
    {
        for (int round = 0; round < 20; round++)
        {
            using var zero = new TestEnd(s_zero);
            using var one = new TestEnd(s_one);
            Assert.True(zero.Endpoint.TryDial(s_one, one.Address));
            Assert.True(one.Endpoint.TryDial(s_zero, zero.Address));
            Connection mine = LastOpened(zero.Handler);
            Assert.Equal(SendOutcome.Queued, mine.TrySend(TestMessages.Note(7)));
            while (one.Handler.TakeAny() is { } told && told.Subject is not Note { Number: 7 })
                Assert.Contains(told.What, (string[])["opened", "closed", "failed"]);
            Assert.NotNull(one.Endpoint.Find(s_zero));
        }
    }

    [Fact]
    public void AClientIsServedBesideRanks()
    {
        using var zero = new TestEnd(s_zero);
        using var client = new TestEnd(Peer.Of(new ClientId(5)));
        Assert.True(client.Endpoint.TryDial(TestEnd.Rank(0, 0), zero.Address));
        Assert.Equal(s_zero, client.Handler.TakeOpened().Peer);
        Connection its = zero.Handler.TakeOpened();
        Assert.Equal(Peer.Of(new ClientId(5)), its.Peer);
        its.TrySend(TestMessages.Note(3));
        Assert.Equal(3u, client.Handler.TakeMessage<Note>().Number);
    }

    /// <summary>The connection that stays. The other end's call is refused, or came first and gives way to this end's.</summary>
    private static Connection LastOpened(RecordingHandler handler)
    {
        Connection open = handler.TakeOpened();
        while (!open.IsDialler)
        {
            Assert.Equal(EndKind.Superseded, handler.TakeClosed().Kind);
            open = handler.TakeOpened();
        }

        return open;
    }
}
