using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Heads of segments that are written while a migration is under way. Source: migrator specification, 4.1 (R4) and 9
/// (113).</summary>
public sealed class SegmentTests
{
    /// <summary>Heads behind the event that gives the region away do not claim it, though it is not durable yet.</summary>
    [Fact]
    public void MG113_AHeadBehindTheEventThatGivesItAwayLeavesItOut()
    {
        using MigrationHarness world = new(2, configure: static each => each with { SegmentEventsMax = 8, SegmentsMax = 2 });
        DirFrag root = world.Make("/a", 3);
        world.Make("/other", 1);
        StallAt(world, 0, KillPoint.Export10);
        world.Move(0, 1, root);
        Assert.Equal(["LoggingFinish"], world[0].Live().Select(each => each.State));
        MemoryLog log = world.Cluster[0].MemoryLog;
        int before = log.Count;
        Submit(world, 0, "/other/g", 60);
        Assert.True(log.Count > before + 1, "segments have begun");
        log.Spared = log.UnsafeCount;
        world.Cluster.Crash(0, 1);
        world.Cluster.Start(0);
        Assert.False(world.Cache(0).FindDir(root) is { IsAuth: true });
        Assert.True(world.DirOf(0, "/other").IsAuth);
        world.Cluster.Start(1);
        world.Cluster.Advance(3_000_000);
        AssertOwner(world, root, 1);
    }

    /// <summary>An importer that waits for the word begins segments whose heads tell of it, and keeps that of its beginning,
    /// which has the pages; then it dies. When the word is there the old segments go.</summary>
    [Theory]
    [InlineData(typeof(ExportAck), 0)]
    [InlineData(typeof(ExportFinish), 1)]
    public void MG112_HeadsTellWhatIsInDoubt_AndTheSegmentOfItsBeginningStays(Type held, int owner)
    {
        using MigrationHarness world = new(2, configure: static each => each with { SegmentEventsMax = 8, SegmentsMax = 2 });
        DirFrag root = world.Make("/a", 3);
        DirFrag other = world.Make("/other", 1);
        world.Move(0, 1, other);
        world.Cluster.Holds = (_, _, message) => message.GetType() == held;
        world.Move(0, 1, root);
        Assert.Equal(["Acking"], world[1].Live().Select(each => each.State));
        MemoryLog log = world.Cluster[1].MemoryLog;
        long begun = log.End;
        int before = log.Count;
        Submit(world, 1, "/other/g", 60);
        world.Cluster.Advance(2_000_000);
        Assert.True(log.Count > before + 1, "segments have begun");
        Assert.Equal(["Acking"], world[1].Live().Select(each => each.State));
        Assert.InRange(log.Start, 1, begun - 1);
        world.Cluster.Crash(0, 1);
        world.Cluster.Holds = null;
        world.Cluster.Start(0);
        world.Cluster.Start(1);
        Assert.Equal(1L, world[1].Counters.Recovered);
        world.Cluster.Advance(3_000_000);
        AssertOwner(world, root, owner);
        Assert.Equal(61, world.NamesAt(1, other).Count);
        Submit(world, 1, "/other/h", 60);
        world.Cluster.Advance(2_000_000);
        Assert.InRange(log.Start, begun, long.MaxValue);
    }

    private static void StallAt(MigrationHarness world, int rank, KillPoint point) => world[rank].Reached = reached =>
    {
        if (reached == point)
            world.Cluster[rank].MemoryLog.StallsFlushes = true;
    };

    private static void Submit(MigrationHarness world, int rank, string path, int count)
    {
        for (int i = 0; i < count; i++)
        {
            world.Cluster[rank].Submit(
                new ClientRequest(0, ClientOp.Create) { Path = Encoding.UTF8.GetBytes($"{path}{i}") });
        }

        world.Cluster.Run();
    }

    private static void AssertOwner(MigrationHarness world, DirFrag root, int owner)
    {
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        Assert.Equal([owner], Enumerable.Range(0, 2).Where(rank => world.Cache(rank).FindDir(root) is { IsAuth: true }));
        Assert.Equal(["f0", "f1", "f2"], world.NamesAt(owner, root));
    }
}
