// Exports that come to nothing for a reason that passes are made again by themselves, later each time; and a freeze that may wait
// for one that waits for it is given up.

using Engine.Buffers;
using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>What happens after a refusal, and before a deadline.</summary>
public sealed class BackOffTests
{
    private const long Second = 1_000_000;

    [Fact]
    public void MG069_AnImporterThatCannotPrepareNow_IsAskedAgainAfterAWhile_LaterEachTime()
    {
        using MigrationHarness world = new(2, new MigrationOptions { RetriesMax = 2 });
        DirFrag root = world.Make("/a", 3);
        world[1].Reached = point =>
        {
            if (point == KillPoint.Import2)
                world.Cluster.Enter(1, ClusterRankState.Stopping);
        };
        Assert.Equal(MigrationRefusal.None, world[0].Export(root, new RankId(1)));
        world.Cluster[0].Post(new RankEvent(RankEventKind.Posted));
        world.Cluster.Run();
        MigrationReport report = Assert.Single(world[0].History.Reports);
        Assert.Equal((MigrationRefusal.NotActive, root), (report.Refusal, report.Base));
        Assert.DoesNotContain("0>1 ExportCancel", world.Said());
        Assert.Equal([(root, new RankId(1))], world[0].Waiting);

        // Not before its time, and while nobody can have it not then either.
        world[1].Reached = null;
        world.Cluster.Enter(1, ClusterRankState.Active);
        world.Cluster.Advance(Second / 2, Second / 10);
        Assert.Equal((1L, 1), (world[0].Counters.ExportsBegun, world[0].Waiting.Count()));
        world.Cluster.Advance(Second, Second / 10);
        world.AssertAtRest();
        Assert.Equal((2L, 1L, 1L), (world[0].Counters.ExportsBegun, world[0].Counters.Exported, world[0].Counters.Retried));
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
    }

    [Fact]
    public void MG076_AFreezeThatIsHeldUpForAMinute_IsTriedAgain_LaterEachTime_AndGivenUp()
    {
        using MigrationHarness world = new(2, new MigrationOptions { RetriesMax = 3 });
        DirFrag root = world.Make("/a", 3);
        MetadataCache cache = world.Cache(0);
        NodeId file = cache.Lookup(cache.FindDir(root)!, "f1"u8);
        cache.AuthPin(file);
        world.Move(0, 1, root);
        List<long> begun = [];
        for (long at = 0; at < 60 * Second; at += Second / 10)
        {
            if (world[0].Counters.ExportsBegun > begun.Count)
                begun.Add(at);
            world.Cluster.Advance(Second / 10, Second / 10);
        }

        // 5 s of freezing each, and 1, 2 and 4 s between them.
        Assert.Equal(4, begun.Count);
        Assert.Equal([6, 7, 9], begun.Zip(begun.Skip(1), static (a, b) => (b - a + (Second / 2)) / Second));
        Assert.All(world[0].History.Reports, static each => Assert.Equal(MigrationRefusal.Deadline, each.Refusal));
        Assert.Empty(world[0].Waiting);
        cache.AuthUnpin(file);
        world.Cluster.Advance(60 * Second);
        Assert.Equal((0L, 4L), (world[0].Counters.Exported, world[0].Counters.ExportsBegun));

        // Who asks anew need not wait.
        world.Move(0, 1, root);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
    }

    [Fact]
    public void MG076_WhatHoldsAFreezeUpIsShown()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 3);
        MigrationClient writer = new(world.Cluster, 77, 0);
        MigrationClient other = new(world.Cluster, 78, 0);
        writer.Open(0, "/a/f1");
        writer.Holds = static (_, message) => message is CapGrant;
        ulong tid = other.Begin(0, new ClientRequest(0, ClientOp.SetAttributes)
        {
            Path = "/a/f1"u8.ToArray(), Changes = new AttributeChanges { Size = 7 },
        });
        other.Run();
        world.Move(0, 1, root);
        Assert.Equal(["Freezing"], world[0].Live().Select(static each => each.State));
        OperationInfo waiting = Assert.Single(world.Cluster[0].Rank.Operations);
        Assert.Equal((other.Id, tid, "/a/f1"), (waiting.Client, waiting.Tid, waiting.Path));
        Assert.True(waiting.WaitsFor >= WaitMask.LockFirst, $"{waiting.WaitsFor}");

        // It is given up before the client is.
        world.Cluster.Advance(6 * Second);
        Assert.Equal(MigrationRefusal.Deadline, Assert.Single(world[0].History.Reports).Refusal);
        writer.Holds = null;
        writer.Run();
        other.Run();
        Assert.Equal(IoError.None, other.AnswerTo(tid)!.Error);
        world.AssertAtRest();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AFreezeThatStandsStill_IsGivenUpWhereAnotherRankWaitsForIt(bool isForPeer)
    {
        using MigrationHarness world = new(
            2, MigrationHarness.Once with { FreezeMicros = 300 * Second, FreezeStaleMicros = 30 * Second });
        DirFrag root = world.Make("/a", 3);
        MetadataCache cache = world.Cache(0);
        Dir dir = cache.FindDir(root)!;
        NodeId file = cache.Lookup(dir, "f1"u8);
        cache.AuthPin(file);
        world.Move(0, 1, root);
        Waiter waiter = new(isForPeer);
        cache.Wait(dir, WaitMask.Unfreeze, waiter);
        world.Cluster.Advance(29 * Second);
        Assert.Equal(1, world[0].ExportCount);
        world.Cluster.Advance(3 * Second);
        Assert.Equal((isForPeer ? 0 : 1, isForPeer), (world[0].ExportCount, waiter.HasRun));
        if (isForPeer)
            Assert.Equal(MigrationRefusal.StaleFreeze, Assert.Single(world[0].History.Reports).Refusal);
        Assert.Equal(0, world[0].Counters.Deadlines);
        cache.AuthUnpin(file);
        world.Poke(0);
        world.AssertAtRest();
    }

    [Fact]
    public void AFreezeWithinAFreezeThatStandsStillIsGivenUp()
    {
        using MigrationHarness world = new(
            2, MigrationHarness.Once with { FreezeMicros = 300 * Second, FreezeStaleMicros = 30 * Second });
        DirFrag outer = world.Make("/a", 1);
        DirFrag inner = world.Make("/a/b", 2);
        MetadataCache cache = world.Cache(0);
        NodeId file = cache.Lookup(cache.FindDir(inner)!, "f1"u8);
        cache.AuthPin(file);
        world.Move(0, 1, inner);
        world.Move(0, 1, outer);
        Assert.Equal(["Freezing", "Freezing"], world[0].Live().Select(static each => each.State));
        world.Cluster.Advance(31 * Second);
        Assert.Equal([outer], world[0].Live().Select(static each => each.Base));
        Assert.Equal(
            (inner, MigrationRefusal.StaleFreeze),
            (Assert.Single(world[0].History.Reports).Base, world[0].History.Reports.Single().Refusal));
        cache.AuthUnpin(file);
        world.Poke(0);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(inner)!.IsAuth);
    }

    private sealed class Waiter(bool isForPeer) : Continuation
    {
        public bool HasRun { get; private set; }

        public override bool IsForPeer => isForPeer;

        public override void Run(IoError error) => HasRun = true;
    }
}
