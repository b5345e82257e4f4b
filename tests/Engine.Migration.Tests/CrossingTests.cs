// Answers that cross with the end of a migration, come behind it, come late or not at all.

using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Messages that cross, and such as are lost. Source: migrator specification, 9 (F, G).</summary>
public sealed class CrossingTests
{
    private const long Second = 1_000_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void MG064_WhatIsUndoneBeforeItIsWrittenDownLeavesNoCapability(bool exporterDies)
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 3);
        for (int client = 1; client <= 8; client++)
        {
            ClientRequest open = new(0, ClientOp.Open) { Path = "/a/f1"u8.ToArray(), Flags = OpenFlags.Read | OpenFlags.Keep };
            Assert.Equal(IoError.None, world.Cluster.Call(0, open, client).Error);
        }

        StopAt(world, 1, KillPoint.Import5);
        world.Move(0, 1, root);
        Assert.Equal(["LoggingStart"], world[1].Live().Select(each => each.State));
        SessionTable sessions = world.Cluster[1].Rank.Services.Sessions;
        Assert.All(Enumerable.Range(1, 8), client => Assert.Equal(1, sessions.Find(new ClientId(client))!.ImportingCount));
        if (exporterDies)
            world.Cluster.Crash(0);
        else
            Assert.True(world[0].TryCancel(world[0].Live().Single().Id));
        if (!exporterDies)
            world.Poke(0);
        world.Cluster.Run();
        Assert.Equal(["Aborting"], world[1].Live().Select(each => each.State));
        world[1].Reached = null;
        world.Cluster[1].MemoryLog.StallsFlushes = false;
        world.Cluster.Run();
        if (exporterDies)
            world.Cluster.Start(0);
        world.Cluster.Advance(3 * Second, Second / 2);
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        Assert.All(Enumerable.Range(1, 8), client => Assert.Equal(0, sessions.Find(new ClientId(client))?.ImportingCount ?? 0));
        List<CapInode> caps = [];
        world.Cluster[1].Rank.Caps.List(caps);
        Assert.Empty(caps);
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        Assert.Equal((0L, 1L), (world[1].Counters.Imported, world[1].Counters.ImportsCancelled));
    }

    /// <summary>The importer has begun to stop: it keeps nothing, and is told nothing.</summary>
    [Fact]
    public void WhoCannotPrepareSaysSo_AndIsToldNothing()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 3);
        RefusePrep(world, root);
        world.Cluster.Holds = null;
        world.Cluster.Run();
        Assert.DoesNotContain("0>1 ExportCancel", world.Said());
        Assert.Equal(MigrationRefusal.NotActive, world[0].History.Reports.Last().Refusal);
        AssertStays(world, root);
        Assert.Equal(0L, world[0].Counters.Late);
        world.Cluster.Enter(1, ClusterRankState.Active);
        MoveAgain(world, root);
    }

    /// <summary>The importer's refusal and the exporter's end, which a third rank's death has brought about, meet on their
    /// ways.</summary>
    [Fact]
    public void MG070_ARefusalAndAnEndCross()
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 3);
        RefusePrep(world, root);
        world.Cluster.Crash(2);
        world.Cluster.Run();
        Assert.Equal(["Cancelling"], world[0].Live().Select(each => each.State));
        Assert.Empty(world[1].Live());
        world.Cluster.Holds = null;
        world.Cluster.Enter(1, ClusterRankState.Active);
        Assert.Contains("0>1 ExportCancel", world.Said());
        Assert.Equal(["1>0 ExportPrepAck", "1>0 ExportCancelAck"], world.Said().TakeLast(2));
        Assert.Equal((1L, 0L), (world[0].Counters.Late, world[1].Counters.Late));
        world.Cluster.Start(2);
        Assert.Equal(MigrationRefusal.PeerFailed, world[0].History.Reports.Last().Refusal);
        AssertStays(world, root);
        MoveAgain(world, root);
    }

    /// <summary>What an importer, or a rank with copies, has said of a migration that is over comes once more, when nothing of
    /// the directory is in the exporter's memory any more.</summary>
    [Fact]
    public void MG071_WhatIsLateFindsNothing_AndIsCounted()
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 3);
        world.Learn(2, "a", "f1");
        world.Cluster.Holds = (_, _, message) => message is ExportAck;
        world.Move(0, 1, root);
        Assert.True(world[0].TryCancel(world[0].Live().Single().Id));
        world.Cluster.Holds = null;
        world.Poke(0);
        AssertStays(world, root);
        Assert.Equal(1, world[0].Counters.Late);
        (int From, int To, Message Message)[] said = [.. world.Cluster.Delivered.Where(
            each => each is { To: 0, Message: ExportDiscoverAck or ExportPrepAck or ExportAck or ExportNotifyAck })];
        Assert.Equal(4, said.Select(each => each.Message.GetType()).Distinct().Count());

        // Nobody has copies of it any more, it is stored, and goes from memory.
        foreach (int rank in (int[])[2, 1, 0])
        {
            world.Cluster.Tell(rank, 0, new WriteBack(true));
            world.Cluster.Run();
            for (int i = 0; i < 8; i++)
                world.Cache(rank).Trim(1000);
            world.Poke(rank);
        }

        Assert.Null(world.Cache(0).FindDir(root));
        foreach ((int from, _, Message message) in said)
            world.Cluster.Tell(0, from, message);
        Assert.Equal((1L + said.Length, 0L), (world[0].Counters.Late, world[0].Counters.Violations));
        Assert.Empty(world[0].Live());
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Create, "/a/after").Error);
        world.Cluster.Tell(0, 0, new WriteBack(false));
        world.AssertAtRest();
        MoveAgain(world, root);
    }

    /// <summary>A warning, or the answer to it, is lost, while the rank is alive: it is warned again.</summary>
    [Theory]
    [InlineData(typeof(ExportNotify))]
    [InlineData(typeof(ExportNotifyAck))]
    public void MG075_AWarningThatIsLostIsSentAgain(Type lost)
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 3);
        world.Learn(2, "a", "f1");
        int count = 0;
        world.Cluster.Loses = (_, _, message) => message.GetType() == lost && count++ == 0;
        world.Move(0, 1, root);
        Assert.Equal(1, count);
        Assert.Equal(["Warning"], world[0].Live().Select(each => each.State));
        Assert.Equal(["Prepped"], world[1].Live().Select(each => each.State));
        world.Cluster.Advance(2 * Second, Second / 10);
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
        Assert.Equal((1L, 0L), (world[0].Counters.Exported, world[0].Counters.Deadlines));
        Assert.Equal(Authority.Of(new RankId(1)), world.Cache(2).Subtrees.AuthorityOf(world.Cache(2).FindDir(root)!));
    }

    /// <summary>An importer that stops may not prepare: its refusal is on its way.</summary>
    private static void RefusePrep(MigrationHarness world, DirFrag root)
    {
        world.Cluster.Holds = (_, _, message) => message is ExportPrep;
        world.Move(0, 1, root);
        Assert.Equal(["Prepping"], world[0].Live().Select(each => each.State));
        world.Cluster.Enter(1, ClusterRankState.Stopping);
        world.Cluster.Holds = (_, _, message) => message is ExportPrepAck;
        world.Cluster.Run();
        Assert.Equal(["Prepping"], world[0].Live().Select(each => each.State));
        Assert.Empty(world[1].Live());
    }

    private static void StopAt(MigrationHarness world, int rank, KillPoint point) => world[rank].Reached = reached =>
    {
        if (reached == point)
            world.Cluster[rank].MemoryLog.StallsFlushes = true;
    };

    private static void AssertStays(MigrationHarness world, DirFrag root)
    {
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        Assert.Equal((1L, 0L), (world[0].Counters.ExportsCancelled, world[0].Counters.Exported));
    }

    private static void MoveAgain(MigrationHarness world, DirFrag root)
    {
        world.Move(0, 1, root);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
    }
}
