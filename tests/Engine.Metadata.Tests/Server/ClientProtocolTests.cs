// The client's side of the protocol against a whole rank: what it puts out goes to the rank, what the rank tells it comes back,
// until both are silent.

using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Sessions, requests and capabilities as a client keeps them.</summary>
public sealed class ClientProtocolTests : IDisposable
{
    private const int Before = 1000;
    private const long Second = 1_000_000;
    private const CapBits Writing = CapBits.FileWrite | CapBits.FileBuffer | CapBits.FileExclusive;
    private static readonly ClientId s_me = new(1);

    private readonly RankHarness _rank = new(
        options => options with { SegmentEventsMax = 16, SegmentsMax = 2, ReconnectMicros = 45 * Second });

    private readonly ClientProtocol<string> _client = new("here", repeats: true)
    {
        IsRefusal = static reply => reply.Error == IoError.Again, LeaseMicros = 60 * Second,
    };

    private readonly List<ClientNews<string>> _news = [];
    private readonly List<ulong> _asked = [];
    private readonly Dictionary<ulong, int> _heard = [];
    private int _told;

    public ClientProtocolTests()
    {
        // The client under test answers for itself.
        _rank.AnswerTo = static _ => new SessionFlushAck(0);
        // Apart from the numbers that the harness gives.
        for (int i = 0; i < Before; i++)
            _client.NextTid();
        _rank.Start();
    }

    public void Dispose() => _rank.Dispose();

    [Fact]
    public void RequestsWaitForTheSession_AndAreNumbered()
    {
        Assert.False(Ask(ClientOp.MakeDirectory, "/d", "first"));
        Assert.False(Ask(ClientOp.Create, "/d/f", "second"));
        _client.ChannelBegan();
        Assert.Equal([new SessionOpen("here")], _client.Out);
        Pump();
        Assert.True(_client.IsOpen);
        Assert.Equal(["first", "second"], Safe().Select(news => news.State));
        Assert.Equal([Before + 1ul, Before + 2ul], Safe().Select(news => news.Request!.Tid));
        Assert.Equal(0, _client.PendingCount);
        Assert.True(Ask(ClientOp.Create, "/d/f", "third"));
        Assert.Equal(IoError.Exists, Safe()[^1].Reply!.Error);
    }

    [Fact]
    public void WhatWasNotAnswered_IsSentAgain_AndDoneOnce()
    {
        Open();
        _rank.MemoryLog.StallsFlushes = true;
        Ask(ClientOp.Create, "/a", "a");
        Ask(ClientOp.Create, "/b", "b");
        Assert.All(_news, news => Assert.False(news.Reply is { IsSafe: true, Error.IsNone: true }));
        Assert.Equal(2, _client.PendingCount);

        // One channel ends, the rank lives on; then the rank dies too.
        _client.ChannelEnded();
        _rank.Rank.Step(new RankEvent(RankEventKind.PeerGone, From: Peer.Of(s_me)));
        _client.ChannelBegan();
        Pump();
        Restart();
        Assert.Equal(["a", "b"], Safe().Select(news => news.State));
        Assert.All(Safe(), news => Assert.Equal(IoError.None, news.Reply!.Error));
        Assert.Equal(["a", "b"], Names());
        Assert.Equal(0, _client.PendingCount);
    }

    [Fact]
    public void WhoIsToldToGiveBack_FlushesFirst()
    {
        Open();
        Ino ino = OpenFile("/f");
        Assert.True(_client.TryGetCap(ino, out ClientCap? cap));
        Assert.Equal(Writing, cap.Caps & Writing);
        Assert.True(_client.TryChange(ino, Writing, new CapAttributes { Size = 4711 }));
        Assert.Equal(4711, SizeThatAnotherSees("/f"));
        Assert.Equal((0ul, CapBits.None), (cap.FlushTid, cap.Dirty));

        // It has everything again, and gives it up itself.
        Assert.Equal(Writing, cap.Caps & Writing);
        Assert.True(_client.TryRelease(ino));
        Pump();
        Assert.False(_rank.Rank.Caps.TryGet(ino, s_me, out _));
        Assert.False(_client.TryChange(ino, Writing, default));
    }

    [Fact]
    public void CapabilitiesAndFlushes_SurviveARestart()
    {
        Open();
        Ino ino = OpenFile("/f");
        Assert.True(_client.TryChange(ino, Writing, new CapAttributes { Size = 99 }));
        _rank.MemoryLog.StallsFlushes = true;
        _client.Flush(ino);
        Pump();
        Assert.True(_client.TryGetCap(ino, out ClientCap? cap));
        Assert.NotEqual(0ul, cap.FlushTid);
        Assert.True(_client.TryChange(ino, Writing, new CapAttributes { Size = 100 }));
        Assert.False(_client.TryRelease(ino));
        Restart();
        Assert.Equal(0ul, cap.FlushTid);
        Assert.True(_rank.Rank.Caps.TryGet(ino, s_me, out Cap held));
        Assert.Equal(Writing, held.Pending & Writing);
        _client.Flush(ino);
        Pump();
        Assert.Equal((0ul, CapBits.None), (cap.FlushTid, cap.Dirty));
        Assert.Equal(100, SizeThatAnotherSees("/f"));
    }

    /// <summary>A close is a request: the client has the capability no more once it asks, and comes back without it.</summary>
    [Fact]
    public void WhoClosesAFile_GivesItUp()
    {
        Open();
        Ino ino = OpenFile("/f");
        Assert.True(_client.TryChange(ino, Writing, new CapAttributes { Size = 4 }));
        ClientRequest close = new(0, ClientOp.Close) { Base = ino };
        Assert.Throws<InvariantException>(() => _client.Begin(ref close, "too early"));
        _client.Flush(ino);
        Pump();
        Assert.True(_client.Begin(ref close, "close"));
        Assert.False(_client.TryGetCap(ino, out _));
        Assert.Empty(_client.Out);
        _client.ChannelEnded();
        _rank.Rank.Step(new RankEvent(RankEventKind.PeerGone, From: Peer.Of(s_me)));
        _asked.Add(close.Tid);
        _client.ChannelBegan();
        Assert.Empty(Assert.IsType<Reconnect>(_client.Out[0]).Caps);
        Pump();
        Assert.Equal("close", Safe()[^1].State);
        Assert.False(_rank.Rank.Caps.TryGet(ino, s_me, out _));
    }

    [Fact]
    public void SilenceTakesTheBits_AndThenTheSession()
    {
        Open();
        Ino ino = OpenFile("/f");
        _rank.Advance(50 * Second);
        _client.Renew();
        Pump();
        Assert.Contains(_rank.Told, told => told.Message is SessionRenewed);
        _rank.Advance(62 * Second);
        Pump();
        Assert.True(_client.TryGetCap(ino, out ClientCap? cap));
        Assert.Equal(Writing, cap.Caps & Writing);
        _rank.Advance(400 * Second);
        Ask(ClientOp.Create, "/late", "late");
        Pump();
        Assert.Contains(_news, news => news.Kind == ClientNewsKind.Ended);
        Assert.Equal((false, 0), (_client.IsOpen, _client.Caps.Count));
        _client.ChannelBegan();
        Pump();
        Assert.True(_client.IsOpen);
    }

    /// <summary>The channel hangs: the rank takes the client to be silent and gives others what it had, and restarts before it
    /// could say so. The client knows by its own time.</summary>
    [Fact]
    public void WhoIsNotAnswered_ClaimsNothingBack()
    {
        Open();
        Ino ino = OpenFile("/f");
        Assert.True(_client.TryGetCap(ino, out ClientCap? cap));
        _client.NowMicros = 50 * Second;
        _client.Renew();
        Pump();
        _client.NowMicros = 100 * Second;
        Assert.True(_client.TryChange(ino, Writing, new CapAttributes { Size = 5 }));

        // The renewal of now is lost: what counts is when that before it was sent.
        _client.Renew();
        _client.Out.Clear();
        _client.NowMicros = 110 * Second;
        _client.ChannelEnded();
        _client.ChannelBegan();
        CapReconnect said = Assert.Single(Assert.IsType<Reconnect>(_client.Out[0]).Caps);
        Assert.Equal((CapBits.Pin, CapBits.None), (said.Issued, said.Flushing));
        Assert.Equal((CapBits.Pin, CapBits.None), (cap.Caps, cap.Dirty));
        Assert.False(_client.TryChange(ino, Writing, default));
    }

    [Fact]
    public void WhoIsAnsweredAgain_GetsItsBitsBack()
    {
        Open();
        Ino ino = OpenFile("/f");
        _client.NowMicros = 61 * Second;
        Assert.False(_client.TryChange(ino, Writing, new CapAttributes { Size = 5 }));
        _client.Renew();
        Pump();
        Assert.True(_client.TryChange(ino, Writing, new CapAttributes { Size = 6 }));
        Assert.Equal(6, SizeThatAnotherSees("/f"));
    }

    private void Open()
    {
        _client.ChannelBegan();
        Pump();
        Assert.True(_client.IsOpen);
    }

    private Ino OpenFile(string path)
    {
        Ask(ClientOp.Create, path, path, OpenFlags.Keep | OpenFlags.Write | OpenFlags.Read);
        Pump();
        return Safe()[^1].Reply!.Stat.Ino;
    }

    private void Restart()
    {
        _client.ChannelEnded();
        _rank.Crash();
        _rank.Start();
        _client.ChannelBegan();
        Pump();
        _rank.Advance(50 * Second);
        Pump();
        Assert.Equal(RankState.Active, _rank.Rank.State);
    }

    /// <summary>It waits for what the client has.</summary>
    private long SizeThatAnotherSees(string path)
    {
        ulong tid = _rank.Submit(new ClientRequest(0, ClientOp.GetAttributes) { Path = Encoding.UTF8.GetBytes(path) }, client: 2);
        _rank.Run();
        Assert.Empty(_rank.RepliesTo(tid));
        Pump();
        return Assert.Single(_rank.RepliesTo(tid)).Stat.Size;
    }

    private List<string> Names()
    {
        ClientReply reply = _rank.Call(new ClientRequest(0, ClientOp.ReadDirectory), client: 2);
        return [.. reply.Items.Select(item => Encoding.UTF8.GetString(item.Name.Span)).Order(StringComparer.Ordinal)];
    }

    private List<ClientNews<string>> Safe() =>
        _news.FindAll(news => news is { Kind: ClientNewsKind.Answered, Reply.IsSafe: true });

    private bool Ask(ClientOp op, string path, string state, OpenFlags flags = OpenFlags.None)
    {
        ClientRequest request = new(0, op) { Path = Encoding.UTF8.GetBytes(path), Flags = flags };
        bool isOpen = _client.Begin(ref request, state);
        _asked.Add(request.Tid);
        if (!isOpen)
            return false;
        _rank.Tell(s_me.Value, request);
        Pump();
        return true;
    }

    private void Pump()
    {
        bool hasMore = true;
        while (hasMore)
        {
            Message[] messages = [.. _client.Out];
            _client.Out.Clear();
            foreach (Message message in messages)
                _rank.Tell(s_me.Value, message);
            hasMore = messages.Length > 0;
            for (; _told < _rank.Told.Count; _told++)
            {
                if (_rank.Told[_told].Client == s_me)
                    _news.Add(_client.Take(_rank.Told[_told].Message));
            }

            foreach (ulong tid in _asked)
            {
                for (int next = _heard.GetValueOrDefault(tid); next < _rank.RepliesTo(tid).Count; next++)
                {
                    _heard[tid] = next + 1;
                    _news.Add(_client.Take(_rank.RepliesTo(tid)[next]));
                }
            }

            hasMore |= _client.Out.Count > 0;
        }
    }
}
