// Migrations in which nothing goes wrong: alone, with a rank that has copies, with subtrees of others below, into one another, to
// and fro, with a client's capability.

using Engine.Buffers;
using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Migrations in which nothing goes wrong.</summary>
public sealed class HappyPathTests
{
    private static readonly RankId s_to = new(1);

    [Fact]
    public void MG041_ATreeMovesWithoutBystanderOrClients()
    {
        using MigrationHarness world = new(2);
        world.Make("/a", 3);
        DirFrag below = world.Make("/a/b", 5);
        DirFrag root = world.DirOf(0, "/a").Name;
        world.Move(0, 1, root);
        Assert.Equal(
            [
                "0>1 ExportDiscover", "1>0 ExportDiscoverAck", "0>1 ExportStage", "1>0 ExportStageAck",
                "0>1 ExportPrep", "1>0 ExportPrepAck", "0>1 ExportDir", "1>0 ExportAck", "0>1 ExportFinish",
                "1>0 ExportFinishAck",
            ],
            world.Said());
        world.AssertAtRest();
        Assert.Equal((1L, 1L), (world[0].Counters.Exported, world[1].Counters.Imported));
        Assert.Equal(["b", "f0", "f1", "f2"], world.NamesAt(1, root));
        Assert.Equal(["f0", "f1", "f2", "f3", "f4"], world.NamesAt(1, below));
        Assert.True(world.Cache(1).FindDir(below)!.IsAuth);
        Dir left = world.Cache(0).FindDir(root)!;
        Assert.Equal((false, Authority.Of(s_to)), (left.IsAuth, left.DirAuth));
        Assert.Null(world.Cache(0).FindDir(below));
    }

    [Fact]
    public void ItIsThereAfterBothRestart()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 3);
        DirFrag below = world.Make("/a/b", 5);
        world.Move(0, 1, root);
        foreach (int rank in (int[])[0, 1])
        {
            world.Cluster.Crash(rank);
            world.Cluster.Start(rank);
        }

        world.AssertAtRest();
        Assert.Equal(["b", "f0", "f1", "f2"], world.NamesAt(1, root));
        Assert.Equal(["f0", "f1", "f2", "f3", "f4"], world.NamesAt(1, below));
        Assert.Equal(Authority.Of(s_to), world.Cache(0).FindDir(root)!.DirAuth);
    }

    [Fact]
    public void MG042_ARankWithCopiesIsToldTwice()
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 3);
        world.Learn(2, "a", "f1");
        Assert.Equal(Authority.Of(new RankId(0)), world.Cache(2).Subtrees.AuthorityOf(world.Cache(2).FindDir(root)!));
        world.Move(0, 1, root);
        Assert.Equal(
            [
                "0>1 ExportDiscover", "1>0 ExportDiscoverAck", "0>1 ExportStage", "1>0 ExportStageAck",
                "0>1 ExportPrep", "1>0 ExportPrepAck", "0>2 ExportNotify",
                "2>0 ExportNotifyAck", "0>1 ExportDir", "1>0 ExportAck", "0>1 ExportFinish", "0>2 ExportNotify",
                "2>0 ExportNotifyAck", "0>1 ExportFinish", "1>0 ExportFinishAck",
            ],
            world.Said());
        world.AssertAtRest();
        IEnumerable<ExportNotify> notices = world.Cluster.Delivered.Select(each => each.Message).OfType<ExportNotify>();
        Assert.Equal([Authority.Of(new RankId(0), s_to), Authority.Of(s_to)], notices.Select(each => each.New));
        Assert.Equal(Authority.Of(s_to), world.Cache(2).Subtrees.AuthorityOf(world.Cache(2).FindDir(root)!));
        Assert.Equal(1ul << 2, world.Cache(1).ReplicasOf(world.Cache(1).FindDir(root)!) & (1ul << 2));
    }

    [Fact]
    public void MG043_WhatIsAnothersStaysSo()
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 2);
        DirFrag theirs = world.Make("/a/x", 2);
        DirFrag own = world.Make("/a/y", 2);
        world.Move(0, 2, theirs);
        world.AssertAtRest();
        world.Move(0, 1, root);
        world.AssertAtRest();
        Assert.Equal(["f0", "f1", "x", "y"], world.NamesAt(1, root));
        Assert.Equal(["f0", "f1"], world.NamesAt(1, own));
        Dir bound = world.Cache(1).FindDir(theirs)!;
        Assert.Equal((false, Authority.Of(new RankId(2))), (bound.IsAuth, bound.DirAuth));
        Assert.True(world.Cache(2).FindDir(theirs)!.IsAuth);
        Assert.Equal(["f0", "f1"], world.NamesAt(2, theirs));
    }

    [Fact]
    public void MG048_WhatLiesInOneAnotherIsOneSubtreeAtTheEnd()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        DirFrag below = world.Make("/a/b", 2);
        world.Move(0, 1, below);
        world.Move(0, 1, root);
        world.AssertAtRest();
        Assert.False(world.Cache(1).FindDir(below)!.IsSubtreeRoot);
        Assert.True(world.Cache(1).FindDir(below)!.IsAuth);
        Assert.Equal(["f0", "f1"], world.NamesAt(1, below));
    }

    [Fact]
    public void MG049_ToAndFro_NothingGrows()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 20);
        world.Move(0, 1, root);
        world.Move(1, 0, root);
        (int, int)[] before = [.. Sizes(world)];
        for (int i = 0; i < 50; i++)
        {
            world.Move(0, 1, root);
            world.Move(1, 0, root);
        }

        world.AssertAtRest();
        Assert.Equal(before, Sizes(world));
        Assert.Equal(20, world.NamesAt(0, root).Count);
        Assert.Equal((51L, 51L), (world[0].Counters.Exported, world[0].Counters.Imported));
    }

    [Fact]
    public void MG053_AClientsCapabilityGoesAlong()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        ClientReply reply = world.Cluster.Call(
            0, ClientOp.Open, "/a/f1", each => each with { Flags = OpenFlags.Write | OpenFlags.Keep });
        Assert.Equal(IoError.None, reply.Error);
        Ino file = world.Cache(0).Inode(world.Cache(0).Lookup(world.Cache(0).FindDir(root)!, "f1"u8)).Ino;
        Assert.True(world.Cluster[0].Rank.Services.Caps.TryGet(file, new ClientId(1), out Cap before));
        world.Move(0, 1, root);
        world.Cluster[0].Tell(1, new SessionFlushAck(world.Cluster[0].Rank.Services.Sessions.Find(new ClientId(1))!.CapPushSeq));
        world.Cluster.Run();
        world.AssertAtRest();
        Assert.False(world.Cluster[0].Rank.Services.Caps.TryGet(file, new ClientId(1), out _));
        Assert.True(world.Cluster[1].Rank.Services.Caps.TryGet(file, new ClientId(1), out Cap after));
        Assert.Equal((before.Wanted, before.MigrationSeq + 1), (after.Wanted, after.MigrationSeq));
        CapExport export = Assert.Single(world.Cluster[0].Told.Select(told => told.Message).OfType<CapExport>());
        CapImport import = Assert.Single(world.Cluster[1].Told.Select(told => told.Message).OfType<CapImport>());
        Assert.Equal((s_to, after.Id), (export.To.Rank, export.To.CapId));
        Assert.Equal((new RankId(0), before.Id), (import.From.Rank, import.From.CapId));
        Session session = world.Cluster[1].Rank.Services.Sessions.Find(new ClientId(1))!;
        Assert.Equal((SessionState.Open, 0), (session.State, session.ImportingCount));
    }

    private static IEnumerable<(int Nodes, int Dirs)> Sizes(MigrationHarness world) =>
        Enumerable.Range(0, 2).Select(rank => (world.Cache(rank).NodeCount, world.Cache(rank).DirCount));
}
