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
}
