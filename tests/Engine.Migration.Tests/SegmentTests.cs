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
