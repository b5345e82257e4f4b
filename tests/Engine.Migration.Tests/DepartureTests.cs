// A rank that leaves: what it has goes to others, what is under way is finished, nothing new is taken.

using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Ranks that are told to stop.</summary>
public sealed class DepartureTests
{
    private const long Second = 1_000_000;

    [Fact]
    public void MG090_WhatItOwnsGoesToWhoIsAround_OrToRank0_WhateverIsPinned()
    {
        using MigrationHarness world = new(3, new MigrationOptions());
        DirFrag outer = world.Make("/a", 2);
        DirFrag middle = world.Make("/a/b", 2);
        DirFrag inner = world.Make("/a/b/c", 2);
        DirFrag other = world.Make("/d", 2);
        world.Move(0, 1, other);
        world.Move(0, 1, outer);
        world.Move(1, 2, middle);
        world.Move(2, 1, inner);
        SetPin(world, 1, "/a/b/c", "1");
        world.Cluster.Advance(Second, Second / 10);
        Assert.True(world.Cache(1).FindDir(inner)!.IsAuth);
        Leave(world, 1);
        world.Cluster.Advance(5 * Second, Second / 10);
        Assert.Equal(RankState.Stopped, world.Cluster[1].Rank.State);
        Assert.True(world.Cache(0).FindDir(outer)!.IsAuth && world.Cache(0).FindDir(other)!.IsAuth);
        Assert.True(world.Cache(2).FindDir(inner)!.IsAuth && world.Cache(2).FindDir(middle)!.IsAuth);
        Assert.Equal(3, world[1].Counters.Exported - 1);
        world.Cluster.Enter(1, ClusterRankState.Stopped);
        Assert.Equal(["f0", "f1"], world.NamesAt(2, inner));
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Create, "/a/b/c/after").Error);
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Create, "/a/after").Error);
        foreach (int rank in (int[])[0, 2])
            Assert.Empty(world.Cluster[rank].Rank.Audit(3));
    }

    [Theory]
    [InlineData(typeof(ExportAck))]
    [InlineData(typeof(ExportFinish))]
    [InlineData(typeof(ExportPrepAck))]
    public void MG090_WhatIsUnderWayIsFinishedFirst(Type held)
    {
        using MigrationHarness world = new(3, new MigrationOptions());
        DirFrag comes = world.Make("/a", 2);
        DirFrag goes = world.Make("/b", 2);
        world.Move(0, 1, goes);
        world.Cluster.Holds = (_, _, message) => message.GetType() == held;
        if (held != typeof(ExportPrepAck))
            world.Move(0, 1, comes);
        world.Move(1, 2, goes);
        bool isLeaving = Leave(world, 1);
        world.Cluster.Advance(Second, Second / 10);
        Assert.True(isLeaving && world.Cluster[1].Rank.State == RankState.Active);
        world.Cluster.Holds = null;
        world.Cluster.Advance(5 * Second, Second / 10);
        Assert.Equal(RankState.Stopped, world.Cluster[1].Rank.State);
        Assert.True(world.Cache(0).FindDir(comes)!.IsAuth);
        Assert.True(world.Cache(2).FindDir(goes)!.IsAuth);
        long exports = held == typeof(ExportPrepAck) ? 1 : 2;
        Assert.Equal((exports, 1L, 0L), (world[1].Counters.Exported, world[2].Counters.Imported, world[1].Counters.Violations));
        world.Cluster.Enter(1, ClusterRankState.Stopped);
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Create, "/b/after").Error);
        Assert.Equal(IoError.None, world.Cluster.Call(2, ClientOp.Create, "/a/after").Error);
    }

    /// <summary>Between the question for the directory and the answer that leads to it.</summary>
    [Fact]
    public void MG147_ARankThatStopsWhileItLooksForADirectory_ForgetsTheImport_AndCanTakeItLater()
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 2);
        DirFrag below = world.Make("/a/b", 2);
        world.Cluster.Holds = static (_, _, message) => message is DiscoverReply;
        world.Move(0, 1, below);
        Assert.Equal(["Discovering"], world[1].Live().Select(static each => each.State));
        Leave(world, 1);
        Assert.Equal(["Discovering"], world[1].Live().Select(static each => each.State));
        world.Cluster.Holds = null;
        world.Cluster.Run();
        Assert.Empty(world[1].Live());
        Assert.Empty(world[0].Live());
        Assert.Equal(MigrationRefusal.NotActive, Assert.Single(world[0].History.Reports).Refusal);
        Assert.DoesNotContain("0>1 ExportCancel", world.Said());
        world.Cluster.Advance(Second, Second / 10);
        Assert.Equal(RankState.Stopped, world.Cluster[1].Rank.State);

        // Its next life takes it.
        world.Cluster.Crash(1);
        world.Cluster.Start(1);
        world.Move(0, 1, below);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(below)!.IsAuth && world.Cache(0).FindDir(root)!.IsAuth);
        ClusterChecks.Expect(world.Cluster);
    }

    [Fact]
    public void FilesThatAreOpenWithoutAName_OrHaveSeveral_KeepARank()
    {
        using MigrationHarness world = new(2, new MigrationOptions());
        world.Make("/a", 2);
        DirFrag root = world.DirOf(0, "/a").Name;
        world.Move(0, 1, root);
        MigrationClient client = new(world.Cluster, 77, 1);
        client.Open(1, "/a/f1", OpenFlags.Read);
        ClientReply removed = client.Call(1, new ClientRequest(0, ClientOp.Unlink) { Path = "/a/f1"u8.ToArray() });
        Assert.Equal(IoError.None, removed.Error);
        Leave(world, 1);
        world.Cluster.Advance(5 * Second, Second / 10);
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        Assert.Equal(RankState.Active, world.Cluster[1].Rank.State);
        Assert.EndsWith(", 1 files without a name or with several", world[1].LeavingWaitsFor, StringComparison.Ordinal);
        client.Disconnect(1);
        world.Cluster.Advance(400 * Second, 10 * Second);
        Assert.Equal(RankState.Stopped, world.Cluster[1].Rank.State);
    }

    [Fact]
    public void Rank0HasTheRoot_AndStays()
    {
        using MigrationHarness world = new(2);
        Assert.Equal(MigrationRefusal.NotMovable, world[0].Leave());
        world.Poke(0);
        Assert.False(world.Cluster[0].Rank.Status.IsLeaving);
        Assert.Null(world[0].LeavingWaitsFor);
    }

    /// <summary>The rank says so, and the map does.</summary>
    private static bool Leave(MigrationHarness world, int rank)
    {
        Assert.Equal(MigrationRefusal.None, world[rank].Leave());
        world.Poke(rank);
        bool isLeaving = world.Cluster[rank].Rank.Status.IsLeaving;
        world.Cluster.Enter(rank, ClusterRankState.Stopping);
        return isLeaving;
    }

    private static void SetPin(MigrationHarness world, int rank, string path, string pin)
    {
        ClientReply reply = world.Cluster.Call(
            rank, ClientOp.SetXattr, path, each => each with { XattrName = "dir.pin", Value = Encoding.ASCII.GetBytes(pin) });
        Assert.Equal(IoError.None, reply.Error);
    }
}
