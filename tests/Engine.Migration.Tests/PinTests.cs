// Pins are followed by themselves: by who serves the directory, whoever has its inode; and where nobody can have it they wait for
// a map with which somebody can.

using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Directories go where they are pinned to.</summary>
public sealed class PinTests
{
    private const long Second = 1_000_000;

    [Fact]
    public void MG032_APinnedDirectoryGoesThere_WithAllBelow_BeforeWhatWaits()
    {
        using MigrationHarness world = new(3, new MigrationOptions { ConcurrentMax = 1 });
        DirFrag pinned = world.Make("/a", 2);
        DirFrag below = world.Make("/a/b", 2);
        DirFrag[] others = [world.Make("/c", 1), world.Make("/d", 1), world.Make("/e", 1)];
        world[0].Pause(true);
        foreach (DirFrag other in others)
            world.Move(0, 1, other);
        SetPin(world, "/a", "2");
        world.Cluster.Advance(Second / 5, Second / 10);
        Assert.Equal([pinned, .. others], world[0].Waiting.Select(static each => each.Dir));
        world[0].Pause(false);
        world.Poke(0);
        world.Cluster.Advance(Second, Second / 10);
        world.AssertAtRest();
        Assert.True(world.Cache(2).FindDir(pinned)!.IsAuth && world.Cache(2).FindDir(below)!.IsAuth);
        Assert.Equal((4L, pinned), (world[0].Counters.Exported, world[0].History.Reports.First().Base));
        ClusterChecks.Expect(world.Cluster);

        // It stays there.
        world.Cluster.Advance(10 * Second);
        Assert.Equal(4L, Enumerable.Range(0, 3).Sum(rank => world[rank].Counters.ExportsBegun));
    }

    [Theory]
    [InlineData("-1", 0)]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    public void WhatAPinAskedFor_AndHasNotBegun_IsNotDoneWhenItSaysSomethingElse(string then, int waiting)
    {
        using MigrationHarness world = new(3);
        DirFrag pinned = world.Make("/a", 2);
        world[0].Pause(true);
        SetPin(world, "/a", "2");
        world.Cluster.Advance(Second / 5, Second / 10);
        Assert.Equal([(pinned, new RankId(2))], world[0].Waiting);
        SetPin(world, "/a", then);
        world.Cluster.Advance(Second / 5, Second / 10);
        Assert.Equal(waiting, world[0].Waiting.Count());
        Assert.DoesNotContain((pinned, new RankId(2)), world[0].Waiting);
        world[0].Pause(false);
        world.Poke(0);
        world.Cluster.Advance(Second, Second / 10);
        Assert.Equal(waiting, world[0].Counters.ExportsBegun);
        world.AssertAtRest();
    }

    [Fact]
    public void APinToTheRankThatHasIt_MakesItASubtree_UntilItIsRemoved()
    {
        using MigrationHarness world = new(2);
        DirFrag outer = world.Make("/a", 1);
        DirFrag inner = world.Make("/a/b", 1);
        Dir dir = world.Cache(0).FindDir(inner)!;
        SetPin(world, "/a/b", "0");
        world.Cluster.Advance(Second / 5, Second / 10);
        Assert.True(dir.IsSubtreeRoot && dir.Has(DirState.AuxSubtree));

        // What is around it goes, and it stays.
        world.Move(0, 1, outer);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(outer)!.IsAuth && dir.IsAuth);
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Create, "/a/b/x").Error);
        ClusterChecks.Expect(world.Cluster);
        world.Move(1, 0, outer);
        world.AssertAtRest();
        Assert.True(dir.IsSubtreeRoot);

        SetPin(world, "/a/b", "-1");
        world.Cluster.Advance(Second / 5, Second / 10);
        Assert.False(dir.IsSubtreeRoot || dir.Has(DirState.AuxSubtree));
        world.AssertAtRest();
    }

    [Fact]
    public void APinToNobody_IsTriedOncePerMap()
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 1);
        world.Cluster.Crash(2);
        SetPin(world, "/a", "2");
        world.Cluster.Advance(10 * Second);
        Assert.Equal([(root, new RankId(2))], world[0].UnfollowedPins);
        Assert.Equal((0L, 0), (world[0].Counters.ExportsBegun, world[0].Waiting.Count()));
        world.Cluster.Start(2);
        world.Cluster.Advance(Second, Second / 10);
        world.AssertAtRest();
        Assert.Empty(world[0].UnfollowedPins);
        Assert.True(world.Cache(2).FindDir(root)!.IsAuth);

        // A rank that there never was, and another mind.
        SetPin(world, "/a", "9");
        world.Cluster.Advance(Second, Second / 10);
        Assert.Equal([(root, new RankId(9))], world[2].UnfollowedPins);
        Assert.Equal(0, world[2].ExportCount + world[2].Waiting.Count());
        SetPin(world, "/a", "-1");
        world.Cluster.Advance(Second, Second / 10);
        Assert.True(world.Cache(2).FindDir(root)!.IsAuth);
    }

    /// <summary>The pin lies with the inode, at the rank of what is around; who serves the directory is another one, and is told,
    /// in its next life too.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhoServesADirectory_IsToldOfAPinOnIt_ByWhoHasItsInode(bool isAnotherLife)
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 2);
        DirFrag below = world.Make("/a/b", 1);
        world.Move(0, 1, root);
        if (isAnotherLife)
        {
            world.Cluster.Crash(2);
            SetPin(world, "/a", "2");
            world.Cluster.Advance(Second, Second / 10);
            Assert.Equal([(root, new RankId(2))], world[1].UnfollowedPins);
            world.Cluster.Crash(1);
            world.Cluster.Start(2);
            world.Cluster.Start(1);
        }
        else
        {
            SetPin(world, "/a", "2");
        }

        world.Cluster.Advance(2 * Second, Second / 10);
        world.AssertAtRest();
        Assert.True(world.Cache(2).FindDir(root)!.IsAuth);
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Create, "/a/b/new").Error);
        Assert.True(world.Cache(2).FindDir(below)!.IsAuth);
        ClusterChecks.Expect(world.Cluster);

        // It is free again, as those hear who forbade it.
        Assert.Equal(MigrationRefusal.Pinned, world[2].Export(below, new RankId(1)));
        SetPin(world, "/a", "-1");
        world.Cluster.Advance(Second, Second / 10);
        world.Move(2, 1, below);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(below)!.IsAuth);
    }

    /// <summary>The word that a directory is free was lost with the channel: it comes again.</summary>
    [Fact]
    public void ThatADirectoryIsFreeIsToldAgainWhenItWasLost()
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 2);
        DirFrag below = world.Make("/a/b", 1);
        world.Move(0, 1, root);
        SetPin(world, "/a", "9");
        world.Cluster.Advance(2 * Second, Second / 10);
        Assert.Equal(MigrationRefusal.Pinned, world[1].Export(below, new RankId(2)));
        SetPin(world, "/a", "-1");
        world.Cluster.Loses = static (_, _, message) => message is PinNews;
        world.Cluster.Advance(2 * Second, Second / 10);
        world.Cluster.Loses = null;
        world.Cluster.Reset(0, 1);
        world.Cluster.Advance(10 * Second, Second / 10);
        world.Move(1, 2, below);
        Assert.True(world.Cache(2).FindDir(below)!.IsAuth);
    }

    [Fact]
    public void PinsAreFollowedAgainAfterARestart()
    {
        using MigrationHarness world = new(2);
        world.Make("/a", 1);
        DirFrag here = world.Make("/a/here", 1);
        DirFrag there = world.Make("/a/there", 1);
        world.Cluster.Crash(1);
        SetPin(world, "/a/here", "0");
        SetPin(world, "/a/there", "1");
        world.Cluster.Advance(Second, Second / 10);
        world.Cluster.Crash(0);
        world.Cluster.Start(0);
        world.Cluster.Start(1);
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Lookup, "/a/there/f0").Error);
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Lookup, "/a/here/f0").Error);
        world.Cluster.Advance(2 * Second, Second / 10);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(there)!.IsAuth);
        Assert.True(world.Cache(0).FindDir(here)!.Has(DirState.AuxSubtree));
        ClusterChecks.Expect(world.Cluster);
    }

    private static void SetPin(MigrationHarness world, string path, string pin)
    {
        ClientReply reply = world.Cluster.Call(
            0, ClientOp.SetXattr, path, each => each with { XattrName = "dir.pin", Value = Encoding.ASCII.GetBytes(pin) });
        Assert.Equal(IoError.None, reply.Error);
    }
}
