using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Subtrees without an entry go back where they lie.</summary>
public sealed class EmptyTests
{
    private const long Residency = 5_000_000;

    private static readonly MigrationOptions s_options = MigrationHarness.Once with { MinResidencyMicros = Residency };

    [Fact]
    public void AnEmptySubtreeGoesBackAfterAWhile()
    {
        using MigrationHarness world = new(2, s_options);
        DirFrag root = world.Make("/a", 0);
        world.Move(0, 1, root);
        world.Cluster.Advance(Residency - 1_000_000, 100_000);
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
        world.Cluster.Advance(2_000_000, 100_000);
        world.AssertAtRest();
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        Assert.False(world.Cache(0).FindDir(root)!.IsSubtreeRoot);
        Assert.Equal(1, world[1].Counters.Exported);
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Create, "/a/f").Error);
    }

    [Fact]
    public void WhatIsFilledStays_AndGoesBackOnceItIsEmptyForAsLong()
    {
        using MigrationHarness world = new(2, s_options);
        DirFrag root = world.Make("/a", 0);
        world.Move(0, 1, root);
        world.Cluster.Advance(Residency - 1_000_000, 100_000);
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Create, "/a/f").Error);
        world.Cluster.Advance(3 * Residency, 500_000);
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Unlink, "/a/f").Error);
        world.Cluster.Advance(Residency - 1_000_000, 100_000);
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
        world.Cluster.Advance(2_000_000, 100_000);
        world.AssertAtRest();
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
    }

    [Fact]
    public void WhatIsPinnedHereStays()
    {
        using MigrationHarness world = new(2, s_options);
        DirFrag root = world.Make("/a", 0);
        Assert.Equal(
            IoError.None, world.Cluster.Call(0, ClientOp.SetXattr, "/a", static each => each with
            {
                XattrName = "dir.pin", Value = Encoding.UTF8.GetBytes("1"),
            }).Error);
        world.Cluster.Advance(4 * Residency, 500_000);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
        Assert.Equal(0, world[1].Counters.ExportsBegun);
    }

    /// <summary>A rank that has not read a directory yet does not take it for empty.</summary>
    [Fact]
    public void WhatARankThatBeganAnewHasNotRead_Stays_AndGoesBackOnceItIsEmpty()
    {
        using MigrationHarness world = new(
            2, s_options, configure: static own => own with { SegmentEventsMax = 4, SegmentsMax = 1 });
        DirFrag root = world.Make("/a", 1);
        world.Move(0, 1, root);
        for (int i = 0; i < 20; i++)
            Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.SetAttributes, "/a/f0").Error);
        world.Cluster.Crash(1);
        world.Cluster.Start(1);
        world.Cluster.Advance(1_000_000, 100_000);
        Assert.False(world.Cache(1).FindDir(root)!.IsComplete);
        world.Cluster.Advance(3 * Residency, 500_000);
        world.AssertAtRest();
        Assert.Equal((true, 0), (world.Cache(1).FindDir(root)!.IsAuth, world[1].Counters.ExportsBegun));
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Unlink, "/a/f0").Error);
        world.Cluster.Advance(2 * Residency, 500_000);
        world.AssertAtRest();
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
    }

    /// <summary>Whom it goes back to is away when its time is over, or dies while it goes.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(typeof(ExportPrep))]
    public void AReturnThatFails_IsTriedAgain(Type? at)
    {
        using MigrationHarness world = new(2, s_options);
        DirFrag root = world.Make("/a", 0);
        world.Move(0, 1, root);
        if (at is not null)
        {
            world.Cluster.Holds = (_, _, message) => message.GetType() == at;
            world.Cluster.Advance(Residency + 1_000_000, 100_000);
            Assert.Equal(1, world[1].Counters.ExportsBegun);
        }

        world.Cluster.Crash(0);
        world.Cluster.Holds = null;
        world.Cluster.Advance(2 * Residency, 100_000);
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
        world.Cluster.Start(0);
        world.Cluster.Advance(2 * Residency, 100_000);
        world.AssertAtRest();
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        Assert.Equal(1, world[1].Counters.Exported);
    }

    /// <summary>Of a divided directory a part without entries stays where the others are.</summary>
    [Fact]
    public void AnEmptyPartOfADividedDirectoryStays()
    {
        using MigrationHarness world = new(
            2, s_options, configure: static own => own with { SplitEntries = 8, SplitBits = 3, MergeEntries = 0 });
        DirFrag root = world.Make("/a", 10);
        world.Cluster.Advance(3_000_000, 500_000);
        Assert.Equal(MigrationRefusal.None, world[0].Export(root.Ino, new RankId(1), out _));
        world.Poke(0);
        world.AssertAtRest();
        for (int i = 1; i < 10; i++)
            Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Unlink, $"/a/f{i}").Error);
        world.Cluster.Advance(4 * Residency, 500_000);
        world.AssertAtRest();
        Dir[] parts = [.. world.Cache(1).Dirs.Where(each => each.Name.Ino == root.Ino)];
        Assert.Equal(8, parts.Length);
        Assert.All(parts, static each => Assert.True(each.IsAuth));
        Assert.Equal(0, world[1].Counters.ExportsBegun);
    }
}
