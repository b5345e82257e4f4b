using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>What a migration costs those beside it.</summary>
public sealed class BesideTests
{
    /// <summary>Managed bytes for a page, 125 such inodes, at both ends: its stamps and places in lists, 195 when it goes at once
    /// and 356 when it goes ahead.</summary>
    private const long PageBytesMax = 400;

    private const int WarmUpMoves = 150;

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void MG133_NothingIsAllocatedForAnInode(int rounds)
    {
        (long few, int fewPages) = Measure(rounds, 1_000);
        (long many, int manyPages) = Measure(rounds, 9_000);
        Assert.InRange(manyPages - fewPages, 50, 100);
        Assert.InRange((many - few) / (manyPages - fewPages), 0, PageBytesMax);
    }

    /// <summary>Other subtrees of both ranks are served before every message of a migration, however long it takes to come.
    /// </summary>
    [Fact]
    public void MG133_WhatLiesBesideIsServedAtEveryStep()
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 40);
        DirFrag other = world.Make("/i", 1);
        world.Make("/e", 1);
        world.Learn(2, "a", "f1");
        world.Move(0, 1, other);
        int steps = 0;
        world.Cluster.Holds = (_, _, message) => message is IMigrationMessage && world.Said().Count() >= steps;
        world.Cluster.Delivered.Clear();
        world.Move(0, 1, root);
        while (world[0].Live().Any() || world[1].Live().Any())
        {
            Serve(world, 0, $"/e/n{steps}");
            Serve(world, 1, $"/i/n{steps}");
            Assert.Equal(steps, world.Said().Count());
            steps++;
            world.Cluster.Run();
        }

        Assert.InRange(steps, 10, 100);
        world.Cluster.Holds = null;
        world.Cluster.Run();
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
    }

    private static void Serve(MigrationHarness world, int rank, string path)
    {
        int asked = rank;
        ClientRequest make = new(0, ClientOp.Create) { Path = System.Text.Encoding.UTF8.GetBytes(path) };
        Assert.Equal(IoError.None, world.Cluster.Call(ref asked, make).Error);
        Assert.Equal(rank, asked);
        Assert.Equal(IoError.None, world.Cluster.Call(rank, ClientOp.GetAttributes, path).Error);
    }

    /// <summary>Managed bytes that a migration of a directory takes at both ends, and its pages. The journals keep nothing: what
    /// they would keep is theirs.</summary>
    private static (long Bytes, int Pages) Measure(int rounds, int files)
    {
        using MigrationHarness world = new(
            2, MigrationHarness.Once with { StagingRoundsMax = rounds, ExportBytesMax = 1L << 30 },
            configure: static own => own with { SplitEntries = int.MaxValue, CheckLevel = 0 });
        DirFrag root = world.Make("/a", files);
        world.Cluster[0].MemoryLog.Forgets = world.Cluster[1].MemoryLog.Forgets = true;
        int at = 0;
        Action move = () =>
        {
            world.Cluster.Delivered.Clear();
            world.Move(at, 1 - at, root);
            at = 1 - at;
        };
        // Lists that are lent and given back grow when they are used first, and other tests lend from the same.
        for (int i = 0; i < WarmUpMoves; i++)
            move();
        long bytes = AllocationGate.LeastBytes(move);
        Dir moved = world.Cache(at).FindDir(root)!;
        Assert.True(moved.IsAuth);
        return (bytes, moved.Pages.StoredPageCount);
    }
}
