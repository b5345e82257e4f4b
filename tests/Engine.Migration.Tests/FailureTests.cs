// Ranks that fail, or do not hear one another, in each state in which a migration can stand: one rank has the region afterwards,
// which is what the exporter's journal says, and nothing of the migration is left.

using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>The failure matrix. Source: migrator specification, 3.2, 3.3 and 9 (H).</summary>
public sealed class FailureTests
{
    private const long Second = 1_000_000;

    /// <summary>All pairs of states of exporter and importer.</summary>
    public static TheoryData<int> Pairs { get; } = StatePairs.All;

    [Theory]
    [MemberData(nameof(Pairs))]
    public void MG082_ARankWithCopiesFailsInEachStateOfTheImporter(int pair)
    {
        using KillWorld world = new(0, 1, 2);
        Action release = StatePairs.Of(pair).Reach(world.Harness, world.Root);
        string[] before = [.. world.Harness[1].Live().Select(each => each.State)];
        world.Harness.Cluster.Crash(2);

        // What the importer does does not depend on it.
        Assert.Equal(before, world.Harness[1].Live().Select(each => each.State));
        release();
        world.Harness.Poke(0);
        world.Harness.Cluster.Start(2);
        world.Harness.Cluster.Advance(30 * Second, Second / 2);
        world.Check(OwnerWithoutCopies(StatePairs.Of(pair)));
    }

    /// <summary>An import that is being undone, because its exporter has died, waits for ranks with copies; not for dead
    /// ones.</summary>
    [Fact]
    public void MG082_ARankWithCopiesFailsWhileTheImportIsUndone()
    {
        using KillWorld world = new(0, 1, 2);
        MigrationHarness harness = world.Harness;
        harness.Cluster.Holds = (_, _, message) => message is ExportDir;
        harness.Move(0, 1, world.Root);
        harness.Cluster.Holds = (_, _, message) => message is ExportNotifyAck;
        harness.Cluster.Crash(0);
        harness.Cluster.Run();
        Assert.Equal(["Aborting"], harness[1].Live().Select(each => each.State));
        harness.Cluster.Crash(2);
        Assert.Empty(harness[1].Live());
        Assert.Equal(0, harness.Cache(1).FrozenTrees);
        harness.Cluster.Holds = null;
        harness.Cluster.Start(0);
        harness.Cluster.Start(2);
        world.Check(0);
    }

    /// <summary>The exporter has said its word and dies before it says the last: the importer serves, and ranks with copies know.
    /// </summary>
    [Fact]
    public void MG081_TheExporterFailsBehindItsWord_AndTheImporterServes()
    {
        using KillWorld world = new(0, 1, 2);
        MigrationHarness harness = world.Harness;
        harness.Cluster.Holds = (_, _, message) => message is ExportNotifyAck { New.IsAmbiguous: false };
        harness.Move(0, 1, world.Root);
        Assert.Equal(["Finishing"], harness[1].Live().Select(each => each.State));
        harness.Cluster.Crash(0);
        harness.Cluster.Holds = null;
        harness.Cluster.Run();
        Assert.Empty(harness[1].Live());
        Assert.Equal((1L, 0), (harness[1].Counters.Imported, harness.Cache(1).FrozenTrees));
        Assert.True(harness.Cache(1).FindDir(world.Root)!.IsAuth);
        Assert.Equal(Authority.Of(new RankId(1)), harness.Cache(2).FindDir(world.Root)!.DirAuth);
        harness.Cluster.Start(0);
        harness.Cluster.Advance(3 * Second);
        world.Check(1);
    }

    [Fact]
    public void MG084_ARankWithCopiesFailsWhileTheExportIsCancelled()
    {
        using KillWorld world = new(0, 1, 2);
        MigrationHarness harness = world.Harness;
        harness.Cluster.Holds = (_, _, message) => message is ExportAck;
        harness.Move(0, 1, world.Root);
        Assert.True(harness[0].TryCancel(harness[0].Live().Single().Id));
        harness.Cluster.Holds = (_, _, message) => message is ExportNotifyAck;
        harness.Poke(0);
        Assert.Equal(["Cancelling"], harness[0].Live().Select(each => each.State));
        Assert.Empty(harness[1].Live());
        Assert.True(harness.Cache(0).FindDir(world.Root)!.Has(DirState.Exporting));
        harness.Cluster.Crash(2);
        Assert.Empty(harness[0].Live());
        Assert.False(harness.Cache(0).FindDir(world.Root)!.Has(DirState.Exporting));
        Assert.Equal(MigrationRefusal.Asked, harness[0].History.Reports.Last().Refusal);
        Assert.Empty(harness.Cluster[0].Rank.Audit(3));
        harness.Cluster.Holds = null;
        harness.Cluster.Start(2);
        world.Check(0);
    }

    /// <summary>A directory and one in it are on their way when a rank fails that has nothing to do with either: neither freeze
    /// is completed because the other one ends.</summary>
    [Fact]
    public void MG085_NestedFreezesEndTogether()
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 2);
        DirFrag below = world.Make("/a/b", 2);
        MetadataCache cache = world.Cache(0);
        NodeId file = cache.Lookup(cache.FindDir(below)!, "f1"u8);
        cache.AuthPin(file);
        List<KillPoint> reached = [];
        world[0].Reached = reached.Add;
        world.Move(0, 1, below);
        world.Move(0, 1, root);
        Assert.Equal(["Freezing", "Freezing"], world[0].Live().Select(each => each.State));
        Assert.Equal((2, 0), (cache.FreezingTrees, cache.FrozenTrees));
        world.Cluster.Crash(2);
        cache.AuthUnpin(file);
        world.Cluster.Run();
        Assert.Empty(world[0].Live());
        Assert.Equal(
            [MigrationRefusal.PeerFailed, MigrationRefusal.PeerFailed], world[0].History.Reports.Select(each => each.Refusal));
        Assert.DoesNotContain(KillPoint.Export4, reached);
        Assert.Equal((0, 0), (cache.FreezingTrees, cache.FrozenTrees));
        world.Cluster.Start(2);
        world.AssertAtRest();
        world.Move(0, 1, below);
        world.Move(0, 2, root);
        world.AssertAtRest();
        Assert.Equal((true, true), (world.Cache(1).FindDir(below)!.IsAuth, world.Cache(2).FindDir(root)!.IsAuth));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void MG086_BothFailAtOnce_AndTheExportersJournalSaysWhoseItIs(int pair)
    {
        foreach (int first in (int[])[0, 1])
        {
            using KillWorld world = new(0, 1, 2);
            StatePairs.Of(pair).Reach(world.Harness, world.Root);
            ulong epoch = world.Harness.Cluster.Map.Epoch;
            world.Harness.Cluster.Crash(0, 1);
            Assert.Equal(epoch + 1, world.Harness.Cluster.Map.Epoch);
            world.Harness.Cluster.Holds = null;
            world.Harness.Cluster.Run();
            world.Harness.Cluster.Start(first);
            world.Harness.Cluster.Start(1 - first);
            world.Harness.Cluster.Advance(30 * Second, Second / 2);
            world.Check(StatePairs.Of(pair).Owner);
        }
    }

    /// <summary>Exporter and importer do not hear one another for a time, and nobody says that either is dead.</summary>
    [Theory]
    [MemberData(nameof(Pairs))]
    public void MG092_ADividedNetworkMakesNoSecondOwner(int index)
    {
        StatePairs pair = StatePairs.Of(index);
        foreach (int seconds in (int[])[3, 60])
        {
            using KillWorld world = new(0, 1, 2);
            MigrationHarness harness = world.Harness;
            Action release = pair.Reach(harness, world.Root);
            harness.Cluster.Holds = (from, to, _) => from + to == 1;
            for (int half = 0; half < seconds * 2; half++)
            {
                harness.Cluster.Advance(Second / 2, Second / 10);
                ExpectOneServer(harness, world.Root);
            }

            release();
            harness.Poke(0);
            ExpectOneServer(harness, world.Root);
            harness.Cluster.Advance(30 * Second, Second / 2);
            bool goesOn = !pair.IsCancelled && (seconds == 3 || pair.Owner == 1 || pair.Exporter == "LoggingFinish");
            world.Check(goesOn ? 1 : 0);
        }
    }

    /// <summary>Each rank gives a tree of its own to the next, and one of them fails on the way.</summary>
    [Theory]
    [InlineData(typeof(ExportDiscoverAck))]
    [InlineData(typeof(ExportStageAck))]
    [InlineData(typeof(ExportPrepAck))]
    [InlineData(typeof(ExportDir))]
    [InlineData(typeof(ExportAck))]
    [InlineData(typeof(ExportFinish))]
    [InlineData(typeof(ExportFinishAck))]
    public void MG094_OfThreeThatGiveToOneAnotherOneFails(Type held)
    {
        string[] paths = ["/a", "/b", "/c"];
        for (int dead = 0; dead < 3; dead++)
        {
            using MigrationHarness world = new(3);
            DirFrag[] roots = [.. paths.Select(path => world.Make(path, 3))];
            world.Move(0, 1, roots[1]);
            world.Move(0, 2, roots[2]);
            world.Cluster.Holds = (_, _, message) => message.GetType() == held;
            for (int i = 0; i < 3; i++)
                world.Move(i, (i + 1) % 3, roots[i]);

            // What holds the last one back holds back a warning too, that follows on its channel.
            Assert.Equal(held == typeof(ExportFinishAck) ? 1 : 3, Enumerable.Range(0, 3).Sum(rank => world[rank].ImportCount));
            world.Cluster.Crash(dead);
            world.Cluster.Holds = null;
            world.Cluster.Run();
            world.Cluster.Start(dead);
            world.Cluster.Advance(30 * Second, Second / 2);
            for (int i = 0; i < 3; i++)
            {
                int owner = ExpectOwner(world, roots[i], i, (i + 1) % 3);
                world.Move(owner, (owner + 1) % 3, roots[i]);
                Assert.Equal((owner + 1) % 3, ExpectOwner(world, roots[i], (owner + 1) % 3));
                ClientReply found = world.Cluster.Call(i, ClientOp.ReadDirectory, paths[i]);
                Assert.Equal((IoError.None, 3), (found.Error, found.Items.Count));
            }
        }
    }

    /// <summary>Whose a region stays or becomes when the rank with copies has failed: nothing is prepared on without all
    /// ranks.</summary>
    private static int OwnerWithoutCopies(StatePairs pair) =>
        pair.IsCancelled || pair.Exporter is "Discovering" or "Staging" or "Freezing" or "Prepping" ? 0 : 1;

    private static void ExpectOneServer(MigrationHarness world, DirFrag root)
    {
        int servers = Enumerable.Range(0, 3).Count(
            rank => world.Cache(rank).FindDir(root) is { IsAuth: true } dir && !world.Cache(rank).IsFrozen(dir));
        Assert.True(servers <= 1, $"{servers} ranks serve");
        Assert.Empty(ClusterAudit.Find([.. Enumerable.Range(0, 3).Select(rank => world.Cluster[rank].Rank)], false));
    }

    private static int ExpectOwner(MigrationHarness world, DirFrag root, params int[] oneOf)
    {
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        int owner = Enumerable.Range(0, 3).Single(rank => world.Cache(rank).FindDir(root) is { IsAuth: true });
        Assert.Contains(owner, oneOf);
        return owner;
    }
}
