// What an export is refused for at once, each with its own reason and without a trace; and what it waits for before it says
// anything to anybody.

using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Refusals before an export begins, and waits before its first message.</summary>
public sealed class RefusalTests
{
    private static readonly RankId s_to = new(1);

    [Fact]
    public void MG031_WhatIsTheSystemsOwnOrRemovedIsNotMoved()
    {
        using MigrationHarness world = new(2);
        world.Make("/a", 1);
        Ino stray = Ino.StrayOf(new RankId(0), 3);
        MetadataCache cache = world.Cache(0);
        AssertRefused(world, cache.FirstDirOf(cache.FindInode(Ino.Root))!, s_to, MigrationRefusal.NotMovable);
        AssertRefused(
            world, cache.FirstDirOf(cache.FindInode(Ino.PrivateOf(new RankId(0))))!, s_to, MigrationRefusal.NotMovable);
        AssertRefused(world, cache.FirstDirOf(cache.FindInode(stray))!, s_to, MigrationRefusal.NotMovable);

        // Removed while a client has it open, it lies in a stray directory.
        DirFrag open = world.Make("/a/open", 0);
        MigrationClient client = new(world.Cluster, 77, 0);
        client.Open(0, "/a/open", OpenFlags.Read);
        ClientReply removed = client.Call(0, new ClientRequest(0, ClientOp.RemoveDirectory) { Path = "/a/open"u8.ToArray() });
        Assert.Equal(IoError.None, removed.Error);
        Assert.True(cache.ParentOf(cache.FindDir(open)!)!.Name.Ino.IsStray);
        AssertRefused(world, cache.FindDir(open)!, s_to, MigrationRefusal.NotMovable);
        client.Disconnect(0);
    }

    [Fact]
    public void MG031_WhoCannotHaveItIsRefused()
    {
        using MigrationHarness world = new(3);
        DirFrag name = world.Make("/a", 1);
        Dir dir = world.Cache(0).FindDir(name)!;
        AssertRefused(world, dir, new RankId(0), MigrationRefusal.NoSuchRank);
        AssertRefused(world, dir, new RankId(7), MigrationRefusal.NoSuchRank);
        world.Cluster.Enter(1, ClusterRankState.Stopping);
        AssertRefused(world, dir, s_to, MigrationRefusal.NotActive);
        AssertRefused(world, dir, new RankId(1), MigrationRefusal.NotActive);
        world.Move(0, 2, name);
        world.AssertAtRest();
        AssertRefused(world, world.Cache(0).FindDir(name)!, new RankId(2), MigrationRefusal.NotAuthority);
    }

    [Theory]
    [InlineData(ClusterRankState.Damaged)]
    [InlineData(ClusterRankState.Replay)]
    [InlineData(ClusterRankState.Resolve)]
    [InlineData(ClusterRankState.Reconnect)]
    [InlineData(ClusterRankState.Rejoin)]
    [InlineData(ClusterRankState.ClientReplay)]
    public void MG031_NothingBeginsWhileARankIsNotWell_AndWhatWaitsBeginsThen(ClusterRankState state)
    {
        using MigrationHarness world = new(3, new MigrationOptions { ConcurrentMax = 1 });
        DirFrag first = world.Make("/a", 1);
        DirFrag second = world.Make("/b", 1);
        world.Cluster.Holds = static (_, _, message) => message is ExportFinish;
        world.Move(0, 1, first);
        world[0].Pause(true);
        world.Move(0, 1, second);
        world.Cluster.Holds = null;
        world.Cluster.Run();
        if (state == ClusterRankState.Damaged)
            world.Cluster.Crash(2);
        else
            world.Cluster.Enter(2, state);
        world[0].Pause(false);
        world.Poke(0);
        Assert.Equal([second], world[0].Waiting.Select(static each => each.Dir));
        DirFrag third = world.Make("/c", 1);
        AssertRefused(world, world.Cache(0).FindDir(third)!, s_to, MigrationRefusal.Degraded);
        Assert.Equal(1, world[0].Counters.Exported);

        if (state == ClusterRankState.Damaged)
            world.Cluster.Start(2);
        else
            world.Cluster.Enter(2, ClusterRankState.Active);
        world.Cluster.Advance(1_000_000);
        world.AssertAtRest();
        Assert.Equal((2L, 0L), (world[0].Counters.Exported, world[0].Counters.Vanished));
    }

    [Fact]
    public void MG031_AReadOnlyRankGivesNothingAway()
    {
        using MigrationHarness world = new(
            2, configure: static each => each with { SegmentEventsMax = 4, SegmentsMax = 1 });
        DirFrag name = world.Make("/a", 1);
        RankHarness own = world.Cluster[0];
        own.GatedStore.Failure = own.GatedStore.RemoveFailure = IoError.ReadOnly;
        for (int i = 0; i < 40 && own.Rank.StoreError.IsNone; i++)
            world.Cluster.Call(0, ClientOp.Create, $"/a/g{i}");
        Assert.Equal(IoError.ReadOnly, own.Rank.StoreError);
        AssertRefused(world, world.Cache(0).FindDir(name)!, s_to, MigrationRefusal.ReadOnly);
        own.GatedStore.Failure = own.GatedStore.RemoveFailure = IoError.None;
        world.Cluster.Advance(5_000_000);
        world.Move(0, 1, name);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(name)!.IsAuth);
    }

    [Fact]
    public void MG031_WhatMovesOrStandsStillIsRefused()
    {
        using MigrationHarness world = new(3);
        DirFrag outer = world.Make("/a", 1);
        DirFrag inner = world.Make("/a/b", 1);
        world.Cluster.Holds = static (_, _, message) => message is ExportPrepAck;
        world.Move(0, 1, outer);
        int before = world.Said().Count();
        Assert.Equal(MigrationRefusal.Busy, world[0].Export(outer, new RankId(2)));
        Assert.Equal(MigrationRefusal.Frozen, world[0].Export(inner, new RankId(2)));
        Assert.Equal((1L, before, 0), (world[0].Counters.ExportsBegun, world.Said().Count(), world[0].Waiting.Count()));
        world.Cluster.Holds = null;
        world.Cluster.Run();
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(inner)!.IsAuth);
    }

    [Fact]
    public void MG033_TheMapIsAskedForATarget_AndTheExportWaitsForTheEpochThatHasIt()
    {
        using MigrationHarness world = new(3);
        DirFrag name = world.Make("/a", 2);
        world.Cluster.Targets = static rank => rank == 0 ? 0b100 : ulong.MaxValue;
        world.Cluster.Enter(0, ClusterRankState.Active);
        world.Move(0, 1, name);
        Assert.Equal(["Locking"], world[0].Live().Select(static each => each.State));
        Assert.Equal(0b10ul, world.Cluster[0].Rank.Status.Targets);
        Assert.Empty(world.Said());

        // Locks wait with nobody: the directory goes on.
        Assert.Equal(0, world.Cluster[0].Rank.LockCount);
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Create, "/a/while").Error);
        for (int epoch = 0; epoch < 3; epoch++)
            world.Cluster.Enter(2, ClusterRankState.Active);
        Assert.Equal(["Locking"], world[0].Live().Select(static each => each.State));
        world.Cluster.Targets = null;
        world.Cluster.Enter(0, ClusterRankState.Active);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(name)!.IsAuth);

        // The wish passes.
        world.Cluster.Advance(200_000_000, 10_000_000);
        Assert.Equal(0ul, world.Cluster[0].Rank.Status.Targets);
    }

    [Fact]
    public void MG033_MoreThanThreeEpochsWithoutItEndIt()
    {
        using MigrationHarness world = new(2);
        DirFrag name = world.Make("/a", 2);
        world.Cluster.Targets = static _ => 0;
        world.Cluster.Enter(0, ClusterRankState.Active);
        world.Move(0, 1, name);
        for (int epoch = 0; epoch < 3; epoch++)
            world.Cluster.Enter(1, ClusterRankState.Active);
        Assert.Equal(1, world[0].ExportCount);
        world.Cluster.Enter(1, ClusterRankState.Active);
        world.AssertAtRest();
        Assert.Equal(MigrationRefusal.NotTarget, world[0].History.Reports.Single().Refusal);
        Assert.Empty(world.Said());
        Assert.Equal(0, world.Cache(0).FindDir(name)!.CumulativeAuthPins);
    }

    /// <summary>Nothing is created twice or lost where the journal has not got it yet: what the importer builds on is durable
    /// before it is sent anything to keep.</summary>
    [Fact]
    public void MG034_ADirectoryWhoseCreationIsNotDurableWaitsForThat()
    {
        using MigrationHarness world = new(2);
        world.Make("/a", 1);
        MemoryLog log = world.Cluster[0].MemoryLog;
        log.StallsFlushes = true;
        world.Cluster[0].Submit(new ClientRequest(0, ClientOp.MakeDirectory) { Path = "/a/new"u8.ToArray() });
        world.Cluster.Run();
        Dir made = world.DirOf(0, "/a/new");
        Assert.True(log.UnsafeCount > 0 || world.Cluster[0].Rank.DurableSeq < world.Cluster[0].Rank.LastSeq);
        world.Move(0, 1, made.Name);
        world.Cluster.Advance(2_000_000);
        Assert.Equal(1, world[0].ExportCount);
        Assert.DoesNotContain("0>1 ExportDir", world.Said());
        Assert.True(world.Cluster[0].Rank.DurableSeq < world.Cluster[0].Rank.LastSeq);
        log.StallsFlushes = false;
        world.Cluster.Run();
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(made.Name)!.IsAuth);
        ClusterChecks.Expect(world.Cluster);
    }

    [Fact]
    public void MG038_ALockThatIsTakenBeforeTheFreezeIsOver_EndsTheExport_AndTheQueueGoesOn()
    {
        using MigrationHarness world = new(2, MigrationHarness.Once with { ConcurrentMax = 1 });
        DirFrag root = world.Make("/a", 3);
        DirFrag next = world.Make("/b", 1);
        MetadataCache cache = world.Cache(0);
        NodeId file = cache.Lookup(cache.FindDir(root)!, "f1"u8);
        cache.AuthPin(file);
        world.Move(0, 1, root);
        world.Move(0, 1, next);
        Assert.Equal(["Freezing"], world[0].Live().Select(static each => each.State));
        LockSet held = Read(world, root, LockKind.File);
        cache.AuthUnpin(file);
        world.Poke(0);
        MigrationReport report = world[0].History.Reports.First();
        Assert.Equal((root, MigrationRefusal.Locks), (report.Base, report.Refusal));
        Assert.True(cache.FindDir(root)!.IsAuth);
        Assert.Equal((1L, 1L), (world[0].Counters.Exported, world[0].Counters.ExportsCancelled));
        Assert.True(world.Cache(1).FindDir(next)!.IsAuth);
        held.Release();
        world.Poke(0);
        world.AssertAtRest();
        world.Move(0, 1, root);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
    }

    /// <summary>A removal waits for an export that has not begun to freeze, and finds the directory where that leaves
    /// it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void MG039_ADirectoryIsRemovedWhileItsExportWaits(bool isCancelled)
    {
        using MigrationHarness world = new(2);
        world.Make("/a", 1);
        DirFrag name = world.Make("/a/empty", 0);
        world.Cluster.Targets = static _ => 0;
        world.Cluster.Enter(0, ClusterRankState.Active);
        world.Move(0, 1, name);
        Assert.Equal(["Locking"], world[0].Live().Select(static each => each.State));
        MigrationClient client = new(world.Cluster, 77, 0, 1);
        ulong tid = client.Begin(0, new ClientRequest(0, ClientOp.RemoveDirectory) { Path = "/a/empty"u8.ToArray() });
        client.Run();
        Assert.Null(client.AnswerTo(tid));
        if (isCancelled)
            Assert.True(world[0].TryCancel(world[0].Live().Single().Id));
        else
            world.Cluster.Targets = null;
        world.Cluster.Enter(0, ClusterRankState.Active);
        client.Run();
        world.AssertAtRest();

        // What is another rank's subtree has to come home first.
        Assert.Equal(isCancelled ? IoError.None : IoError.Busy, client.AnswerTo(tid)!.Error);
        ClientReply after = world.Cluster.Call(0, ClientOp.Lookup, "/a/empty");
        Assert.Equal(isCancelled ? IoError.NoEntry : IoError.None, after.Error);
        ClusterChecks.Expect(world.Cluster);
    }

    /// <summary>Takes a lock of a directory, as who reads it does.</summary>
    private static LockSet Read(MigrationHarness world, DirFrag name, LockKind kind)
    {
        RankServices rank = world.Cluster[0].Rank.Services;
        LockSet set = new(rank.Locks, rank.LockHost);
        set.Reset(rank.NextOperation(), new ClientId(9));
        set.Add(LockObject.OfInode(name.Ino, world.Cache(0).FindDir(name)!.Inode), kind, LockMode.Read);
        LockOutcome outcome = set.Acquire(LockPatience.Wait);
        if (outcome == LockOutcome.Waiting)
        {
            // Other ranks have a share in it.
            world.Poke(0);
            outcome = set.Acquire(LockPatience.Never);
        }

        Assert.Equal(LockOutcome.Acquired, outcome);
        return set;
    }

    private static void AssertRefused(MigrationHarness world, Dir dir, RankId to, MigrationRefusal reason)
    {
        DirState before = dir.State;
        (int said, int pins, int waiting) = (world.Said().Count(), dir.CumulativeAuthPins, world[0].Waiting.Count());
        long begun = world[0].Counters.ExportsBegun;
        Assert.Equal(reason, world[0].Export(dir.Name, to));
        world.Poke(0);
        Assert.Equal(
            (before, said, pins, waiting, begun),
            (dir.State, world.Said().Count(), dir.CumulativeAuthPins, world[0].Waiting.Count(), world[0].Counters.ExportsBegun));
    }
}
