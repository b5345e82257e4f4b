// Renames of directories from a directory of one rank into one of another.
//
// /a is rank 1's, /b rank 0's, and /a/d and /b/d are directories with a file and a directory in each. Only the inode goes: what
// is in the directory stays with the rank that has it. What is cut short is cut short as in CrossRenameTests.

using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;
using static Engine.Migration.Tests.CrossChanges;

namespace Engine.Migration.Tests;

/// <summary>Renames of directories between two ranks. Source: migrator specification, 4.5, test 18.</summary>
public sealed class CrossMoveTests
{
    private const long Second = 1_000_000;
    private const int CrossRank = 18;

    [Theory]
    [InlineData(0, "/a/d", "/b/new", 1)]
    [InlineData(1, "/a/d", "/b/new", 1)]
    [InlineData(0, "/b/d", "/a/new", 0)]
    [InlineData(1, "/b/d", "/a/new", 0)]
    public void MG018_ADirectoryGetsANameOfAnotherRank_WhicheverIsAsked(int asked, string from, string to, int owner)
    {
        using MigrationHarness world = Divided();
        FileStat before = world.Cluster.Call(asked, ClientOp.Lookup, from).Stat;
        FileStat below = world.Cluster.Call(asked, ClientOp.Lookup, from + "/s/f").Stat;
        DirFrag inside = world.DirOf(owner, from).Name;
        ClientReply renamed = Rename(world, asked, from, to);
        Assert.Equal((IoError.None, before.Ino), (renamed.Error, renamed.Stat.Ino));
        AssertMoved(world, from, to, before, below);
        AssertDone(world);
        // The inode is the other rank's, what lies in it is whose it was.
        Assert.True(world.Cache(1 - owner).IsAuth(world.Cache(1 - owner).FindInode(before.Ino)));
        Assert.False(world.Cache(owner).IsAuth(world.Cache(owner).FindInode(before.Ino)));
        Assert.Equal(owner, world.Cache(1 - owner).FindDir(inside)!.DirAuth.First);
        Assert.True(world.Cache(owner).FindDir(inside)!.IsSubtreeRoot);
        world.Cluster.Crash(0, 1);
        world.Cluster.Start(0);
        world.Cluster.Start(1);
        AssertMoved(world, from, to, before, below);
        AssertDone(world);
        // It is changed like any other, at both ends.
        Assert.Equal(IoError.None, world.Cluster.Call(asked, ClientOp.Create, to + "/more").Error);
        Assert.Equal(IoError.None, world.Cluster.Call(
            asked, ClientOp.SetAttributes, to, each => each with { Changes = new AttributeChanges { Mode = 0x1C0 } }).Error);
        Assert.Equal(0x1C0u, world.Cluster.Call(1 - asked, ClientOp.GetAttributes, to).Stat.Mode & 0xFFF);
        AssertDone(world);
        Assert.Equal(IoError.None, Rename(world, asked, to, from).Error);
        AssertMoved(world, to, from, before with { Mode = (before.Mode & ~0xFFFu) | 0x1C0 }, below);
        AssertDone(world);
        Assert.False(world.Cache(owner).FindDir(inside)!.IsSubtreeRoot);
    }

    [Fact]
    public void WhatIsBelowIsCounted_AtTheNewPlaceAlone()
    {
        using MigrationHarness world = Divided();
        Assert.Equal(IoError.None, Rename(world, 0, "/a/d", "/b/new").Error);
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Create, "/b/new/s/more").Error);
        for (int i = 0; i < 2; i++)
        {
            // Twice: what another rank counts comes with the lock.
            world.Cluster.Call(i, ClientOp.GetAttributes, "/b/new");
            world.Cluster.Call(i, ClientOp.GetAttributes, "/b");
            AssertDone(world);
        }

        for (int i = 0; i < 2; i++)
        {
            FileStat moved = world.Cluster.Call(i, ClientOp.GetAttributes, "/b/new").Stat;
            Assert.Equal(3u, moved.Links);
            Assert.Equal(2u, world.Cluster.Call(i, ClientOp.GetAttributes, "/a").Stat.Links);
            Assert.Equal(4u, world.Cluster.Call(i, ClientOp.GetAttributes, "/b").Stat.Links);
        }
    }

    [Fact]
    public void AnEmptyDirectoryIsReplaced_AndNothingElse()
    {
        using MigrationHarness world = Divided();
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.MakeDirectory, "/b/empty").Error);
        Assert.Equal(IoError.NotEmpty, Rename(world, 0, "/a/d", "/b/d").Error);
        Assert.Equal(IoError.NotDirectory, Rename(world, 1, "/a/d", "/b/f0").Error);
        Assert.Equal(IoError.IsDirectory, Rename(world, 1, "/a/f0", "/b/empty").Error);
        Assert.Equal(IoError.Exists, Rename(world, 1, "/a/d", "/b/empty", OpenFlags.NoReplace).Error);
        Assert.Equal(IoError.NotEmpty, Rename(world, 1, "/a/d/s", "/b").Error);
        Credential other = new(1000, 1000);
        Assert.Equal(IoError.Access, Rename(world, 0, "/a/d", "/b/new", caller: other).Error);
        AssertDone(world);
        FileStat before = world.Cluster.Call(0, ClientOp.Lookup, "/a/d").Stat;
        FileStat below = world.Cluster.Call(0, ClientOp.Lookup, "/a/d/s/f").Stat;
        Assert.Equal(IoError.None, Rename(world, 0, "/a/d/", "/b/empty/").Error);
        AssertMoved(world, "/a/d", "/b/empty", before, below);
        AssertDone(world);
    }

    /// <summary>Where, who dies, and whether the directory has the new name after that.</summary>
    public static TheoryData<string, string, bool> Deaths => CrossRenameTests.Deaths;

    /// <summary>Rank 0 decides, rank 1 promises.</summary>
    [Theory]
    [MemberData(nameof(Deaths))]
    public void AfterADeathTheDirectoryHasOneName(string at, string who, bool hasMoved)
    {
        using MigrationHarness world = Divided();
        FileStat before = world.Cluster.Call(0, ClientOp.Lookup, "/a/d").Stat;
        FileStat below = world.Cluster.Call(0, ClientOp.Lookup, "/a/d/s/f").Stat;
        CrossRenameTests.StopAt(world, at);
        world.Cluster[0].Submit(Renaming("/a/d", "/b/new"), 1);
        world.Cluster.Run();
        int[] ranks = [.. who.Select(each => each - '0')];
        world.Cluster.Crash(ranks);
        world.Cluster.Holds = null;
        for (int i = 0; i < 2; i++)
            world.Cluster[i].MemoryLog.StallsFlushes = false;
        world.Cluster.Advance(4 * Second, Second / 2);
        foreach (int rank in ranks)
            world.Cluster.Start(rank);
        world.Cluster.Advance(6 * Second, Second / 2);
        bool isAlive = !ranks.Contains(0);
        if (hasMoved || isAlive)
            AssertMoved(world, "/a/d", "/b/new", before, below);
        else
            AssertMoved(world, "/b/new", "/a/d", before, below);
        AssertDone(world);
    }

    /// <summary>Below the directory the coordinator has a subtree: it is one with what is around it then, and a bound again
    /// when the directory goes back.</summary>
    [Theory]
    [InlineData("/a/d/s")]
    [InlineData("/a/d")]
    public void WhatTheCoordinatorHasBelowComesHome(string own)
    {
        using MigrationHarness world = Divided();
        DirFrag name = world.DirOf(1, own).Name;
        FileStat before = world.Cluster.Call(0, ClientOp.Lookup, "/a/d").Stat;
        FileStat below = world.Cluster.Call(0, ClientOp.Lookup, "/a/d/s/f").Stat;
        world.Move(1, 0, name);
        Assert.True(world.Cache(0).FindDir(name)!.IsSubtreeRoot);
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Create, own + "/more").Error);
        Assert.Equal(IoError.None, Rename(world, 1, "/a/d", "/b/new").Error);
        AssertMoved(world, "/a/d", "/b/new", before, below);
        AssertDone(world);
        Assert.True(world.Cache(0).FindDir(name)!.IsAuth);
        Assert.Equal(own != "/a/d", world.Cache(0).FindDir(name)!.IsSubtreeRoot);
        world.Cluster.Crash(0, 1);
        world.Cluster.Start(0);
        world.Cluster.Start(1);
        AssertMoved(world, "/a/d", "/b/new", before, below);
        Assert.Equal(IoError.None, Rename(world, 0, "/b/new", "/a/d").Error);
        AssertMoved(world, "/b/new", "/a/d", before, below);
        AssertDone(world);
        Assert.True(world.Cache(0).FindDir(name)!.IsSubtreeRoot);
    }

    [Fact]
    public void IntoWhatLiesInItADirectoryDoesNotGo()
    {
        using MigrationHarness world = Divided();
        world.Move(1, 0, world.DirOf(1, "/a/d/s").Name);
        for (int asked = 0; asked < 2; asked++)
        {
            Assert.Equal(IoError.Invalid, Rename(world, asked, "/a/d", "/a/d/s/new").Error);
            AssertDone(world);
        }
    }

    /// <summary>/a/d goes into /b/d, which goes into /a/d: whichever is decided first, the other would make a loop.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OfTwoThatWouldMakeALoopOneIsRefused(bool isHeld)
    {
        using MigrationHarness world = Divided();
        foreach (int rank in (int[])[0, 1])
            world.Learn(rank, rank == 0 ? ["a", "d", "s"] : ["b", "d", "s"]);
        byte hops = ClusterHarness.LearningHops;
        if (isHeld)
            world.Cluster.Holds = (_, _, message) => message is NameOffered;
        ulong one = world.Cluster[0].Submit(Renaming("/a/d", "/b/d/s/x") with { Hops = hops }, 1);
        ulong other = world.Cluster[1].Submit(Renaming("/b/d", "/a/d/s/x") with { Hops = hops }, 2);
        world.Cluster.Run();
        if (isHeld)
        {
            Assert.All(
                [0, 1], rank => Assert.Single(world.Cluster.Delivered, each => each.To == rank && each.Message is NameClaim));
        }

        world.Cluster.Holds = null;
        world.Cluster.Advance(30 * Second, Second / 2);
        IoError[] errors = [world.Cluster[0].RepliesTo(one)[^1].Error, world.Cluster[1].RepliesTo(other)[^1].Error];
        // The one that is refused may find that the way to its new name is another by now.
        Assert.Single(errors, static each => each.IsNone);
        Assert.Single(errors, static each => each == IoError.Invalid || each == IoError.NoEntry);
        AssertDone(world);
        bool isFirst = errors[0].IsNone;
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Lookup, isFirst ? "/b/d/s/x/s/f" : "/a/d/s/x/s/f").Error);
    }

    [Theory]
    [InlineData("/a/d")]
    [InlineData("/a/d/s")]
    public void WhatLeadsToAThirdRanksStays(string others)
    {
        using MigrationHarness world = Divided(3);
        world.Move(1, 2, world.DirOf(1, others).Name);
        for (int asked = 0; asked < 3; asked++)
            Assert.Equal(IoError.Busy, Rename(world, asked, "/a/d", "/b/new").Error);
        AssertDone(world);
        Assert.Equal(IoError.None, world.Cluster.Call(2, ClientOp.Lookup, "/a/d/s/f").Error);
    }

    /// <summary>A third rank knows the directory where it was, and learns where it is.</summary>
    [Fact]
    public void AThirdRankLearnsTheNewPlace()
    {
        using MigrationHarness world = Divided(3);
        world.Learn(2, "a", "d", "s", "f");
        Assert.Equal(IoError.None, Rename(world, 2, "/a/d", "/b/new").Error);
        AssertDone(world);
        world.Learn(2, "b", "new", "s", "f");
        Assert.False(world.Cache(2).FindInode(world.Cluster.Call(0, ClientOp.Lookup, "/b/new/s/f").Stat.Ino).IsNone);
        AssertDone(world);
        // What it was is a subtree of its own, which goes wherever it is sent.
        foreach ((int from, int to) in ((int, int)[])[(1, 2), (2, 0), (0, 1), (1, 0)])
        {
            world.Move(from, to, world.DirOf(from, "/b/new").Name);
            Assert.True(world.Cache(to).FindDir(world.DirOf(from, "/b/new").Name)!.IsAuth);
            AssertDone(world);
        }

        Assert.False(world.DirOf(0, "/b/new").IsSubtreeRoot);
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Lookup, "/b/new/s/f").Error);
    }

    /// <summary>Neither the region that a directory leaves or comes to nor what lies in it is given away while it is on its
    /// way.</summary>
    [Theory]
    [InlineData(false, 1, "/a")]
    [InlineData(false, 1, "/a/d/s")]
    [InlineData(true, 1, "/a")]
    [InlineData(true, 1, "/a/d/s")]
    [InlineData(true, 0, "/b")]
    public void WhileItIsOnItsWayNothingAroundItGoes(bool isDecided, int owner, string path)
    {
        using MigrationHarness world = Divided(3);
        DirFrag region = world.DirOf(owner, path).Name;
        FileStat before = world.Cluster.Call(0, ClientOp.Lookup, "/a/d").Stat;
        FileStat below = world.Cluster.Call(0, ClientOp.Lookup, "/a/d/s/f").Stat;
        world.Cluster.Holds = (_, _, message) => isDecided ? message is NameDecision : message is NameOffered;
        world.Cluster[0].Submit(Renaming("/a/d", "/b/new"), 1);
        world.Cluster.Run();
        world[owner].Export(region, new RankId(2));
        world.Poke(owner);
        world.Cluster.Advance(Second, Second / 2);
        Assert.True(world.Cache(owner).FindDir(region)!.IsAuth);
        world.Cluster.Holds = null;
        world.Cluster.Advance(20 * Second, Second / 2);
        AssertMoved(world, "/a/d", "/b/new", before, below);
        AssertDone(world);
    }

    internal static MigrationHarness Divided(int ranks = 2)
    {
        MigrationHarness world = new(ranks);
        DirFrag root = world.Make("/a", 2);
        world.Make("/b", 1);
        foreach (string parent in (string[])["/a", "/b"])
        {
            world.Make(parent + "/d", 1);
            world.Make(parent + "/d/s", 0);
            Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Create, parent + "/d/s/f").Error);
        }

        world.Move(0, 1, root);
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
        return world;
    }

    private static void AssertMoved(MigrationHarness world, string from, string to, in FileStat before, in FileStat below)
    {
        for (int asked = 0; asked < 2; asked++)
        {
            Assert.Equal(IoError.NoEntry, world.Cluster.Call(asked, ClientOp.Lookup, from).Error);
            ClientReply found = world.Cluster.Call(asked, ClientOp.Lookup, to);
            Assert.Equal((IoError.None, before.Ino, before.Mode), (found.Error, found.Stat.Ino, found.Stat.Mode));
            ClientReply inside = world.Cluster.Call(asked, ClientOp.Lookup, to + "/s/f");
            Assert.Equal((IoError.None, below.Ino), (inside.Error, inside.Stat.Ino));
        }
    }
}
