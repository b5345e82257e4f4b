// What an export waits for before it says anything to anybody, and what it is refused for. Nothing of the cluster changes there.

using Engine.Buffers;
using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Exports before their first message.</summary>
public sealed class PreconditionTests
{
    private static readonly RankId s_to = new(1);

    [Fact]
    public void MG032_APinOnWhatLiesAboveForbidsAllOtherRanks()
    {
        using MigrationHarness world = new(3);
        world.Make("/a", 1);
        DirFrag below = world.Make("/a/b", 2);
        Assert.Equal(IoError.None, SetPin(world, "/a", "2").Error);
        Assert.Equal(MigrationRefusal.Pinned, world[0].Export(below, s_to));
        Assert.Equal((0, 0L), (world[0].ExportCount, world[0].Counters.ExportsBegun));
        Assert.False(world.Cache(0).FindDir(below)!.Has(DirState.Exporting));

        // The nearest one counts.
        Assert.Equal(IoError.None, SetPin(world, "/a/b", "1").Error);
        Assert.Equal(MigrationRefusal.Pinned, world[0].Export(below, new RankId(2)));
        Assert.Equal(IoError.None, SetPin(world, "/a/b", "-1").Error);
        world.Move(0, 2, below);
        world.AssertAtRest();
        Assert.True(world.Cache(2).FindDir(below)!.IsAuth);
    }

    /// <summary>What is larger than the measure goes alone; who waits for room is passed only by those who take none of it.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void MG035_SoManyBytesAtOnce(bool isOfRank)
    {
        using MigrationHarness world = new(3);
        DirFrag[] dirs = [.. Enumerable.Range(0, 4).Select(i => world.Make($"/d{i}", i == 1 ? 200 : 1))];
        long small = world.Cache(0).FindDir(dirs[0])!.Pages.BytesUsed;
        world[0].Options = isOfRank ? world[0].Options with { InflightToRankBytesMax = 2 * small }
            : world[0].Options with { InflightBytesMax = 2 * small };
        world.Cluster.Holds = static (_, _, message) => message is ExportDiscoverAck;
        world.Move(0, 1, dirs[0]);
        world.Move(0, 1, dirs[1]);
        world.Move(0, 1, dirs[2]);
        world.Move(0, 2, dirs[3]);
        DirFrag[] begun = isOfRank ? [dirs[0], dirs[3]] : [dirs[0]];
        Assert.Equal(begun, world[0].Live().Select(static each => each.Base));
        int most = 0;
        world.Cluster.Holds = (_, _, message) =>
        {
            DirFrag[] live = [.. world[0].Live().Select(static each => each.Base).Where(each => each != dirs[3])];
            most = Math.Max(most, live.Contains(dirs[1]) ? live.Length : 0);
            return false;
        };
        world.Cluster.Run();
        world.AssertAtRest();
        Assert.Equal(1, most);
        Assert.Equal(4, world[0].Counters.Exported);
        Assert.True(world.Cache(2).FindDir(dirs[3])!.IsAuth);
    }

    [Fact]
    public void MG035_SoManyAtOnce_InTheirOrder_AndWhatIsGoneIsPassedOver()
    {
        const int Exports = 10;
        const int Most = 4;
        using MigrationHarness world = new(3, new MigrationOptions { ConcurrentMax = Most });
        DirFrag[] dirs = [.. Enumerable.Range(0, Exports).Select(i => world.Make($"/d{i}", 1))];
        world.Cluster.Holds = static (_, _, message) => message is ExportDiscoverAck;
        foreach (DirFrag dir in dirs)
            world.Move(0, 1, dir);
        Assert.Equal(dirs[..Most], world[0].Live().Select(static each => each.Base));

        // When its turn comes it is not this rank's any more.
        Assert.Equal(MigrationRefusal.None, world[0].Export(dirs[7], new RankId(2)));
        Assert.Equal([.. dirs[Most..], dirs[7]], world[0].Waiting.Select(static each => each.Dir));
        List<DirFrag> begun = [.. dirs[..Most]];
        world.Cluster.Holds = (_, _, message) =>
        {
            Assert.InRange(world[0].ExportCount, 0, Most);
            begun.AddRange(world[0].Live().Select(static each => each.Base).Except(begun));
            return false;
        };
        world.Cluster.Run();
        world.AssertAtRest();
        Assert.Equal(dirs, begun);
        Assert.Equal(((long)Exports, 1L), (world[0].Counters.Exported, world[0].Counters.Vanished));
        Assert.All(dirs, dir => Assert.True(world.Cache(1).FindDir(dir)!.IsAuth));
        Assert.Empty(world[0].Waiting);
    }

    [Fact]
    public void MG037_LocksThatAreNotHadInTimeEndIt_AndNobodyHasHeardOfIt()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 3);
        LockSet held = Hold(world, root, LockKind.Snap);
        world.Move(0, 1, root);
        Assert.Equal(["Locking"], world[0].Live().Select(static each => each.State));
        world.Cluster.Advance(9_000_000);
        Assert.Equal(["Locking"], world[0].Live().Select(static each => each.State));
        world.Cluster.Advance(2_000_000);
        Assert.Empty(world[0].Live());
        Assert.Empty(world.Said());
        Assert.Equal(MigrationRefusal.Deadline, world[0].History.Reports.Single().Refusal);
        Assert.Equal(1, world[0].Counters.Deadlines);

        // Its pin is gone too, or nothing could be frozen.
        held.Release();
        world.Poke(0);
        world.AssertAtRest();
        world.Move(0, 1, root);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
    }

    private static ClientReply SetPin(MigrationHarness world, string path, string pin) => world.Cluster.Call(
        0, ClientOp.SetXattr, path,
        each => each with { XattrName = "dir.pin", Value = System.Text.Encoding.ASCII.GetBytes(pin) });

    /// <summary>Takes a lock of a directory alone, as a request that takes long does.</summary>
    internal static LockSet Hold(MigrationHarness world, DirFrag name, LockKind kind)
    {
        RankServices rank = world.Cluster[0].Rank.Services;
        NodeId node = world.Cache(0).FindDir(name)!.Inode;
        LockSet set = new(rank.Locks, rank.LockHost);
        set.Reset(rank.NextOperation(), new ClientId(9));
        set.Add(LockObject.OfInode(name.Ino, node), kind, LockMode.Exclusive);
        Assert.Equal(LockOutcome.Acquired, set.Acquire(LockPatience.Never));
        return set;
    }
}
