// Sessions through a whole rank: who may ask, what survives a restart, what a request that comes again does, and how much the
// rank remembers of it all. Time stands until a test moves it.

using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Sessions of a rank: who may ask, what survives a restart, what a request that comes again does.</summary>
public sealed class RankSessionTests : IDisposable
{
    private const long Second = 1_000_000;
    private static readonly IoError s_noSession = new(107);
    private static readonly ClientId s_first = new(1);
    private readonly RankHarness _rank =
        new RankHarness(options => options with { SegmentEventsMax = 8, SegmentsMax = 2, ReconnectMicros = 45 * Second })
        {
            Wire = new WireCarrier(),
        };

    public RankSessionTests() => _rank.Start();

    public void Dispose() => _rank.Dispose();

    [Fact]
    public void WhoHasNoSessionIsToldSo()
    {
        Make("/a");
        _rank.Tell(1, new SessionClose(0));
        Assert.Equal(new SessionClosed(SessionEnd.Closed), _rank.Told[^1].Message);
        Assert.Equal(s_noSession, Make("/b").Error);
    }

    [Fact]
    public void ASessionSurvivesACrash_AndRequestsWaitUntilAllAreBack()
    {
        Make("/a");
        Make("/b", client: 2);
        _rank.Crash();
        _rank.Start();
        Assert.Equal(RankState.Reconnect, _rank.Rank.State);
        _rank.Tell(1, new Reconnect([]));
        ulong tid = Ask("/c");
        Assert.Empty(_rank.RepliesTo(tid));
        _rank.Tell(2, new Reconnect([]));
        Assert.Equal(RankState.Active, _rank.Rank.State);
        Assert.True(_rank.RepliesTo(tid)[^1].Error.IsNone);
        Assert.Equal([s_first, new ClientId(2)], _rank.Rank.Sessions.Sessions.Select(session => session.Client));
    }

    [Fact]
    public void WhoDoesNotComeBackIsEnded()
    {
        Make("/a");
        Make("/b", client: 2);
        _rank.Crash();
        _rank.Start();
        _rank.Tell(1, new Reconnect([]));
        _rank.Advance(46 * Second);
        Assert.Equal(RankState.Active, _rank.Rank.State);
        Assert.Equal(s_first, Assert.Single(_rank.Rank.Sessions.Sessions).Client);
        Assert.Contains((new ClientId(2), new SessionClosed(SessionEnd.Evicted)), _rank.Told);
        _rank.Tell(2, new Reconnect([]));
        Assert.Equal((new ClientId(2), new SessionClosed(SessionEnd.Unknown)), _rank.Told[^1]);
    }

    [Fact]
    public void SilenceMakesAClientStaleAndEndsIt()
    {
        Make("/a");
        _rank.Advance(62 * Second);
        Assert.Equal((s_first, new SessionStale()), _rank.Told[^1]);
        _rank.Tell(1, new SessionRenew(3));
        Assert.Equal(SessionState.Open, _rank.Rank.Sessions.Find(s_first)!.State);
        _rank.Advance(302 * Second);
        Assert.Equal((s_first, new SessionClosed(SessionEnd.Evicted)), _rank.Told[^1]);
        Assert.Null(_rank.Rank.Sessions.Find(s_first));
    }

    /// <summary>What clients said meanwhile comes behind the tick.</summary>
    [Fact]
    public void ARankThatWasStopped_EndsNobodyForIt()
    {
        Make("/a");
        Make("/b", client: 2);
        _rank.Sleep(400 * Second);
        _rank.Advance(0);
        _rank.Tell(1, new SessionRenew(3));
        Assert.Equal((s_first, new SessionRenewed(3)), _rank.Told[^1]);
        Assert.DoesNotContain(_rank.Told, told => told.Message is SessionClosed or SessionStale);

        // Who is silent from then on is ended all the same.
        _rank.Advance(295 * Second);
        _rank.Tell(1, new SessionRenew(4));
        _rank.Advance(10 * Second);
        Assert.Contains((new ClientId(2), new SessionClosed(SessionEnd.Evicted)), _rank.Told);
        Assert.Equal(s_first, Assert.Single(_rank.Rank.Sessions.Sessions).Client);
    }

    [Fact]
    public void ARankThatIsStoppedWhileClientsComeBack_WaitsForThem()
    {
        Make("/a");
        _rank.Crash();
        _rank.Start();
        _rank.Sleep(60 * Second);
        _rank.Advance(0);
        Assert.Equal(RankState.Reconnect, _rank.Rank.State);
        _rank.Tell(1, new Reconnect([]));
        Assert.Equal((RankState.Active, s_first), (_rank.Rank.State, Assert.Single(_rank.Rank.Sessions.Sessions).Client));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ARequestThatComesAgainIsAnsweredAndNotDone(bool crashes)
    {
        ClientRequest request = Create("/a");
        ulong tid = _rank.Submit(request with { OldestTid = 1 });
        _rank.Run();
        ClientReply first = _rank.RepliesTo(tid)[^1];
        // Many more, so that its event is gone with its segment.
        for (int i = 0; i < 40; i++)
            Assert.True(_rank.Call(Create($"/b{i}") with { OldestTid = 1 }).Error.IsNone);
        if (crashes)
        {
            _rank.Crash();
            _rank.Start();
        }
        else
        {
            _rank.Rank.Step(new RankEvent(RankEventKind.PeerGone, From: Peer.Of(s_first)));
        }

        _rank.Tell(1, new Reconnect([]));
        _rank.Tell(1, request with { Tid = tid, OldestTid = 1 });
        ClientReply again = _rank.RepliesTo(tid)[^1];
        Assert.Equal((IoError.None, first.Stat.Ino), (again.Error, again.Stat.Ino));
        Assert.Equal(41, _rank.List("/").Count);

        // Without a word about that it is done again.
        Assert.Equal(IoError.Exists, _rank.Call(request).Error);
    }

    [Fact]
    public void WhoAcknowledgesNothingIsRefusedInTheEnd()
    {
        // The table goes into the head of every segment.
        using RankHarness rank = new RankHarness().Start();
        for (int i = 0; i < Session.CompletedMax; i++)
            Assert.True(rank.Call(Create($"/{i}") with { OldestTid = 1 }).Error.IsNone);
        Assert.Equal(IoError.Again, rank.Call(Create("/x") with { OldestTid = 1 }).Error);
        Assert.True(rank.Call(Create("/x") with { OldestTid = 100 }).Error.IsNone);
    }

    [Fact]
    public void WhatAllTogetherLeaveUnacknowledgedIsBounded()
    {
        const int Clients = 40;
        using RankHarness rank = new(options => options with { SegmentEventsMax = 64 });
        rank.MemoryLog.RecordBytesMax = 64 << 10;
        rank.Start();
        int refused = 0;
        for (int i = 0; i < 8000; i++)
        {
            IoError error = rank.Call(Create($"/{i}") with { OldestTid = 1 }, client: 1 + (i % Clients)).Error;
            Assert.True(error.IsNone || error == IoError.Again, error.Name);
            refused += error.Failed ? 1 : 0;
        }

        Assert.InRange(refused, 5000, 7999);
        Assert.Equal(RankState.Active, rank.Rank.State);

        // Whoever acknowledges goes on, and so does who comes anew.
        Assert.True(rank.Call(Create("/x") with { OldestTid = 8000 }, client: 3).Error.IsNone);
        Assert.True(rank.Call(Create("/y") with { OldestTid = 1 }, client: 99).Error.IsNone);
        rank.Crash();
        rank.Start();
        Assert.Equal(RankState.Active, rank.Rank.State);
        Assert.Equal(8002 - refused, rank.List("/", 10_000).Count);
    }

    [Fact]
    public void SessionsAreRefusedBeforeTheirTableIsTooLong()
    {
        using RankHarness rank = new();
        rank.MemoryLog.RecordBytesMax = 64 << 10;
        rank.Start();
        for (int i = 1; i <= 2000; i++)
            rank.Tell(i, new SessionOpen(new string('a', 200)));
        Assert.InRange(rank.Rank.Sessions.Sessions.Count, 20, 60);
        Assert.Equal(new SessionClosed(SessionEnd.Unknown), rank.Told[^1].Message);
        Assert.Equal(RankState.Active, rank.Rank.State);
    }

    [Fact]
    public void ANewLifeOfAClientHasASessionOfItsOwn()
    {
        ulong tid = _rank.Submit(Create("/a") with { OldestTid = 1, Flags = OpenFlags.Keep | OpenFlags.Read });
        _rank.Run();
        Assert.Equal(1, _rank.Rank.Caps.Count);
        _rank.Rank.Step(new RankEvent(RankEventKind.PeerGone, From: Peer.Of(s_first)));
        _rank.Tell(1, new SessionOpen("again"));
        Assert.Equal(0, _rank.Rank.Caps.Count);
        _rank.Tell(1, Create("/a") with { Tid = tid, OldestTid = tid });
        Assert.Equal(IoError.Exists, _rank.RepliesTo(tid)[^1].Error);
    }

    /// <summary>The session of its former life cannot end while an import holds it.</summary>
    [Fact]
    public void ANewLifeOfAClientWaitsWhileAnImportHoldsTheSessionOfTheOneBefore()
    {
        ulong tid = _rank.Submit(Create("/a") with { OldestTid = 1 });
        _rank.Run();
        _rank.Rank.Step(new RankEvent(RankEventKind.PeerGone, From: Peer.Of(s_first)));
        _rank.Rank.Sessions.Find(s_first)!.ImportingCount++;
        int told = _rank.Told.Count;
        _rank.Tell(1, new SessionOpen("again"));
        _rank.Advance(Second);
        Assert.Equal(told, _rank.Told.Count);
        _rank.Rank.Sessions.EndImport(s_first);
        _rank.Advance(Second);
        Assert.Equal([new SessionOpened()], _rank.Told.Skip(told).Select(each => each.Message));
        _rank.Tell(1, Create("/a") with { Tid = tid, OldestTid = tid });
        Assert.Equal(IoError.Exists, _rank.RepliesTo(tid)[^1].Error);
    }

    private static ClientRequest Create(string path) => new(0, ClientOp.Create) { Path = Encoding.UTF8.GetBytes(path) };

    private ClientReply Make(string path, long client = 1) => _rank.Call(Create(path), client);

    private ulong Ask(string path)
    {
        ulong tid = _rank.Submit(Create(path));
        _rank.Run();
        return tid;
    }
}
