// A peer made of raw bytes sends what may not come. The endpoint's pool is a diagnostic one: a page that a broken transfer left
// behind fails the test.

using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster.Tests;

/// <summary>What is done about a peer that sends what may not come: its connection ends, with a reason, and is
/// counted.</summary>
public sealed class DamageTests
{
    private static readonly Peer s_zero = TestEnd.Rank(0);
    private static readonly Peer s_one = TestEnd.Rank(1);

    [Fact]
    public void ADamagedHeaderEndsTheConnection()
    {
        byte[] frame = Frames.Note(1, 100);
        frame[9] ^= 1;
        Assert.Equal(FrameProblemKind.HeaderChecksum, EndedBy(frame));
    }

    [Fact]
    public void ADamagedBodyEndsTheConnection()
    {
        byte[] frame = Frames.Note(1, 100);
        frame[^1] ^= 1;
        Assert.Equal(FrameProblemKind.BodyChecksum, EndedBy(frame));
    }

    [Fact]
    public void DamagedPagesEndTheConnection()
    {
        byte[] frame = FrameSamples.Pages(FrameFlags.First | FrameFlags.Last, 1, 0, Frames.Opening(1), (16, 5000, 300));
        frame[^1] ^= 1;
        Assert.Equal(FrameProblemKind.BodyChecksum, EndedBy(frame));
    }

    [Fact]
    public void WhatIsNoMessageEndsTheConnection()
    {
        Assert.Equal(FrameProblemKind.Message, EndedBy(FrameSamples.Of(FrameKind.Message, [1, 2, 3])));
        Assert.Equal(
            FrameProblemKind.Message, EndedBy(FrameSamples.Pages(FrameFlags.First, 1, 0, [1, 2, 3], (16, 5000, 300))));
    }

    [Fact]
    public void AFrameThatMayNotComeNowEndsTheConnection()
    {
        byte[] hello = FrameSamples.Of(FrameKind.Hello, FrameSamples.Body(RawPeer.Hello(s_one, s_zero)));
        Assert.Equal(FrameProblemKind.NotNow, EndedBy(hello));
        Assert.Equal(FrameProblemKind.NotNow, EndedBy(FrameSamples.Of(FrameKind.Message, Frames.Opening(1))));
        Assert.Equal(FrameProblemKind.Number, EndedBy(FrameSamples.Of(FrameKind.Withdrawn, [], transfer: 1)));
    }

    [Fact]
    public void PagesOutOfOrderEndTheConnection()
    {
        byte[] first = FrameSamples.Pages(FrameFlags.First, 3, 0, Frames.Opening(1), (16, 5000, 300));
        byte[] third = FrameSamples.Pages(FrameFlags.None, 3, 2, [], (16, 5000, 300));
        byte[] other = FrameSamples.Pages(FrameFlags.None, 4, 1, [], (16, 5000, 300));
        byte[] earlier = FrameSamples.Pages(FrameFlags.First, 2, 0, Frames.Opening(1), (16, 5000, 300));
        byte[] isSealed = FrameSamples.Pages(FrameFlags.Sealed, 3, 1, [], (16, 5000, 300));
        Assert.Equal(FrameProblemKind.Number, EndedBy(third));
        Assert.Equal(FrameProblemKind.Number, EndedBy([.. first, .. third]));
        Assert.Equal(FrameProblemKind.Number, EndedBy([.. first, .. other]));
        Assert.Equal(FrameProblemKind.Number, EndedBy([.. first, .. earlier]));
        Assert.Equal(FrameProblemKind.Number, EndedBy([.. first, .. first]));
        Assert.Equal(FrameProblemKind.Flags, EndedBy([.. first, .. isSealed]));
    }

    [Fact]
    public void WhoHasNotGreetedIsCutOffAndNobodyIsTold()
    {
        using var zero = new TestEnd(s_zero);
        using var stranger = new RawPeer(zero.Address);
        stranger.Send("GET / HTTP/1.1\r\nHost: nobody\r\n\r\n"u8);
        stranger.ReceiveEnd();
        using var hasty = new RawPeer(zero.Address);
        hasty.Send(Frames.Note(1));
        hasty.ReceiveEnd();
        Assert.True(SpinWait.SpinUntil(() => zero.Endpoint.CountOf(EndKind.Damaged) == 2, TimeSpan.FromSeconds(60)));
        Assert.Equal(0, zero.Handler.Waiting);
    }

    [Fact]
    public void AClientSendsNoPages()
    {
        using var zero = new TestEnd(s_zero);
        using RawPeer client = new RawPeer(zero.Address).Enter(Peer.Of(new ClientId(3)), s_zero);
        zero.Handler.TakeOpened();
        client.Send(FrameSamples.Pages(FrameFlags.First, 1, 0, Frames.Opening(1), (16, 5000, 300)));
        Assert.Equal(FrameProblemKind.NotNow, zero.Handler.TakeClosed().Problem);
    }

    [Fact]
    public void ALostConnectionWithinAFrameIsAReset()
    {
        using var zero = new TestEnd(s_zero);
        using RawPeer one = new RawPeer(zero.Address).Enter(s_one, s_zero);
        zero.Handler.TakeOpened();
        one.Send(Frames.Note(1));
        one.Send(Frames.Note(2, 100).AsSpan(0, 60));
        one.EndSend();
        Assert.Equal(1u, zero.Handler.TakeMessage<Note>().Number);
        ConnectionEnd end = zero.Handler.TakeClosed();
        Assert.Equal((EndKind.Reset, FrameProblemKind.Truncated), (end.Kind, end.Problem));
    }

    [Fact]
    public void AFrameMayComeInAnyParts()
    {
        using var zero = new TestEnd(s_zero);
        using RawPeer one = new RawPeer(zero.Address).Enter(s_one, s_zero);
        zero.Handler.TakeOpened();
        byte[] pages = FrameSamples.Pages(
            FrameFlags.First | FrameFlags.Last, 1, 0, Frames.Opening(7), (16, 900, 30), (16, 10, 0));
        byte[] all = [.. Frames.Note(1, 50), .. pages, .. Frames.Note(2)];
        foreach (byte each in all)
            one.Send([each]);
        Assert.Equal(1u, zero.Handler.TakeMessage<Note>().Number);
        Cargo cargo = zero.Handler.TakeMessage<Cargo>();
        Assert.Equal((7u, 2, 940L), (cargo.Number, cargo.Pages.Count, cargo.Pages.Bytes));
        PagePiece first = cargo.Pages[0];
        Assert.Equal(Enumerable.Range(0, 900).Select(i => (byte)i), first.Pool.Span(first.Handle)[..900].ToArray());
        Assert.Equal(Enumerable.Range(900, 30).Select(i => (byte)i), first.Pool.Span(first.Handle)[^30..].ToArray());
        cargo.Pages.Dispose();
        Assert.Equal(2u, zero.Handler.TakeMessage<Note>().Number);
    }

    /// <summary>What the connection ended by when these bytes came; that was told once, nothing else was, and no page is
    /// left.</summary>
    private static FrameProblemKind EndedBy(byte[] bytes)
    {
        using var zero = new TestEnd(s_zero);
        using RawPeer one = new RawPeer(zero.Address).Enter(s_one, s_zero);
        zero.Handler.TakeOpened();
        one.Send(bytes);
        ConnectionEnd end = zero.Handler.TakeClosed();
        Assert.Equal(EndKind.Damaged, end.Kind);
        Assert.DoesNotContain('\n', end.ToString());
        Assert.Equal((0, 0, 1), (zero.Handler.Waiting, zero.PagesOut, zero.Endpoint.CountOf(EndKind.Damaged)));
        return end.Problem;
    }
}
