// The client's side of the protocol alone: what it remembers, says and tells its user when the rank's messages come late, not at
// all, or many at once.

using Engine.Buffers;

namespace Engine.Metadata.Tests;

/// <summary>The client's side of the protocol, with the rank's messages written by hand.</summary>
public sealed class ClientProtocolAloneTests
{
    private const long Second = 1_000_000;
    private const CapBits Writing = CapBits.FileWrite | CapBits.FileBuffer | CapBits.FileExclusive;
    private static readonly Ino s_ino = new(0x2000);
    private static readonly IoError s_noSession = new(107);

    private readonly ClientProtocol<int> _client = new("here", repeats: true)
    {
        IsRefusal = static reply => reply.Error == s_noSession, LeaseMicros = 60 * Second,
    };

    public ClientProtocolAloneTests()
    {
        _client.ChannelBegan();
        _client.Take(new SessionOpened());
        _client.Out.Clear();
    }

    private ClientCap Cap => Assert.Single(_client.Caps);

    [Fact]
    public void AFlushThatNobodyAnswered_IsToldAsLost_WhenTheLeaseIsOver()
    {
        OpenFile();
        Assert.True(_client.TryChange(s_ino, Writing, new CapAttributes { Size = 5 }));
        _client.Flush(s_ino);
        ulong tid = Cap.FlushTid;
        Assert.NotEqual(0ul, tid);
        _client.ChannelEnded();
        _client.NowMicros = 61 * Second;
        _client.ChannelBegan();
        Assert.DoesNotContain(_client.Out, message => message is CapUpdate);
        Assert.Equal(0ul, Cap.FlushTid);
        Assert.True(_client.TryTakeLoss(out ClientLoss loss));
        Assert.Equal(new ClientLoss(s_ino, Writing, tid), loss);
        Assert.False(_client.TryTakeLoss(out _));
    }

    /// <summary>The rank had no room for it when it was asked, and has some now.</summary>
    [Fact]
    public void ASessionThatBeginsLate_IsAskedForAgain()
    {
        var client = new ClientProtocol<int>("here", repeats: true);
        client.ChannelBegan();
        client.Out.Clear();
        Assert.Equal(ClientNewsKind.Ended, client.Take(new SessionClosed(SessionEnd.NoRoom)).Kind);
        Assert.Equal(ClientNewsKind.None, client.Take(new SessionOpened()).Kind);
        Assert.IsType<SessionOpen>(Assert.Single(client.Out));
        Assert.False(client.IsOpen);
        Assert.Equal(ClientNewsKind.Opened, client.Take(new SessionOpened()).Kind);
        Assert.True(client.IsOpen);
    }

    [Fact]
    public void ARequestThatMeetsNoSession_StaysTheClients_WithoutBeingTold()
    {
        var client = new ClientProtocol<int>("here", repeats: false);
        client.ChannelBegan();
        client.Take(new SessionOpened());
        client.Out.Clear();
        var request = new ClientRequest(0, ClientOp.Create);
        Assert.True(client.Begin(ref request, 0));
        ClientReply reply = new(request.Tid, s_noSession);
        Assert.Equal(ClientNewsKind.Refused, client.Take(reply).Kind);
        Assert.Equal(1, client.PendingCount);
        Assert.Equal(["Reconnect", "ClientRequest"], client.Out.Select(message => message.GetType().Name));
        Assert.Equal(ClientNewsKind.Answered, client.Take(reply with { Error = IoError.None }).Kind);
        Assert.Equal(0, client.PendingCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AChangeThatWasNotSent_IsToldAsLost_WithItsBits(bool isStale)
    {
        OpenFile();
        Assert.True(_client.TryChange(s_ino, Writing, new CapAttributes { Size = 5 }));
        if (isStale)
            Assert.Equal(ClientNewsKind.CapsChanged, _client.Take(new SessionStale()).Kind);
        else
            _client.NowMicros = 61 * Second;
        Assert.False(_client.TryChange(s_ino, Writing, new CapAttributes { Size = 6 }));
        Assert.True(_client.TryTakeLoss(out ClientLoss loss));
        Assert.Equal(new ClientLoss(s_ino, Writing, 0), loss);
        Assert.False(_client.TryTakeLoss(out _));
    }

    [Theory]
    [InlineData("session")]
    [InlineData("capability")]
    [InlineData("number")]
    public void WhatGoesWithItsCapability_IsToldAsLost(string what)
    {
        OpenFile();
        Assert.True(_client.TryChange(s_ino, Writing, new CapAttributes { Size = 5 }));
        _client.Flush(s_ino);
        Assert.True(_client.TryChange(s_ino, CapBits.FileWrite, new CapAttributes { Size = 6 }));
        if (what == "session")
            _client.Take(new SessionClosed(SessionEnd.Evicted));
        else if (what == "capability")
            _client.Take(new CapExport(s_ino, 1, 0, new CapPeer(new RankId(0), 0, 0, 0)));
        else
            OpenFile(capId: 2);
        Assert.True(_client.TryTakeLoss(out ClientLoss loss));
        Assert.Equal(new ClientLoss(s_ino, Writing, 1), loss);
    }

    [Fact]
    public void WhatWasAnswered_IsNotLost()
    {
        OpenFile();
        Assert.True(_client.TryChange(s_ino, Writing, new CapAttributes { Size = 5 }));
        _client.Flush(s_ino);
        _client.Take(new CapFlushAck(s_ino, Cap.FlushTid, Writing));
        _client.NowMicros = 61 * Second;
        _client.Renew();
        _client.Take(new SessionClosed(SessionEnd.Evicted));
        Assert.False(_client.TryTakeLoss(out _));
    }

    [Fact]
    public void WhatTheRankDidNotTake_IsToldAsLost()
    {
        OpenFile();
        Assert.True(_client.TryChange(s_ino, Writing, new CapAttributes { Size = 5 }));
        _client.Flush(s_ino);
        _client.Take(new CapFlushAck(s_ino, Cap.FlushTid, CapBits.None));
        Assert.True(_client.TryTakeLoss(out ClientLoss loss));
        Assert.Equal(new ClientLoss(s_ino, Writing, 1), loss);
    }

    [Fact]
    public void WhoIsRefusedManyTimes_ComesBackOnce()
    {
        const int Requests = 20;
        for (int i = 0; i < Requests; i++)
            Begin();
        for (int i = 1; i <= Requests; i++)
            Assert.Equal(ClientNewsKind.Refused, _client.Take(new ClientReply((ulong)i, s_noSession)).Kind);
        Assert.Single(_client.Out, message => message is Reconnect);
        Assert.Equal(1 + Requests, _client.Out.Count);

        // Refused once more, what it said was lost: it says that again.
        _client.Out.Clear();
        for (int i = 1; i <= Requests; i++)
            _client.Take(new ClientReply((ulong)i, s_noSession));
        Assert.Single(_client.Out, message => message is Reconnect);
    }

    /// <summary>The failure of the first sending may be on its way: a second one could be done behind it.</summary>
    [Fact]
    public void OnlyWhatWasRefused_IsSentAgain()
    {
        ClientProtocol<int> client = new("here", repeats: true) { IsRefusal = static reply => reply.Error == IoError.Again };
        client.ChannelBegan();
        client.Take(new SessionOpened());
        client.Out.Clear();
        ClientRequest request = new(0, ClientOp.Create);
        Assert.True(client.Begin(ref request, 0));
        Assert.False(client.TryRepeat(request.Tid));
        Assert.Empty(client.Out);
        Assert.Equal(ClientNewsKind.Refused, client.Take(new ClientReply(request.Tid, IoError.Again)).Kind);
        Assert.True(client.TryRepeat(request.Tid));
        Assert.Equal([request], client.Out);
        Assert.False(client.TryRepeat(request.Tid));
        Assert.Equal([request], client.Out);

        // Behind the end of a channel all is sent again: that is enough.
        client.Take(new ClientReply(request.Tid, IoError.Again));
        client.ChannelEnded();
        client.ChannelBegan();
        Assert.Single(client.Out, request);
        Assert.False(client.TryRepeat(request.Tid));
        Assert.Single(client.Out, request);
        Assert.Equal(ClientNewsKind.Answered, client.Take(new ClientReply(request.Tid, IoError.Exists)).Kind);
        Assert.False(client.TryRepeat(request.Tid));
        Assert.Single(client.Out, request);
    }

    [Fact]
    public void RenewalsWithoutAnAnswer_AreNotRememberedForEver()
    {
        OpenFile();
        _client.Out.Clear();
        for (int i = 0; i < 100; i++)
        {
            _client.NowMicros += Second / 2;
            _client.Renew();
        }

        ulong[] sent = [.. _client.Out.OfType<SessionRenew>().Select(renew => renew.Seq)];
        Assert.Equal(100, sent.Length);

        // Forgotten: the lease is that of the opening. The next is remembered.
        _client.Take(new SessionRenewed(sent[80]));
        _client.NowMicros = 60 * Second;
        Assert.False(_client.TryChange(s_ino, Writing, default));
        _client.Take(new SessionRenewed(sent[90]));
        _client.Take(Grant(1));
        Assert.True(_client.TryChange(s_ino, Writing, default));
    }

    [Fact]
    public void WhereNothingCanBeStored_TheClientHasToAsk()
    {
        OpenFile();
        Assert.True(_client.TryChange(s_ino, Writing, default));
        Assert.Equal(ClientNewsKind.CapsChanged, _client.Take(new SessionReadOnly()).Kind);
        Assert.True(_client.IsReadOnly);
        Assert.False(_client.TryChange(s_ino, Writing, default));

        // What was changed before is flushed all the same.
        _client.Flush(s_ino);
        Assert.Contains(_client.Out, message => message is CapUpdate { Dirty: Writing });
        _client.ChannelEnded();
        _client.ChannelBegan();
        Assert.False(_client.IsReadOnly);
        Assert.True(_client.TryChange(s_ino, Writing, default));
    }

    private static CapGrant Grant(ulong capId) => new(s_ino, capId, 1, 1, 0, CapBits.Pin | Writing, Writing, IsRevoke: false);

    private void OpenFile(ulong capId = 1)
    {
        ulong tid = Begin();
        _client.Take(new ClientReply(tid, IoError.None) { Caps = Grant(capId) });
    }

    private ulong Begin()
    {
        ClientRequest request = new(0, ClientOp.Open);
        Assert.True(_client.Begin(ref request, 0));
        return request.Tid;
    }
}
