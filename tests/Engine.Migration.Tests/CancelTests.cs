// Migrations that end before the journal's word: on request, by a deadline, by a failure of either end, by damage. Whatever the
// state, the exporter has everything, nothing is frozen, and the same migration can be made afterwards.

using Engine.Buffers;
using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Exports that come to nothing.</summary>
public sealed class CancelTests
{
    /// <summary>The message whose loss on the way leaves the exporter in that state.</summary>
    public static TheoryData<ExporterState, Type> States { get; } = new()
    {
        { ExporterState.Discovering, typeof(ExportDiscoverAck) },
        { ExporterState.Staging, typeof(ExportStageAck) },
        { ExporterState.Prepping, typeof(ExportPrepAck) },
        { ExporterState.Exporting, typeof(ExportAck) },
    };

    [Theory]
    [MemberData(nameof(States))]
    public void MG067_ACancelledExportLeavesEverythingAsItWas_AndCanBeMadeAgain(ExporterState state, Type held)
    {
        using MigrationHarness world = new(2);
        DirFrag root = Begin(world, held);
        Assert.Equal([state.ToString()], world[0].Live().Select(each => each.State));
        Assert.True(world[0].TryCancel(world[0].Live().Single().Id));
        world.Poke(0);
        Serves(world, "/a/while");
        world.Cluster.Holds = null;
        world.Cluster.Run();
        AssertUndone(world, root, MigrationRefusal.Asked);

        // What was answered in the meantime came too late, and is counted.
        Assert.Equal(1, world[0].Counters.Late);
        MoveAgain(world, root);
    }

    [Theory]
    [MemberData(nameof(States))]
    public void MG078_WhatTakesTooLongIsCancelled(ExporterState state, Type held)
    {
        using MigrationHarness world = new(2);
        DirFrag root = Begin(world, held);
        Assert.Equal([state.ToString()], world[0].Live().Select(each => each.State));
        world.Cluster.Advance(12_000_000);
        Serves(world, "/a/while");
        world.Cluster.Holds = null;
        world.Cluster.Run();
        AssertUndone(world, root, MigrationRefusal.Deadline);
        Assert.Equal(1, world[0].Counters.Deadlines);
        MoveAgain(world, root);
    }

    [Theory]
    [MemberData(nameof(States))]
    public void MG079_TheImporterFails(ExporterState state, Type held)
    {
        using MigrationHarness world = new(2);
        DirFrag root = Begin(world, held);
        Assert.Equal([state.ToString()], world[0].Live().Select(each => each.State));
        world.Cluster.Holds = null;
        world.Cluster.Crash(1);
        world.Cluster.Run();
        Assert.Empty(world[0].Live());
        Assert.Equal(MigrationRefusal.PeerFailed, world[0].History.Reports.Single().Refusal);
        Assert.Equal(["f0", "f1", "f2"], world.NamesAt(0, root));
        Assert.Empty(world.Cluster[0].Rank.Audit(3));
        Serves(world, "/a/after");
    }

    /// <summary>A part of the region, or nothing of it, has come when the importer dies; what went ahead is in its journal. The
    /// transport's half of that is in its own tests.</summary>
    [Fact]
    public void MG102_TheImporterDiesWhileTheRegionIsOnItsWay_AndItsNextLifeHasNothingOfIt()
    {
        using MigrationHarness world = new(2);
        DirFrag root = Begin(world, typeof(ExportDir));
        Assert.Equal(
            ["Exporting", "Prepped"],
            Enumerable.Range(0, 2).SelectMany(rank => world[rank].Live()).Select(each => each.State));
        world.Cluster.Crash(1);
        world.Cluster.Run();
        Assert.Empty(world[0].Live());
        Serves(world, "/a/while");
        world.Cluster.Holds = null;
        world.Cluster.Start(1);
        world.Cluster.Advance(3_000_000, 500_000);
        AssertUndone(world, root, MigrationRefusal.PeerFailed);
        Assert.Equal(0, world[1].Counters.Recovered);
        Assert.Null(world.Cache(1).FindDir(root));
        MoveAgain(world, root);
    }

    [Theory]
    [InlineData(typeof(ExportPrep))]
    [InlineData(typeof(ExportDir))]
    public void MG081_TheExporterFailsBeforeTheRegionIsWrittenDown(Type held)
    {
        using MigrationHarness world = new(2);
        DirFrag root = Begin(world, held);
        world.Cluster.Holds = null;
        world.Cluster.Crash(0);
        world.Cluster.Run();
        Assert.Empty(world[1].Live());
        Assert.Equal(MigrationRefusal.PeerFailed, world[1].History.Reports.Single().Refusal);
        Assert.Equal(0, world.Cache(1).FrozenTrees);
        Assert.Empty(world.Cluster[1].Rank.Audit(3));
        world.Cluster.Start(0);
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        Serves(world, "/a/after");
    }

    [Fact]
    public void MG076_AFreezeThatSomethingHoldsUpIsGivenUp()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 3);
        MetadataCache cache = world.Cache(0);
        NodeId file = cache.Lookup(cache.FindDir(root)!, "f1"u8);
        cache.AuthPin(file);
        world.Move(0, 1, root);
        Assert.Equal(["Freezing"], world[0].Live().Select(each => each.State));
        world.Cluster.Advance(6_000_000);
        cache.AuthUnpin(file);
        world.Cluster.Run();
        AssertUndone(world, root, MigrationRefusal.Deadline);
        MoveAgain(world, root);
    }

    [Fact]
    public void MG007_DamagedPagesAreRefused_AndNothingOfThemIsTaken()
    {
        SeededRandom random = new(7);
        for (int run = 0; run < 20; run++)
        {
            using MigrationHarness world = new(2);
            DirFrag root = world.Make("/a", 3);
            world.Cluster.Holds = (_, _, message) =>
            {
                if (message is ExportDir region)
                    Flip(region.Pages, random);
                return false;
            };
            world.Move(0, 1, root);
            AssertUndone(world, root, MigrationRefusal.Damaged);
            Assert.Empty(world.NamesAt(1, root));
            Serves(world, "/a/after");
        }
    }

    [Fact]
    public void MG068_WhatIsDecidedCannotBeCancelled()
    {
        using MigrationHarness world = new(2);
        DirFrag root = Begin(world, typeof(ExportFinish));
        Assert.Equal((0, 1), (world[0].ExportCount, world[1].ImportCount));
        Assert.False(world[0].TryCancel(new MigrationId(new RankId(0), 1, 1)));
        world.Cluster.Holds = null;
        world.Cluster.Run();
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void MG123_NewsOfDroppedCopiesWaitForTheEnd(bool isCancelled)
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 3);
        world.Learn(2, "a", "f1");
        world.Cluster.Holds = (_, _, message) => message is ExportAck;
        world.Move(0, 1, root);
        Assert.Equal(["Exporting"], world[0].Live().Select(each => each.State));
        for (int i = 0; i < 4; i++)
            world.Cache(2).Trim(1000);
        world.Poke(2);
        Assert.Empty(world.NamesAt(2, root));
        Assert.Equal(1, world.Cluster[0].Rank.Services.Expires.DelayedCount);
        if (isCancelled)
            Assert.True(world[0].TryCancel(world[0].Live().Single().Id));
        world.Cluster.Holds = null;
        world.Poke(0);
        world.AssertAtRest();
        int owner = isCancelled ? 0 : 1;
        Dir dir = world.Cache(owner).FindDir(root)!;
        Assert.Equal(0ul, world.Cache(owner).ReplicasOf(world.Cache(owner).Lookup(dir, "f1"u8)) & 4);
        Assert.Equal([0, 0], Enumerable.Range(0, 2).Select(rank => world.Cluster[rank].Rank.Services.Expires.DelayedCount));
    }

    private static DirFrag Begin(MigrationHarness world, Type held)
    {
        DirFrag root = world.Make("/a", 3);
        world.Cluster.Holds = (_, _, message) => message.GetType() == held;
        world.Move(0, 1, root);
        return root;
    }

    internal static void Flip(PageParcel pages, SeededRandom random)
    {
        PagePiece piece = pages[random.NextInt(pages.Count)];
        int at = random.NextInt(piece.Bytes);
        Span<byte> bytes = piece.Pool.Span(piece.Handle);
        int place = at < piece.Front ? at : bytes.Length - piece.Bytes + at;
        bytes[place] ^= (byte)(1 << random.NextInt(8));
    }

    private static void Serves(MigrationHarness world, string path) =>
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Create, path).Error);

    private static void AssertUndone(MigrationHarness world, DirFrag root, MigrationRefusal reason)
    {
        world.AssertAtRest();
        Assert.Equal(reason, world[0].History.Reports.Last().Refusal);
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        Assert.Empty(((string[])["f0", "f1", "f2"]).Except(world.NamesAt(0, root)));
    }

    private static void MoveAgain(MigrationHarness world, DirFrag root)
    {
        List<string> names = world.NamesAt(0, root);
        world.Move(0, 1, root);
        world.AssertAtRest();
        Assert.Equal(names, world.NamesAt(1, root));
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
    }
}
