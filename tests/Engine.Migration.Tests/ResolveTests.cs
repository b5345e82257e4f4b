using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Imports that are decided by the exporter's journal: after restarts, lost messages.</summary>
public sealed class ResolveTests
{
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
        using MigrationHarness world = new(3, MigrationHarness.Once with { BeginsWhileDegraded = true });
        DirFrag root = world.Make("/a", 3);

        // The first attempt: rank 1 has written the region down, and dies before it hears that it came to nothing.
        world.Cluster.Holds = (_, _, message) => message is ExportAck;
        world.Move(0, 1, root);
        world.Cluster.Crash(0);
        world.Cluster.Crash(1);
        world.Cluster.Holds = null;
        world.Cluster.Start(0);
        world.Cluster.Holds = (_, _, message) => message is ExportFinish;
        world.Move(0, 2, root);
        world.Cluster.Crash(2);
        world.Cluster.Start(1);
        world.Cluster.Holds = null;
        world.Cluster.Start(2);
        world.Cluster.Advance(3_000_000);
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        Assert.Equal((1L, 1L), (world[1].Counters.Recovered, world[2].Counters.Recovered));
        Assert.Equal((1L, 1L), (world[1].Counters.ImportsCancelled, world[2].Counters.Imported));
        Assert.True(world.Cache(2).FindDir(root)!.IsAuth);
        Assert.Equal(["f0", "f1", "f2"], world.NamesAt(2, root));
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
