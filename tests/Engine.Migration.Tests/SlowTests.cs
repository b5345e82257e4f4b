// What takes long while a migration is under way: an importer's journal, a rank that comes back, a limit that is changed
// meanwhile.

using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Slow ranks, and deadlines that change.</summary>
public sealed class SlowTests
{
    private const long Second = 1_000_000;

    [Fact]
    public void MG138_ADeadlineThatIsChanged_HoldsForPhasesThatBeginAfterIt()
    {
        using MigrationHarness world = new(2, MigrationHarness.Once with { ConcurrentMax = 1 });
        DirFrag root = world.Make("/a", 3);
        DirFrag[] others = [world.Make("/b", 1), world.Make("/c", 1)];
        world.Cluster.Holds = static (_, _, message) => message is ExportDiscoverAck;
        world.Move(0, 1, root);
        foreach (DirFrag other in others)
            world.Move(0, 1, other);
        Assert.Equal(1, world[0].ExportCount);
        world[0].Options = world[0].Options with { DiscoverMicros = Second, PrepMicros = 2 * Second, StagingRoundsMax = 0 };
        world.Cluster.Advance(8 * Second);
        Assert.Equal(["Discovering"], world[0].Live().Select(static each => each.State));

        // The phase that comes next was agreed upon when this one began.
        world.Cluster.Holds = static (_, _, message) => message is ExportPrepAck;
        world.Cluster.Run();
        Assert.Equal(["Prepping"], world[0].Live().Select(static each => each.State));
        Assert.Contains("0>1 ExportStage", world.Said());
        world.Cluster.Advance(Second);
        Assert.Equal(root, Assert.Single(world[0].Live()).Base);
        world[0].Options = world[0].Options with { ConcurrentMax = 4, DiscoverMicros = 60 * Second };
        world.Cluster.Advance(2 * Second);
        Assert.Equal((1L, "Cancelling"), (world[0].Counters.Deadlines, world[0].Live().First().State));
        Assert.Equal([root, .. others], world[0].Live().Select(static each => each.Base));
        world.Cluster.Holds = null;
        world.Cluster.Run();
        world.AssertAtRest();
        MigrationReport first = world[0].History.Reports.First();
        Assert.Equal((root, MigrationRefusal.Deadline), (first.Base, first.Refusal));
        Assert.Equal(2, world[0].Counters.Exported);
        Assert.DoesNotContain(
            "0>1 ExportStage", world.Said().SkipWhile(static each => each != "0>1 ExportCancel"));
    }

    /// <summary>Whose journal is slow cannot say yet that it has forgotten the import; the exporter serves all the
    /// while.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void MG148_AnImporterWhoseJournalIsSlow_HasForgottenTheImportOnceThatIsDurable(int? crash)
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 3);
        world.Cluster.Holds = static (_, _, message) => message is ExportAck;
        world.Move(0, 1, root);
        Assert.Equal(["Acking"], world[1].Live().Select(static each => each.State));
        MemoryLog log = world.Cluster[1].MemoryLog;
        log.StallsFlushes = true;
        if (crash == 0)
            CrashImporter(world);
        world.Cluster.Advance(12 * Second);
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Create, "/a/while").Error);
        if (crash is null or > 0)
        {
            Assert.Equal(["Cancelling"], world[0].Live().Select(static each => each.State));
            Assert.Equal(["Aborting"], world[1].Live().Select(static each => each.State));
            for (int second = 0; second < 20; second++)
            {
                Assert.Equal(MigrationRefusal.Busy, world[0].Export(root, new RankId(1)));
                world.Cluster.Advance(Second);
                Assert.DoesNotContain("1>0 ExportCancelAck", world.Said());
            }
        }

        if (crash == 1)
            CrashImporter(world);
        world.Cluster.Holds = static (_, _, message) => message is ExportAck or ExportCancelAck;
        world.Cluster[1].MemoryLog.StallsFlushes = false;
        world.Cluster.Run();
        if (crash == 2)
            CrashImporter(world);
        world.Cluster.Holds = null;
        world.Cluster.Run();
        world.Cluster.Advance(3 * Second);
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        Assert.Contains("while", world.NamesAt(0, root));
        world.Move(0, 1, root);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
    }

    /// <summary>A rank that comes back has its way given anew, which leads through what stands still: that ends by its deadline,
    /// and who looks is told of it before.</summary>
    [Fact]
    public void MG116_ARankThatComesBack_WaitsForAMigrationNoLongerThanItsDeadline()
    {
        using MigrationHarness world = new(3, MigrationHarness.Once with { WarningMicros = 20 * Second });
        DirFrag root = world.Make("/a", 2);
        DirFrag below = world.Make("/a/b", 2);
        world.Move(0, 2, below);
        MigrationClient client = new(world.Cluster, 77, 0);
        client.Open(0, "/a/f1");
        client.Holds = static (_, message) => message is SessionFlush;
        world.Move(0, 1, root);
        client.Run();
        Assert.Equal(["Warning"], world[0].Live().Select(static each => each.State));
        world.Cluster.Crash(2);
        world.Cluster.Start(2);
        Assert.Equal(RankState.Rejoin, world.Cluster[2].Rank.State);
        world.Cluster.Advance(9 * Second);
        Assert.Empty(world[0].Warnings(world.Cluster[0].NowMicros));
        world.Cluster.Advance(2 * Second);
        string warning = Assert.Single(world[0].Warnings(world.Cluster[0].NowMicros));
        string expected = $"export {world[0].Live().Single().Id} of {root} to {new RankId(1)}: Warning since 1";
        Assert.StartsWith(expected, warning, StringComparison.Ordinal);
        Assert.Equal(RankState.Rejoin, world.Cluster[2].Rank.State);
        world.Cluster.Advance(12 * Second);
        Assert.Equal(RankState.Active, world.Cluster[2].Rank.State);
        Assert.Equal(MigrationRefusal.Deadline, world[0].History.Reports.Last().Refusal);
        Assert.Empty(world[0].Warnings(world.Cluster[0].NowMicros));
        client.Holds = null;
        client.Run();
        world.Cluster.Advance(2 * Second);
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        Assert.True(world.Cache(2).FindDir(below)!.IsAuth);
    }

    private static void CrashImporter(MigrationHarness world)
    {
        world.Cluster.Crash(1);
        world.Cluster[1].MemoryLog.StallsFlushes = false;
        world.Cluster.Start(1);
    }
}
