using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>What a region lies in is renamed while it moves. A directory below which another rank has a subtree is not renamed
/// (EBUSY), so that the answer says, too, what has become of the migration. Source: migrator specification, 9 (95).</summary>
public sealed class AncestorTests
{
    /// <summary>All pairs of states of exporter and importer.</summary>
    public static TheoryData<int> Pairs { get; } = StatePairs.All;

    /// <summary>It is done at once where nobody needs the path yet, and the migration comes to nothing; else it waits for the end
    /// of that.</summary>
    [Theory]
    [MemberData(nameof(Pairs))]
    public void MG095_WhatItLiesInIsRenamedInEachState_AndEverybodyFindsItThere(int index)
    {
        StatePairs pair = StatePairs.Of(index);
        using MigrationHarness world = new(3);
        world.Make("/p", 1);
        world.Make("/p/q", 1);
        DirFrag root = world.Make("/p/q/a", 3);
        world.Learn(2, "p", "q", "a", "f1");
        Action release = pair.Reach(world, root);
        ulong tid = world.Cluster[0].Submit(
            new ClientRequest(0, ClientOp.Rename) { Path = "/p"u8.ToArray(), Path2 = "/new"u8.ToArray() });
        world.Cluster.Run();
        release();
        world.Poke(0);
        world.Cluster.Advance(3_000_000, 500_000);
        IoError error = world.Cluster[0].RepliesTo(tid)[^1].Error;
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        int owner = Enumerable.Range(0, 3).Single(rank => world.Cache(rank).FindDir(root) is { IsAuth: true });
        MigrationReport report = Assert.Single(world[0].History.Reports);
        Assert.Equal(report.Refusal == MigrationRefusal.None ? 1 : 0, owner);
        Assert.Equal(owner == 0 ? IoError.None : IoError.Busy, error);
        Assert.Equal(pair.IsCancelled || index == 0, owner == 0);
        string now = error.IsNone ? "/new" : "/p";
        string other = error.IsNone ? "/p" : "/new";
        for (int rank = 0; rank < 3; rank++)
        {
            Assert.Equal(IoError.None, world.Cluster.Call(rank, ClientOp.Lookup, $"{now}/q/a/f1").Error);
            Assert.Equal(IoError.NoEntry, world.Cluster.Call(rank, ClientOp.Lookup, $"{other}/q/a/f1").Error);
            Assert.Equal(IoError.None, world.Cluster.Call(rank, ClientOp.Create, $"{now}/q/a/after{rank}").Error);
        }

        ClusterChecks.Expect(world.Cluster);
    }
}
