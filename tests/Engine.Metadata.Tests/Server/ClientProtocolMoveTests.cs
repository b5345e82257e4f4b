// The client's side of capabilities that move, with the messages of two ranks written by hand: what goes along, what is lost, and
// what is asked for.

using Engine.Buffers;

namespace Engine.Metadata.Tests;

/// <summary>A capability that moves from one rank to another, as its client keeps it.</summary>
public sealed class ClientProtocolMoveTests
{
    private const long Second = 1_000_000;
    private const CapBits Writing = CapBits.FileWrite | CapBits.FileBuffer | CapBits.FileExclusive;
    private static readonly Ino s_ino = new(0x2000);
    private static readonly RankId s_old = new(0);
    private static readonly RankId s_new = new(1);

    private readonly ClientProtocol<int>[] _ranks = new ClientProtocol<int>[2];

    public ClientProtocolMoveTests()
    {
        for (int i = 0; i < 2; i++)
        {
            _ranks[i] = new ClientProtocol<int>("here", repeats: true)
            {
                LeaseMicros = 60 * Second, Others = rank => rank.Value < 2 ? _ranks[rank.Value] : null,
            };
            _ranks[i].ChannelBegan();
            _ranks[i].Take(new SessionOpened());
            _ranks[i].Out.Clear();
        }

        ClientRequest request = new(0, ClientOp.Open) { Path = "f"u8.ToArray() };
        Assert.True(Old.Begin(ref request, 0));
        CapGrant grant = new(s_ino, 5, 1, 1, 0, CapBits.Pin | Writing, Writing, IsRevoke: false);
        Old.Take(new ClientReply(request.Tid, IoError.None) { Caps = grant });
    }

    private ClientProtocol<int> Old => _ranks[0];

    private ClientProtocol<int> New => _ranks[1];

    private static CapExport Export => new(s_ino, 5, 0, new CapPeer(s_new, 7, 3, 1));

    private static CapImport Import => new(
        s_ino, 7, 3, 1, CapBits.Pin | Writing, Writing, new CapPeer(s_old, 5, 1, 0), IsRelease: false);

    [Fact]
    public void AFlushThatWasNotAnswered_IsSentAgain_BesideWhatChangedSince()
    {
        Assert.True(Old.TryChange(s_ino, Writing, new CapAttributes { Size = 5 }));
        Old.Flush(s_ino);
        Assert.True(Old.TryChange(s_ino, Writing, new CapAttributes { Size = 6 }));
        Assert.Equal(ClientNewsKind.CapsChanged, Old.Take(Export).Kind);
        Assert.Empty(Old.Caps);
        ClientCap cap = Assert.Single(New.Caps);
        Assert.NotEqual(0ul, cap.FlushTid);
        Assert.Equal([new CapClaim(s_ino, 7, 1)], New.Out);
        New.Out.Clear();
        New.Take(Import);
        CapUpdate flush = Assert.IsType<CapUpdate>(Assert.Single(New.Out));
        Assert.Equal((7ul, Writing, cap.FlushTid, 5L), (flush.CapId, flush.Dirty, flush.FlushTid, flush.Attributes.Size));
        New.Out.Clear();
        New.Take(new CapFlushAck(s_ino, flush.FlushTid, Writing));
        Assert.Equal((0ul, Writing), (cap.FlushTid, cap.Dirty));
        New.Flush(s_ino);
        Assert.Equal(6, Assert.IsType<CapUpdate>(Assert.Single(New.Out)).Attributes.Size);
        Assert.False(Old.TryTakeLoss(out _) || New.TryTakeLoss(out _));
    }

    /// <summary>The rank takes what is below a number that it had for done.</summary>
    [Fact]
    public void AFlushThatMoved_IsNumberedWhenItIsSent()
    {
        Assert.True(Old.TryChange(s_ino, Writing, new CapAttributes { Size = 5 }));
        Old.Flush(s_ino);
        Old.Take(Export);
        ulong before = Assert.Single(New.Caps).FlushTid;
        ClientRequest request = new(0, ClientOp.Open) { Path = "g"u8.ToArray() };
        New.Begin(ref request, 0);
        Ino other = new(0x3000);
        CapGrant grant = new(other, 8, 1, 1, 0, CapBits.Pin | Writing, Writing, IsRevoke: false);
        New.Take(new ClientReply(request.Tid, IoError.None) { Caps = grant });
        Assert.True(New.TryChange(other, Writing, new CapAttributes { Size = 1 }));
        New.Flush(other);
        New.Out.Clear();
        New.Take(Import);
        CapUpdate flush = Assert.IsType<CapUpdate>(Assert.Single(New.Out));
        Assert.True(New.TryGetCap(other, out ClientCap? sent));
        Assert.True(flush.FlushTid > sent.FlushTid && sent.FlushTid > before);
    }

    [Fact]
    public void WhatTheLeaseDidNotCoverAnyMore_DoesNotMove()
    {
        Assert.True(Old.TryChange(s_ino, Writing, new CapAttributes { Size = 5 }));
        Old.NowMicros = New.NowMicros = 61 * Second;
        Old.Take(Export);
        Assert.Equal(CapBits.None, Assert.Single(New.Caps).Dirty);
        Assert.True(Old.TryTakeLoss(out ClientLoss loss));
        Assert.Equal(new ClientLoss(s_ino, Writing, 0), loss);
    }

    [Fact]
    public void WhatTheNewRankDoesNotKnowOf_IsLost()
    {
        Assert.True(Old.TryChange(s_ino, Writing, new CapAttributes { Size = 5 }));
        Old.Take(Export);
        New.Take(new CapExport(s_ino, 7, 1, new CapPeer(s_new, 0, 0, 0)));
        Assert.Empty(New.Caps);
        Assert.True(New.TryTakeLoss(out ClientLoss loss));
        Assert.Equal(new ClientLoss(s_ino, Writing, 0), loss);
    }

    /// <summary>The new rank began anew before it could say anything: its journal knows of the session, and waits for the client
    /// to say what it has.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatOnlyTheOldRankToldOf_IsNamedToTheNewOnesNextLife(bool hasSession)
    {
        if (!hasSession)
            New.Take(new SessionClosed(SessionEnd.Evicted));
        New.ChannelEnded();
        Assert.True(Old.TryChange(s_ino, Writing, new CapAttributes { Size = 5 }));
        Old.Flush(s_ino);
        Old.Take(Export);
        New.ChannelBegan();
        Reconnect said = Assert.IsType<Reconnect>(New.Out[0]);
        CapReconnect item = Assert.Single(said.Caps);
        Assert.Equal((7ul, CapBits.Pin | Writing, Writing), (item.CapId, item.Issued, item.Flushing));
        CapUpdate flush = Assert.IsType<CapUpdate>(New.Out[1]);
        Assert.Equal((item.FlushTid, CapBits.Pin | Writing, 5L), (flush.FlushTid, flush.Retained, flush.Attributes.Size));
        Assert.Equal(hasSession ? 0 : 1, New.Out.OfType<SessionOpen>().Count());
    }

    [Fact]
    public void WhatWasGivenUpMeanwhile_IsGivenUpAtTheNewRank()
    {
        Assert.True(Old.TryRelease(s_ino));
        New.Take(Import);
        Assert.Empty(New.Caps);
        CapRelease release = Assert.IsType<CapRelease>(Assert.Single(New.Out));
        Assert.Equal([new CapReleaseItem(s_ino, 7, 3, 1)], release.Items);
        Assert.Equal(ClientNewsKind.None, Old.Take(Export).Kind);
        Assert.Empty(New.Caps);
    }

    [Fact]
    public void OneWhoseOldRankDoesNotKnow_IsGivenUpThere()
    {
        Old.Out.Clear();
        New.Take(Import with { IsRelease = true });
        Assert.Equal([new CapReleaseItem(s_ino, 5, 1, 0)], Assert.IsType<CapRelease>(Assert.Single(Old.Out)).Items);
        Assert.True(New.TryChange(s_ino, Writing, default));
    }

    [Theory]
    [InlineData(CapBits.AuthExclusive, CapBits.FileWrite, 0x1C0u, 9L)]
    [InlineData(CapBits.FileWrite, CapBits.AuthExclusive, 0x1A4u, 8L)]
    [InlineData(CapBits.FileWrite, CapBits.FileWrite, 0x1A4u, 8L)]
    [InlineData(CapBits.None, CapBits.FileWrite, 0x1A4u, 9L)]
    public void TwoFlushesTogetherSayWhatTheLaterOneSays_WhereItSaysAnything(
        CapBits later, CapBits earlier, uint mode, long modifiedAt)
    {
        CapAttributes one = new() { Mode = 0x1C0, ModifiedAt = 8, ChangedAt = 8, Size = 1 };
        CapAttributes other = new() { Mode = 0x1A4, ModifiedAt = 9, ChangedAt = 7, Size = 2 };
        CapAttributes both = CapAttributes.Over(later, one, earlier, other);
        Assert.Equal((mode, modifiedAt, 2L), (both.Mode, both.ModifiedAt, both.Size));
    }
}
