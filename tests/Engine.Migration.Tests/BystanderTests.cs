using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Ranks with copies of what others move. Source: migrator specification, 2.7 and 9 (K).</summary>
public sealed class BystanderTests
{
    private static readonly RankId s_to = new(1);

    /// <summary>All pairs of states of exporter and importer.</summary>
    public static TheoryData<int> Pairs { get; } = StatePairs.All;

    [Theory]
    [MemberData(nameof(Pairs))]
    public void MG121_CopiesAreDroppedInEachPhase_AndNobodyBelievesInThem(int index)
    {
        StatePairs pair = StatePairs.Of(index);
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 3);
        world.Learn(2, "a", "f1");
        Assert.Equal(["f1"], world.NamesAt(2, root));
        Action release = pair.Reach(world, root);
        for (int i = 0; i < 4; i++)
            world.Cache(2).Trim(1000);
        world.Poke(2);
        Assert.True(world.Cache(2).FindDir(root) is null or { Count: 0 });
        release();
        world.Poke(0);
        world.Cluster.Advance(3_000_000, 500_000);
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        MetadataCache owner = world.Cache(pair.IsCancelled ? 0 : 1);
        Dir dir = owner.FindDir(root)!;
        Assert.True(dir.IsAuth);
        Assert.Equal(0ul, owner.ReplicasOf(owner.Lookup(dir, "f1"u8)) & 4);
        Assert.Equal([0, 0, 0], Enumerable.Range(0, 3).Select(rank => world.Cluster[rank].Rank.Services.Expires.DelayedCount));
    }

    /// <summary>Who had nothing of the region is not told of it, and asks when it is decided.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void MG125_WhoAsksWhenItIsDecidedLearnsWhoseItIs(bool isOver)
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 3);
        world.Cluster.Holds = (_, _, message) => message is ExportFinish;
        world.Move(0, 1, root);
        Assert.DoesNotContain(world.Cluster.Delivered, each => each.Message is ExportNotify);
        if (isOver)
            world.Cluster.Holds = null;
        world.Cluster.Run();
        world.Learn(2, "a");
        world.Cluster.Holds = null;
        world.Cluster.Run();
        Assert.Equal(IoError.None, world.Cluster.Call(2, ClientOp.Create, "/a/after").Error);
        world.Learn(2, "a", "f1");
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        Assert.Equal(Authority.Of(s_to), world.Cache(2).Subtrees.AuthorityOf(world.Cache(2).FindDir(root)!));
    }

    /// <summary>What a rank believed was wrong: the warning does not fit and changes nothing, what was decided puts it
    /// right.</summary>
    [Fact]
    public void MG126_ADecidedNoticeHealsWhatWasBelieved()
    {
        using MigrationHarness world = new(4);
        DirFrag root = world.Make("/a", 3);
        world.Learn(2, "a", "f1");
        Dir copy = world.Cache(2).FindDir(root)!;
        world.Cache(2).Subtrees.AdjustAuth(copy, Authority.Of(new RankId(3)));
        world.Cluster.Holds = (_, _, message) => message is ExportAck;
        world.Move(0, 1, root);
        Assert.Equal(["Exporting"], world[0].Live().Select(each => each.State));
        Assert.Equal((Authority.Of(new RankId(3)), 0L), (world.Cache(2).Subtrees.AuthorityOf(copy), world[2].Counters.Healed));
        world.Cluster.Holds = null;
        world.Cluster.Run();
        Assert.Equal((Authority.Of(s_to), 1L), (world.Cache(2).Subtrees.AuthorityOf(copy), world[2].Counters.Healed));
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
    }

    /// <summary>The region is back where it was when notices of its way there come once more: they fit what is believed, and are
    /// of an older migration.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void MG126_ANoticeOfAnOlderMigrationChangesNothing(int index)
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 3);
        world.Learn(2, "a", "f1");
        world.Move(0, 1, root);
        ExportNotify[] old = [.. world.Cluster.Delivered.Select(each => each.Message).OfType<ExportNotify>()];
        Assert.Equal(2, old.Length);
        world.Move(1, 0, root);
        Dir copy = world.Cache(2).FindDir(root)!;
        Authority before = index == 0 ? Authority.Of(new RankId(0)) : Authority.Of(new RankId(0), s_to);
        world.Cache(2).Subtrees.AdjustAuth(copy, before);
        Assert.Equal(before, old[index].Old);
        world.Cluster.Tell(2, 0, old[index]);
        Assert.Equal(before, world.Cache(2).Subtrees.AuthorityOf(copy));
    }
}
