// A journal that takes nothing more, for as long as the test says: who waits, who is refused, and what goes on once there is
// room.

using Engine.Buffers;
using Engine.Testing.Metadata;
using static Engine.Metadata.Tests.JournalRoom;

namespace Engine.Metadata.Tests;

/// <summary>A journal whose place is full, which no room that is reserved tells of: nothing waits for what cannot come.</summary>
public sealed class FullJournalTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ChangesAreRefusedAtOnce_AndGoOnWithRoom(bool isStoreFullToo)
    {
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/d/safe").Error);
        Fill(rank, isStoreFullToo);
        ulong held = rank.Submit(Make("/d/held"));
        rank.Run();
        ulong refused = rank.Submit(Make("/d/refused"));
        rank.Run();

        Assert.Equal(IoError.NoSpace, Assert.Single(rank.RepliesTo(refused)).Error);
        Assert.Equal([false], rank.RepliesTo(held).Select(reply => reply.IsSafe));
        Assert.Equal((RankState.Active, IoError.NoSpace), (rank.Rank.State, rank.Rank.JournalError));
        Assert.Equal(IoError.None, rank.Call(ClientOp.Lookup, "/").Error);
        Empty(rank);
        Assert.True(rank.RepliesTo(held)[^1] is { Error.IsNone: true, IsSafe: true });
        Assert.Equal(IoError.None, rank.Rank.JournalError);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/d/more").Error);
        rank.Crash();
        rank.Start();
        Assert.Equal(["held", "more", "safe"], rank.List("/d").Order());
        Assert.Empty(StoreVerdict.Of(rank.MemoryLog, rank.Store));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhoWaitsForWhatIsOnItsWay_IsRefusedToo(bool isStoreFullToo)
    {
        using RankHarness rank = new RankHarness(options => options with { JournalPendingBytesMax = 1000 }).Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        List<ulong> asked = [];
        for (int i = 0; i < 600; i++)
            asked.Add(rank.Submit(Make($"/d/f{i}")));
        int begun = asked.Count(tid => rank.RepliesTo(tid).Count > 0);
        Assert.InRange(begun, 1, 100);
        Fill(rank, isStoreFullToo);
        rank.Run();

        int safe = asked.Count(tid => rank.RepliesTo(tid).Any(reply => reply.Error.IsNone && reply.IsSafe));
        int refusals = asked.Count(tid => rank.RepliesTo(tid).Any(reply => reply.Error == IoError.NoSpace));
        int open = asked.Count(tid => rank.RepliesTo(tid).All(reply => !reply.IsSafe));
        Assert.Equal(asked.Count, safe + refusals + open);
        Assert.InRange(open, 1, 100);
        Empty(rank);
        Assert.All(asked, tid => Assert.True(rank.RepliesTo(tid)[^1].IsSafe));
        int made = asked.Count(tid => rank.RepliesTo(tid)[^1].Error.IsNone);
        Assert.Equal(made, rank.List("/d").Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ARankThatCannotWriteAtItsStart_SaysSo_AndGoesOnWithRoom(bool isStoreFullToo)
    {
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/d/safe").Error);
        Fill(rank, isStoreFullToo);
        rank.Crash();
        rank.Start();
        Assert.Equal(IoError.NoSpace, rank.Rank.JournalError);
        Empty(rank);
        Assert.Equal((RankState.Active, IoError.None), (rank.Rank.State, rank.Rank.JournalError));
        Assert.Equal(["safe"], rank.List("/d"));
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/d/more").Error);
    }

    /// <summary>Whether its own beginning is what finds the journal full, or something before it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ANewSession_IsRefused_AndBeginsWithRoom(bool isFullBefore)
    {
        var client = new ClientId(7);
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Fill(rank, isStoreFullToo: false);
        if (isFullBefore)
            rank.Submit(Make("/d/held"));
        rank.Run();
        for (int attempt = 1; attempt <= 3; attempt++)
        {
            rank.Tell(client.Value, new SessionOpen("new"));
            rank.Run();
            Assert.Equal(attempt, rank.Told.Count(item => item == (client, new SessionClosed(SessionEnd.NoRoom))));
        }

        // Who has a session goes on.
        Assert.Equal(IoError.None, rank.Call(ClientOp.Lookup, "/").Error);
        Assert.DoesNotContain((client, new SessionOpened()), rank.Told);
        Empty(rank);
        rank.Tell(client.Value, new SessionOpen("new"));
        rank.Run();
        Assert.Contains((client, new SessionOpened()), rank.Told);
        Assert.Equal(IoError.None, rank.Call(Make("/d/more"), client.Value).Error);
    }

    /// <summary>A client that is told to give back what it has can answer with a flush alone: it is not ended for that.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AFlushWaitsForRoom_AndItsClientStays(bool isStoreFullToo)
    {
        const long Writer = 2;
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/e").Error);
        Open(rank, "/d/f", Writer);
        const CapBits Writing = CapBits.FileWrite | CapBits.FileBuffer | CapBits.FileExclusive;
        rank.AnswerTo = revoke => new CapUpdate(
            revoke.Ino, revoke.CapId, revoke.Seq, revoke.IssueSeq, revoke.MigrationSeq, revoke.Caps, revoke.Wanted, Writing, 1,
            new CapAttributes { Size = 4711 });
        Fill(rank, isStoreFullToo);
        rank.Submit(Make("/d/held"));
        rank.Run();

        // It waits until the answer has come, and must not wait for the room that the answer waits for.
        ulong waits = rank.Submit(Ask(ClientOp.GetAttributes, "/d/f"));
        rank.Run();
        rank.Advance(1_500_000);
        Assert.Equal(IoError.NoSpace, Assert.Single(rank.RepliesTo(waits)).Error);
        ulong stat = rank.Submit(Ask(ClientOp.GetAttributes, "/d/f"));
        rank.Run();
        Assert.Equal(IoError.NoSpace, Assert.Single(rank.RepliesTo(stat)).Error);
        ulong change = rank.Submit(Make("/e/refused"), Writer);
        ulong read = rank.Submit(Ask(ClientOp.GetAttributes, "/e"), Writer);
        rank.Run();

        Assert.Equal(IoError.NoSpace, Assert.Single(rank.RepliesTo(change)).Error);
        Assert.Equal(IoError.None, Assert.Single(rank.RepliesTo(read)).Error);
        for (int seconds = 0; seconds < 50; seconds += 10)
        {
            rank.Tell(1, new SessionRenew(1));
            rank.Tell(Writer, new SessionRenew(1));
            rank.Advance(10_000_000);
        }

        Assert.DoesNotContain(rank.Told, item => item.Message is SessionClosed or CapFlushAck);
        Empty(rank);
        Assert.DoesNotContain(rank.Told, item => item.Message is SessionClosed);
        Assert.Single(rank.Told, item => item.Message is CapFlushAck);
        Assert.Equal(4711, rank.Call(Ask(ClientOp.GetAttributes, "/d/f")).Stat.Size);
        Assert.Equal(IoError.None, rank.Call(Make("/e/more"), Writer).Error);
    }

    /// <summary>What waits behind the flush already when the journal fills is answered at the next tick.</summary>
    [Fact]
    public void WhatWaitsBehindAFlush_IsAnswered()
    {
        const long Writer = 2;
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/e").Error);
        CapGrant cap = Open(rank, "/e/f", Writer);
        rank.MemoryLog.Refusal = IoError.Again;
        rank.Tell(Writer, Flush(cap, 1, 5));
        ulong change = rank.Submit(Make("/d/refused"), Writer);
        ulong read = rank.Submit(Ask(ClientOp.GetAttributes, "/d"), Writer);
        ulong close = rank.Submit(new ClientRequest(0, ClientOp.Close) { Base = cap.Ino }, Writer);
        rank.Run();
        Assert.All([change, read, close], tid => Assert.Empty(rank.RepliesTo(tid)));
        Fill(rank, isStoreFullToo: false);
        rank.Advance(5_000_000);
        Assert.Equal(IoError.NoSpace, Assert.Single(rank.RepliesTo(change)).Error);
        Assert.Equal(IoError.None, Assert.Single(rank.RepliesTo(read)).Error);
        Assert.Empty(rank.RepliesTo(close));
        Empty(rank);
        Assert.Equal(IoError.None, Assert.Single(rank.RepliesTo(close)).Error);
        Assert.Single(rank.Told, item => item.Message is CapFlushAck);
        Assert.Equal(5, rank.Call(Ask(ClientOp.GetAttributes, "/e/f")).Stat.Size);
    }

    /// <summary>Its way back is told behind the flush that was begun, which becomes durable when there is room.</summary>
    [Fact]
    public void WhoComesBackBehindAFlushThatWasBegun_IsRefused_AndThenServed()
    {
        const long Writer = 2;
        using RankHarness rank = new RankHarness().Start();
        CapGrant cap = Open(rank, "/f", Writer);
        Fill(rank, isStoreFullToo: false);
        rank.Tell(Writer, Flush(cap, 1, 5));
        rank.Rank.Step(new RankEvent(RankEventKind.PeerGone, From: Peer.Of(new ClientId(Writer))));
        rank.Tell(Writer, new Reconnect(
            [new CapReconnect(cap.Ino, cap.CapId, cap.Wanted, cap.Caps, "/f"u8.ToArray(), CapBits.FileWrite, 1)]));
        ulong read = rank.Submit(Ask(ClientOp.Lookup, "/"), Writer);
        ulong change = rank.Submit(Make("/g"), Writer);
        rank.Run();
        Assert.All([read, change], tid => Assert.Equal(IoError.NoSpace, Assert.Single(rank.RepliesTo(tid)).Error));
        Empty(rank);
        rank.Tell(Writer, Flush(cap, 1, 5));
        Assert.Single(rank.Told, item => item.Message is CapFlushAck);
        Assert.Equal(5, rank.Call(Ask(ClientOp.GetAttributes, "/f"), Writer).Stat.Size);
        Assert.DoesNotContain(rank.Told, item => item.Message is SessionClosed);
    }

    /// <summary>The first sending waits for a directory when its channel ends; the second is refused for want of room.</summary>
    [Fact]
    public void WhatWasRefused_IsNotDoneWithRoom()
    {
        const long Client = 2;
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/cold").Error);
        Restart(rank, 2);
        CapGrant cap = Open(rank, "/f", Client);
        rank.GatedStore.StallsReads = true;
        ClientRequest make = Make("/cold/a") with { OldestTid = 1 };
        ulong tid = rank.Submit(make, Client);
        rank.Run();
        rank.Rank.Step(new RankEvent(RankEventKind.PeerGone, From: Peer.Of(new ClientId(Client))));
        rank.Tell(Client, new Reconnect([new CapReconnect(cap.Ino, cap.CapId, cap.Wanted, cap.Caps, "/f"u8.ToArray())]));
        Fill(rank, isStoreFullToo: false);
        rank.Submit(Make("/held"));
        rank.Run();
        rank.Tell(Client, Flush(cap, 1, 5));
        rank.Tell(Client, make with { Tid = tid });
        Assert.Equal(IoError.NoSpace, Assert.Single(rank.RepliesTo(tid)).Error);
        Empty(rank);
        rank.GatedStore.StallsReads = false;
        rank.Run();
        Assert.Single(rank.RepliesTo(tid));
        Assert.Empty(rank.List("/cold"));
        Assert.Equal(5, rank.Call(Ask(ClientOp.GetAttributes, "/f")).Stat.Size);
    }

    /// <summary>Of what it sent too much nothing counts as done: not by a later flush either.</summary>
    [Fact]
    public void WhoSendsMoreThanIsKept_IsEndedWithRoom()
    {
        const long Client = 2;
        using RankHarness rank = new RankHarness(options => options with { RequestsMax = 4 }).Start();
        CapGrant cap = Open(rank, "/f", Client);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Lookup, "/").Error);
        Fill(rank, isStoreFullToo: false);
        rank.Submit(Make("/held"));
        rank.Run();
        for (int flush = 1; flush <= 8; flush++)
            rank.Tell(Client, Flush(cap, (ulong)flush, flush));
        Assert.DoesNotContain(rank.Told, item => item.Message is SessionClosed);
        Empty(rank);
        Assert.Single(rank.Told, item => item is { Client.Value: Client, Message: SessionClosed { Reason: SessionEnd.Evicted } });
        Assert.InRange(rank.Call(Ask(ClientOp.GetAttributes, "/f")).Stat.Size, 0, 4);
        rank.Tell(Client, new SessionOpen("again"));
        Assert.Equal(IoError.None, rank.Call(Make("/more"), Client).Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhoAsksForWhatIsNotDurable_IsRefused_AndNoChangeIs(bool isStoreFullToo)
    {
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/d/safe").Error);
        Fill(rank, isStoreFullToo);
        ClientRequest make = Make("/d/held") with { OldestTid = 1 };
        ulong held = rank.Submit(make);
        rank.Run();
        ClientRequest[] asked =
        [
            Ask(ClientOp.ReadDirectory, "/d") with { Limit = 10 }, Ask(ClientOp.Lookup, "/d/safe"),
            Ask(ClientOp.GetAttributes, "/d"), Ask(ClientOp.Lookup, "/d/none"), Make("/d/safe"), Ask(ClientOp.Sync, "/"),
            Ask(ClientOp.Open, "/d/safe") with { Flags = OpenFlags.Read | OpenFlags.Keep },
        ];
        foreach (ClientRequest request in asked)
        {
            ulong tid = rank.Submit(request);
            rank.Run();
            Assert.Equal((request.Op, IoError.NoSpace), (request.Op, Assert.Single(rank.RepliesTo(tid)).Error));
        }

        // Done, and asked once more: who is told that it was not would be told wrong.
        rank.Tell(1, make with { Tid = held });
        rank.Advance(5_000_000);
        Assert.Equal([false], rank.RepliesTo(held).Select(reply => reply.IsSafe));
        Assert.Equal(0, rank.Rank.Caps.Count);
        Empty(rank);
        Assert.All(rank.RepliesTo(held), reply => Assert.Equal(IoError.None, reply.Error));
        Assert.True(rank.RepliesTo(held)[^1].IsSafe);
        Assert.Equal(["held", "safe"], rank.List("/d").Order());
    }

    [Fact]
    public void ChangesAreRefused_WhileOthersReadWhatIsNotInMemory()
    {
        using RankHarness rank = new RankHarness().Start();
        foreach (string path in (string[])["/cold", "/hot"])
            Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, path).Error);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/cold/f").Error);
        Restart(rank, 2);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/hot/f").Error);
        rank.GatedStore.StallsReads = true;
        ulong cold = rank.Submit(Ask(ClientOp.Lookup, "/cold/f"), client: 2);
        Fill(rank, isStoreFullToo: false);
        rank.Submit(Make("/hot/held"));
        rank.Run();
        ulong refused = rank.Submit(Make("/hot/refused"));
        rank.Run();
        Assert.Empty(rank.RepliesTo(cold));
        Assert.Equal(IoError.NoSpace, Assert.Single(rank.RepliesTo(refused)).Error);
        rank.GatedStore.StallsReads = false;
        rank.Run();
        Assert.Equal(IoError.None, Assert.Single(rank.RepliesTo(cold)).Error);
    }

    /// <summary>A life begins with what the last segment of the one before names.</summary>
    private static void Restart(RankHarness rank, int lives)
    {
        for (int life = 0; life < lives; life++)
        {
            rank.Rank.Stop();
            rank.Run();
            rank.Crash();
            rank.Start();
        }
    }
}
