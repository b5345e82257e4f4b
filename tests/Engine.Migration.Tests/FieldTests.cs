// What no rank sends: refused before anything is installed, counted where nobody could mean it, and the region stays where it is.

using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Fields of messages that cannot be. Source: migrator specification, 5.4 (Δ10) and appendix G.</summary>
public sealed class FieldTests
{
    private static readonly Authority s_exporter = Authority.Of(new RankId(0));
    private static readonly Authority s_both = Authority.Of(new RankId(0), new RankId(1));

    /// <summary>A notice: of whom, from which pair to which.</summary>
    public static TheoryData<int, Authority, Authority> Notices => new()
    {
        { 1, s_exporter, s_both },
        { 1, s_both, Authority.Of(new RankId(1)) },
        { 0, s_exporter, Authority.Of(new RankId(1)) },
        { 0, s_exporter, s_exporter },
        { 0, s_both, s_both },
        { 0, s_both, Authority.Of(new RankId(2)) },
        { 0, Authority.Of(new RankId(1)), s_both },
        { 0, s_exporter, Authority.Of(new RankId(1), new RankId(0)) },
        { 0, Authority.Of(new RankId(1), new RankId(2)), Authority.Of(new RankId(1)) },
        { 1, Authority.Of(new RankId(1), new RankId(0)), Authority.Of(new RankId(1)) },
    };

    [Theory]
    [MemberData(nameof(Notices))]
    public void ANoticeThatNoStepOfAMigrationBringsChangesNothing(int from, Authority old, Authority now)
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 1);
        world.Learn(2, "a", "f0");
        var id = new MigrationId(new RankId(0), 1, 1);
        world.Cluster.Tell(2, from, new ExportNotify(id, root, 7, WantsAck: true, old, now, []));
        world.Cluster.Run();
        Assert.Equal(1, world[2].Counters.Violations);
        Assert.Equal(s_exporter, world.Cache(2).Subtrees.AuthorityOf(world.Cache(2).FindDir(root)!));
        Assert.DoesNotContain(world.Cluster.Delivered, static each => each.Message is ExportNotifyAck);
    }

    [Fact]
    public void ARegionOfMoreBytesThanThereAreIsTooLarge()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 1);
        var id = new MigrationId(new RankId(0), 1, 1);
        world.Cluster.Tell(1, 0, new ExportDiscover(id, root, Ino.Root, ["a"u8.ToArray()], 1UL << 63));
        world.Cluster.Run();
        ExportDiscoverAck answer = (ExportDiscoverAck)Assert.Single(
            world.Cluster.Delivered, static each => each.Message is ExportDiscoverAck).Message;
        Assert.Equal((MigrationRefusal.TooBig, 0), (answer.Refusal, world[1].ImportCount));
    }

    [Fact]
    public void ARankThatTakesNoChangesTakesNoRegion()
    {
        using MigrationHarness world = new(
            2, configure: static each => each with { SegmentEventsMax = 4, SegmentsMax = 1 });
        DirFrag root = world.Make("/a", 1);
        world.Move(0, 1, world.Make("/b", 1));
        RankHarness other = world.Cluster[1];
        other.GatedStore.Failure = other.GatedStore.RemoveFailure = IoError.ReadOnly;
        for (int i = 0; i < 40 && !other.Rank.Services.IsReadOnly; i++)
            world.Cluster.Call(1, ClientOp.Create, $"/b/g{i}");
        Assert.True(other.Rank.Services.IsReadOnly);
        world.Move(0, 1, root);
        world.AssertAtRest();
        Assert.Equal(MigrationRefusal.ReadOnly, world[0].History.Reports.Last().Refusal);
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        other.GatedStore.Failure = other.GatedStore.RemoveFailure = IoError.None;
        world.Cluster.Advance(5_000_000);
        world.Move(0, 1, root);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
    }

    /// <summary>Of each kind there are two at least, of which one is put in place of the other.</summary>
    [Theory]
    [InlineData("client twice")]
    [InlineData("lock twice")]
    [InlineData("sums of no bound")]
    [InlineData("sums twice")]
    public void ARegionWithWhatCannotBeIsRefused(string what)
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 3);
        world.Move(0, 2, world.Make("/a/b", 1));
        world.Move(0, 2, world.Make("/a/c", 1));
        MigrationClient[] clients = [new(world.Cluster, 9, 0), new(world.Cluster, 10, 0)];
        for (int i = 0; i < clients.Length; i++)
        {
            clients[i].Open(0, "/a/f2", OpenFlags.Read);
            clients[i].Open(0, $"/a/f{i}", OpenFlags.Write | OpenFlags.Read);
        }

        bool isDone = false;
        world.Cluster.Holds = (_, _, message) =>
        {
            if (message is ExportDir region && !isDone)
            {
                Spoil(what, region);
                isDone = true;
            }

            return false;
        };
        Move(world, root, clients);
        Assert.True(isDone);
        Assert.Equal(MigrationRefusal.Damaged, world[0].History.Reports.Last().Refusal);
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        Move(world, root, clients);
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
    }

    private static void Move(MigrationHarness world, DirFrag root, MigrationClient[] clients)
    {
        world.Move(0, 1, root);
        for (int i = 0; i < 4; i++)
        {
            foreach (MigrationClient client in clients)
                client.Run();
            world.Cluster.Run();
        }

        world.AssertAtRest();
    }

    private static void Spoil(string what, ExportDir region)
    {
        switch (what)
        {
            case "client twice":
                var caps = (CapExportRecord[])Assert.Single(region.Caps, static each => each.Caps.Count == 2).Caps;
                caps[1] = caps[0];
                break;
            case "lock twice":
                var locks = (ExportedLock[])region.Locks;
                locks[1] = locks[0];
                break;
            default:
                var sums = (BoundSums[])region.BoundSums;
                Assert.Equal(2, sums.Length);
                sums[1] = sums[0] with { Bound = what == "sums twice" ? sums[0].Bound : region.Base };
                break;
        }
    }
}
