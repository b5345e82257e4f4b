// Imports that neither rank can decide alone: one of the two has died, or both, or what was said is lost. The exporter's journal
// decides, attempt by attempt.

using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Imports that are decided by the exporter's journal: after restarts, lost messages.</summary>
public sealed class ResolveTests
{
    private static readonly MigrationOptions s_whileDegraded = MigrationHarness.Once with { BeginsWhileDegraded = true };

    [Fact]
    public void MG061_TheExporterDiesWithoutItsWord_AndTheImporterUndoesEverything()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 3);
        Assert.Equal(IoError.None, world.Cluster.Call(
            0, ClientOp.Open, "/a/f1", each => each with { Flags = OpenFlags.Write | OpenFlags.Keep }).Error);
        world.Cluster.Holds = (_, _, message) => message is ExportAck;
        world.Move(0, 1, root);
        Assert.Equal(["Acking"], world[1].Live().Select(each => each.State));
        Assert.Equal(1, world.Cluster[1].Rank.Services.Sessions.Find(new ClientId(1))!.ImportingCount);
        world.Cluster.Crash(0);
        world.Cluster.Holds = null;
        world.Cluster.Run();

        // Nobody can say whose it is, and nobody serves it.
        Assert.Equal(["Acking"], world[1].Live().Select(each => each.State));
        Assert.Equal(1, world.Cache(1).FrozenTrees);
        world.Cluster.Start(0);
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        Session session = world.Cluster[1].Rank.Services.Sessions.Find(new ClientId(1))!;
        Assert.Equal(0, session.ImportingCount);
        List<CapInode> caps = [];
        world.Cluster[1].Rank.Caps.List(caps);
        Assert.Empty(caps);
        Assert.Equal(1, world[0].Counters.Resolved);
    }

    /// <summary>The exporter has said its word, and dies for good before it has said what clients came back to it with.</summary>
    [Fact]
    public void ARegionIsServedAfterATime_WhoeverHasClientsOfIt()
    {
        const long Reconnect = 2_000_000;
        using MigrationHarness world = new(2, s_whileDegraded, reconnectMicros: Reconnect);
        DirFrag root = world.Make("/a", 3);
        world.Cluster.Holds = (_, _, message) => message is ExportFinish;
        world.Move(0, 1, root);
        world.Cluster.Crash(1);
        world.Cluster.Holds = (_, _, message) => message is GatherAllCapsAck;
        world.Cluster.Start(1);
        world.Cluster.Advance(Reconnect, 100_000);
        Assert.Equal(["Finishing"], world[1].Live().Select(each => each.State));
        world.Cluster.Crash(0);
        world.Cluster.Holds = null;
        world.Cluster.Advance(3 * Reconnect, 100_000);
        Assert.Empty(world[1].Live());
        Assert.True(world.Cache(1).FindDir(root) is { IsAuth: true } dir && !dir.Has(DirState.FrozenTree));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void MG089_TheImporterDiesBehindItsAcknowledgement_AndItsNextLifeHasTheRegion(bool diesTwice)
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 3);
        world.Cluster.Holds = (_, _, message) => message is ExportFinish;
        world.Move(0, 1, root);
        world.Cluster.Crash(1);
        if (diesTwice)
        {
            // The first of these lives hears nothing from the exporter, and writes a segment's head of its own.
            world.Cluster.Holds = (from, _, _) => from == 0;
            world.Cluster.Start(1);
            Assert.Equal((1L, 1), (world[1].Counters.Recovered, world[1].ImportCount));
            world.Cluster.Crash(1);
        }

        world.Cluster.Holds = null;
        world.Cluster.Start(1);
        world.Cluster.Advance(3_000_000);
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        Assert.Equal(["f0", "f1", "f2"], world.NamesAt(1, root));
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
        Assert.Equal((1L, 1L), (world[1].Counters.Recovered, world[1].Counters.Imported));
        Assert.Empty(world.Cluster[0].Rank.Services.GivenExports);
    }

    [Fact]
    public void MG087_TheExporterDiesBehindItsWord_AndARankWithCopiesLearnsWhoseItIs()
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 3);
        world.Learn(2, "a", "f1");
        world.Cluster.Holds = (_, _, message) =>
            message is ExportFinish || message is ExportNotify { New.IsAmbiguous: false };
        world.Move(0, 1, root);
        Assert.True(world.Cache(2).FindDir(root)!.DirAuth.IsAmbiguous);
        world.Cluster.Crash(0);
        world.Cluster.Holds = null;
        world.Cluster.Start(0);
        world.Cluster.Advance(3_000_000);
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        Authority known = world.Cache(2).FindDir(root) is { } dir ? world.Cache(2).Subtrees.AuthorityOf(dir) : Authority.Default;
        Assert.True(known == Authority.Default || known == Authority.Of(new RankId(1)), $"{known}");
        Assert.Equal(IoError.None, world.Cluster.Call(2, ClientOp.Create, "/a/after").Error);
    }

    [Fact]
    public void MG146_TwoImportersInDoubt_TheOneThatTheExporterGaveItToHasIt()
    {
        using MigrationHarness world = new(3, s_whileDegraded);
        DirFrag root = world.Make("/a", 3);
        LeaveTwoInDoubt(world, root, root);
        BringBack(world);
        Assert.Equal((1L, 1L), (world[1].Counters.Recovered, world[2].Counters.Recovered));
        Assert.Equal((1L, 1L), (world[1].Counters.ImportsCancelled, world[2].Counters.Imported));
        Assert.True(world.Cache(2).FindDir(root)!.IsAuth);
        Assert.Equal(["f0", "f1", "f2"], world.NamesAt(2, root));
    }

    /// <summary>Those in doubt come back, one after the other.</summary>
    private static void BringBack(MigrationHarness world)
    {
        world.Cluster.Start(1);
        world.Cluster.Holds = null;
        world.Cluster.Start(2);
        world.Cluster.Advance(3_000_000);
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
    }

    /// <summary>Were it told by the root instead of by the attempt, both would have the region, and the checks would say so.
    /// </summary>
    [Fact]
    public void MG146_ToldByTheRootTwoRanksHaveIt_AndThatIsFound()
    {
        using MigrationHarness world = new(3, s_whileDegraded);
        DirFrag root = world.Make("/a", 3);
        LeaveTwoInDoubt(world, root, root);
        List<ExportCancel> answers = [];
        world.Cluster.Loses = (_, to, message) =>
        {
            if (to == 1 && message is ExportCancel answer)
                answers.Add(answer);
            return to == 1 && message is ExportCancel;
        };
        world.Cluster.Start(1);
        ExportCancel answer = Assert.Single(answers.Distinct());
        world.Cluster.Tell(1, 0, new ExportFinish(answer.Id, answer.Base, IsLast: true, [], []));
        world.Cluster.Holds = null;
        world.Cluster.Start(2);
        world.Cluster.Advance(3_000_000);
        Assert.Equal([1, 2], Enumerable.Range(0, 3).Where(rank => world.Cache(rank).FindDir(root) is { IsAuth: true }));
        Assert.Contains("0x1000", Assert.Throws<InvariantException>(() => ClusterChecks.Expect(world.Cluster)).Message);
    }

    /// <summary>Told by the root, but nothing is given away while a rank with an import in doubt is not there: there is no second
    /// attempt, and nothing is lost.</summary>
    [Fact]
    public void MG146_NothingIsGivenWhileARankIsAway_AndTheExporterHasIt()
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 3);
        world.Cluster.Holds = (_, _, message) => message is ExportAck;
        world.Move(0, 1, root);
        world.Cluster.Crash(0);
        world.Cluster.Crash(1);
        world.Cluster.Holds = null;
        world.Cluster.Start(0);
        Assert.NotEqual(MigrationRefusal.None, world[0].Export(root, new RankId(2)));
        world.Cluster.Start(1);
        world.Cluster.Advance(3_000_000);
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        Assert.Empty(world.Cluster[0].Rank.Services.GivenExports);
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
    }

    /// <summary>The second attempt is for a part of what the first was for.</summary>
    [Fact]
    public void MG146_NestedRegionsInDoubt_EachHasItsOwn()
    {
        using MigrationHarness world = new(3, s_whileDegraded);
        DirFrag root = world.Make("/a", 3);
        DirFrag below = world.Make("/a/b", 2);
        LeaveTwoInDoubt(world, root, below);
        BringBack(world);
        Assert.Equal((1L, 1L), (world[1].Counters.ImportsCancelled, world[2].Counters.Imported));
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        Assert.True(world.Cache(2).FindDir(below)!.IsAuth);
        Assert.Equal(["b", "f0", "f1", "f2"], world.NamesAt(0, root));
        Assert.Equal(["f0", "f1"], world.NamesAt(2, below));
    }

    /// <summary>Rank 1 has written the first region down, and dies before it hears that it came to nothing; rank 2 the second,
    /// after a restart of the exporter, and dies before it hears that it is its own. Ends of exports are held back.</summary>
    private static void LeaveTwoInDoubt(MigrationHarness world, DirFrag first, DirFrag second)
    {
        world.Cluster.Holds = (_, _, message) => message is ExportAck;
        world.Move(0, 1, first);
        world.Cluster.Crash(0);
        world.Cluster.Crash(1);
        world.Cluster.Holds = null;
        world.Cluster.Start(0);
        world.Cluster.Holds = (_, _, message) => message is ExportFinish;
        world.Move(0, 2, second);
        world.Cluster.Crash(2);
    }

    [Fact]
    public void AnImportsEndForWhichThereWasNoRoomIsWrittenLater()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 3);
        world.Cluster.Holds = (_, _, message) => message is ExportFinish;
        world.Move(0, 1, root);
        Assert.Equal(["Acking"], world[1].Live().Select(each => each.State));
        BufferPool memory = world.Cache(1).Pool.Blocks(3);
        List<BufferHandle> taken = [];
        while (world.Cache(1).HasRoomForChange && memory.TryRent(out BufferHandle handle))
            taken.Add(handle);
        Assert.False(world.Cache(1).HasRoomForChange);
        world.Cluster.Holds = null;
        world.Cluster.Run();
        world.Cluster.Advance(3_000_000);

        // It is this rank's, and the exporter is told so only when the journal has it.
        Assert.Equal(["Finishing"], world[1].Live().Select(each => each.State));
        Assert.Single(world.Cluster[0].Rank.Services.GivenExports);
        foreach (BufferHandle handle in taken)
            memory.Release(handle);
        world.Cluster.Advance(3_000_000);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
        Assert.Empty(world.Cluster[0].Rank.Services.GivenExports);
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Create, "/a/after").Error);
    }
}
