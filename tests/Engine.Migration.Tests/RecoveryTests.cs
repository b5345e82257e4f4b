// What the journals have, and have not, when ranks die: an event that was submitted and is durable or lost, a torn tail, heads of
// segments between a migration's events, deaths while a journal is read.

using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Kill points within the journal, and replay. Source: migrator specification, 3.5, 4 and 9 (I, J).</summary>
public sealed class RecoveryTests
{
    private const long Second = 1_000_000;

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public void MG100_TheEventThatGivesItAwayIsLostOrKept(bool isKept, int owner)
    {
        using KillWorld world = new(0, 1, 2);
        MigrationHarness harness = world.Harness;
        StallAt(harness, 0, KillPoint.Export10);
        harness.Move(0, 1, world.Root);
        Assert.Equal(["LoggingFinish"], harness[0].Live().Select(each => each.State));
        if (isKept)
            harness.Cluster[0].MemoryLog.Spared = harness.Cluster[0].MemoryLog.UnsafeCount;
        Restart(harness, 0);
        harness.Cluster.Advance(3 * Second);
        Assert.Equal((owner, 1 - owner), (harness[1].Counters.Imported, harness[1].Counters.ImportsCancelled));
        world.Check(owner);
    }

    /// <summary>What is not durable at the exporter the importer may not build on: the region goes when all that is in the
    /// journal is, and with the exporter's life that goes which was not.</summary>
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public void NothingGoesBeforeTheExportersJournalHasAll(bool dies, int owner)
    {
        using KillWorld world = new(0, 1, 2);
        MigrationHarness harness = world.Harness;
        harness.Cluster.Holds = static (_, _, message) => message is ExportPrepAck;
        harness.Move(0, 1, world.Root);
        harness.Cluster[0].MemoryLog.StallsFlushes = true;
        MigrationClient client = new(harness.Cluster, 9, 0);
        Assert.True(harness.Cluster[0].MemoryLog.UnsafeCount > 0);
        harness.Cluster.Holds = null;
        harness.Cluster.Run();
        Assert.Equal(["Warning"], harness[0].Live().Select(each => each.State));
        Assert.DoesNotContain("0>1 ExportDir", harness.Said());
        if (dies)
            Restart(harness, 0);
        else
            harness.Cluster[0].MemoryLog.StallsFlushes = false;
        harness.Cluster.Advance(3 * Second);
        Assert.Equal(dies, harness.Cluster[0].Rank.Services.Sessions.Find(client.Id) is null);
        world.Check(owner);
    }

    /// <summary>A rank dies, and so does its next life, after each of the effects of its recovery.</summary>
    [Theory]
    [InlineData(0, KillPoint.Export8, 0)]
    [InlineData(0, KillPoint.Export9, 0)]
    [InlineData(0, KillPoint.Export11, 1)]
    [InlineData(0, KillPoint.Export13, 1)]
    [InlineData(1, KillPoint.Import7, 0)]
    [InlineData(1, KillPoint.Import9, 1)]
    public void MG101_WhoDiesAgainWhileItRecovers(int victim, KillPoint point, int owner)
    {
        int effects = 0;
        for (bool isCut = true; isCut; effects++)
        {
            using KillWorld world = new(0, 1, 2);
            EffectGate gate = world.Harness.Cluster[victim].Gate;
            world.KillAt(point, victim, 0, drops: false);
            world.Migrate();
            Assert.True(gate.IsCut);
            world.Harness.Cluster.Crash(victim);
            world.Harness.Cluster.Run();
            gate.Open(effects);
            world.Harness.Cluster.Start(victim);
            isCut = gate.IsCut;
            world.Harness.Cluster.Crash(victim);
            world.Harness.Cluster.Run();
            world.Harness.Cluster.Start(victim);
            world.Harness.Cluster.Advance(30 * Second, Second / 2);
            world.Check(owner);
        }

        Assert.True(effects > 3, "a recovery has effects");
    }

    [Fact]
    public void MG103_AnImportsEndThatIsLostIsFoundAgain()
    {
        using KillWorld world = new(0, 1, 2);
        MigrationHarness harness = world.Harness;
        StallAt(harness, 1, KillPoint.Import9);
        harness.Move(0, 1, world.Root);
        Assert.Equal((1L, 0), (harness[1].Counters.Imported, harness[1].ImportCount));
        Assert.True(harness.Cluster[1].MemoryLog.UnsafeCount > 0);
        Restart(harness, 1);
        harness.Cluster.Advance(3 * Second);
        Assert.Equal((1L, 1L), (harness[1].Counters.Recovered, harness[1].Counters.Imported));
        world.Check(1);
    }

    /// <summary>Two ranks have copies; one has heard of the end, the other has not, when the exporter dies.</summary>
    [Fact]
    public void MG105_TheExporterDiesWhileItCancels_AndRanksWithCopiesAgree()
    {
        using MigrationHarness world = new(4);
        DirFrag root = world.Make("/a", 3);
        world.Learn(2, "a", "f1");
        world.Learn(3, "a", "f1");
        world.Cluster.Holds = (_, _, message) => message is ExportAck;
        world.Move(0, 1, root);
        Assert.True(world[0].TryCancel(world[0].Live().Single().Id));
        world.Cluster.Holds = (_, to, message) => to == 3 && message is ExportNotify;
        world.Poke(0);
        Assert.Equal(["Cancelling"], world[0].Live().Select(each => each.State));
        Assert.Equal([false, true], ((int[])[2, 3]).Select(rank => world.Cache(rank).FindDir(root)!.DirAuth.IsAmbiguous));
        world.Cluster.Crash(0);
        world.Cluster.Holds = null;
        world.Cluster.Run();
        world.Cluster.Start(0);
        world.Cluster.Advance(3 * Second, Second / 2);
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        for (int rank = 1; rank < 4; rank++)
        {
            Authority known = world.Cache(rank).FindDir(root) is { } dir
                ? world.Cache(rank).Subtrees.AuthorityOf(dir) : Authority.Of(new RankId(0));
            Assert.Equal(Authority.Of(new RankId(0)), known);
            Assert.Equal(IoError.None, world.Cluster.Call(rank, ClientOp.Create, $"/a/after{rank}").Error);
        }
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void MG106_ARankThatWasWarnedDiesAndComesBack(bool isCancelled, int owner)
    {
        using KillWorld world = new(0, 1, 2);
        MigrationHarness harness = world.Harness;
        harness.Cluster.Holds = (_, _, message) => message is ExportAck;
        harness.Move(0, 1, world.Root);
        Assert.True(harness.Cache(2).FindDir(world.Root)!.DirAuth.IsAmbiguous);
        Restart(harness, 2, keepsHolding: true);
        Assert.Equal(["Exporting"], harness[0].Live().Select(each => each.State));
        harness.Learn(2, "a");
        if (isCancelled)
            Assert.True(harness[0].TryCancel(harness[0].Live().Single().Id));
        harness.Cluster.Holds = null;
        harness.Poke(0);
        harness.Cluster.Advance(3 * Second);
        Assert.False(harness.Cache(2).FindDir(world.Root) is { DirAuth.IsAmbiguous: true });
        world.Check(owner);
    }

    /// <summary>Of the records of an import's beginning only the first ones got into the journal: there is no import.</summary>
    [Fact]
    public void MG109_AnImportsTornBeginningIsNone()
    {
        int all = 1;
        for (int kept = 0; kept <= all; kept++)
        {
            using KillWorld world = new(0, 1, 2);
            MigrationHarness harness = world.Harness;
            StallAt(harness, 1, KillPoint.Import5);
            harness.Move(0, 1, world.Root);
            Assert.Equal(["LoggingStart"], harness[1].Live().Select(each => each.State));
            MemoryLog log = harness.Cluster[1].MemoryLog;
            all = log.UnsafeCount;
            Assert.True(all > 0);
            log.Spared = kept;
            Restart(harness, 1);
            Assert.Equal(kept < all ? 0L : 1L, harness[1].Counters.Recovered);
            harness.Cluster.Advance(3 * Second);
            Assert.Equal(0, harness[1].Counters.Imported);
            world.Check(0);
        }
    }

    private static void StallAt(MigrationHarness world, int rank, KillPoint point) => world[rank].Reached = reached =>
    {
        if (reached == point)
            world.Cluster[rank].MemoryLog.StallsFlushes = true;
    };

    private static void Restart(MigrationHarness world, int rank, bool keepsHolding = false)
    {
        world[rank].Reached = null;
        world.Cluster.Crash(rank);
        if (!keepsHolding)
            world.Cluster.Holds = null;
        world.Cluster.Run();
        world.Cluster.Start(rank);
    }
}
