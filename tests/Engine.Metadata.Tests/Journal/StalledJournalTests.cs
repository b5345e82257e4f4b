// Who waits already when the journal runs out of room, and what a rank spends on waiting.

using Engine.Buffers;
using Engine.Testing.Metadata;
using static Engine.Metadata.Tests.JournalRoom;

namespace Engine.Metadata.Tests;

/// <summary>A rank whose journal takes nothing more for a while.</summary>
public sealed class StalledJournalTests
{
    /// <summary>An open whose answer waits already when the journal fills is refused like any other reader, and what it was given
    /// is taken back.</summary>
    [Fact]
    public void AnOpenThatWaitsAlready_IsRefused_AndHasNothing()
    {
        const long Opener = 2;
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/d/safe").Error);
        ClientRequest open = Ask(ClientOp.Open, "/d/safe") with { Flags = OpenFlags.Read | OpenFlags.Keep };
        Assert.Equal(IoError.None, rank.Call(Ask(ClientOp.Lookup, "/d"), Opener).Error);
        rank.MemoryLog.Refusal = IoError.Again;
        ulong held = rank.Submit(Make("/d/held"));
        ulong opened = rank.Submit(open, Opener);
        rank.Run();
        Assert.Empty(rank.RepliesTo(opened));
        Assert.Equal(1, rank.Rank.Caps.Count);

        Fill(rank);
        rank.Advance(5_000_000);
        ClientReply refused = Assert.Single(rank.RepliesTo(opened));
        Assert.Equal((IoError.NoSpace, null), (refused.Error, refused.Caps));
        Assert.Equal(0, rank.Rank.Caps.Count);
        Empty(rank);
        Assert.True(rank.RepliesTo(held)[^1] is { Error.IsNone: true, IsSafe: true });
        Assert.NotNull(rank.Call(open, Opener).Caps);
    }

    /// <summary>A client whose flush cannot be taken is ended; where that has no room either, its flush waits for it and is not
    /// counted as done.</summary>
    [Fact]
    public void AClientIsEndedForAFlushOnceThereIsRoomForThat()
    {
        const long Writer = 2;
        using RankHarness rank = new RankHarness(options => options with { EventBlocks = 270 }).Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        CapGrant cap = Open(rank, "/d/f", Writer);
        rank.MemoryLog.Refusal = IoError.Again;
        // Each session that begins takes a block until the log takes its event.
        for (long client = Writer + 1; client < 30; client++)
            rank.Tell(client, new SessionOpen(string.Empty));
        rank.Run();
        long made = rank.Rank.LastSeq;
        rank.Tell(30, new SessionOpen(string.Empty));
        Assert.Equal(made, rank.Rank.LastSeq);
        Dir dir = rank.Rank.Cache.TryDirOf(rank.Rank.Cache.FindInode(cap.Ino))!;
        MetadataCache.SetState(dir, DirState.Complete, false);
        MetadataCache.SetState(dir, DirState.Bad, true);
        rank.Tell(Writer, Flush(cap, 1, 5));
        rank.Advance(3_000_000);
        Assert.Equal(made, rank.Rank.LastSeq);
        Assert.DoesNotContain(rank.Told, item => item.Message is SessionClosed or CapFlushAck);
        Empty(rank);
        Assert.Equal(
            (new ClientId(Writer), new SessionClosed(SessionEnd.Evicted)),
            Assert.Single(rank.Told, item => item.Message is SessionClosed or CapFlushAck));
    }

    /// <summary>While the journal takes nothing, what would have to be folded first is not looked at in every step.</summary>
    [Fact]
    public void ARankThatWaitsForRoom_DoesNotLookAtEverythingInEachStep()
    {
        const int Dirs = 40;
        const int Steps = 200;
        using RankHarness rank = new RankHarness().Start();
        for (int i = 0; i < Dirs; i++)
        {
            Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, $"/d{i}").Error);
            Assert.Equal(IoError.None, rank.Call(ClientOp.Create, $"/d{i}/f").Error);
        }

        Fill(rank);
        rank.Submit(Make("/d0/held"));
        rank.Advance(3_000_000);
        long before = rank.Rank.CommitsTried;
        for (int i = 0; i < Steps; i++)
        {
            rank.Submit(Ask(ClientOp.Lookup, "/"));
            rank.Run();
        }

        Assert.Equal(IoError.NoSpace, rank.Rank.JournalError);
        Assert.InRange(rank.Rank.CommitsTried - before, 0, 2 * Dirs);
        Empty(rank);
        rank.Rank.Stop();
        rank.Run();
        Assert.Equal(RankState.Stopped, rank.Rank.State);
        Assert.Empty(StoreVerdict.Of(rank.MemoryLog, rank.Store));
    }

    /// <summary>Writes that fail while others wait for room in the journal are made again when the store is mended: none of them
    /// waits for that room.</summary>
    [Fact]
    public void WhatFailsWhileOthersWaitForRoom_IsWrittenAgain()
    {
        const int Dirs = 40;
        using RankHarness rank = new RankHarness(
            options => options with { SegmentEventsMax = 2 * Dirs, SegmentsMax = 1 }).Start();
        rank.GatedStore.Stalls = true;
        for (int i = 0; i < Dirs; i++)
            Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, $"/d{i}").Error);
        for (int i = 0; i < 2 * Dirs; i++)
            Assert.Equal(IoError.None, rank.Call(ClientOp.Create, $"/d{i % Dirs}/f{i}").Error);
        // All are folded, and begun; then three of them count more again.
        FailAll(rank);
        rank.GatedStore.Stalls = true;
        rank.Advance(3_000_000);
        for (int i = 0; i < 3; i++)
            Assert.Equal(IoError.None, rank.Call(ClientOp.Create, $"/d{Dirs - 1 - i}/more").Error);
        FailAll(rank);
        rank.GatedStore.Stalls = true;
        Fill(rank);
        rank.Submit(Make("/d0/held"));
        rank.Advance(3_000_000);
        for (int i = 0; i < 3; i++)
        {
            rank.Submit(Ask(ClientOp.Lookup, "/"));
            rank.Run();
        }

        FailAll(rank);
        Assert.Equal(IoError.Io, rank.Rank.StoreError);
        rank.Advance(3_000_000);
        Assert.Equal(IoError.NoSpace, rank.Rank.StoreError);
        Empty(rank);
        rank.Rank.Stop();
        rank.Run();
        Assert.Equal(RankState.Stopped, rank.Rank.State);
        Assert.Empty(StoreVerdict.Of(rank.MemoryLog, rank.Store));
    }

    /// <summary>What was begun fails; what is begun from then on does not.</summary>
    private static void FailAll(RankHarness rank)
    {
        rank.GatedStore.FailStalled(IoError.Io);
        rank.GatedStore.Stalls = false;
        rank.Run();
    }
}
