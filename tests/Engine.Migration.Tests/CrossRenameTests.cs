// Renames from a directory of one rank into one of another.
//
// /a is rank 1's, /b rank 0's. What is cut short is cut short at a message that is held, or a journal that stalls; then ranks
// die, and come back, and the file has one name: the new one where the coordinator's journal has the decision, and else the old
// one.

using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;
using static Engine.Migration.Tests.CrossChanges;

namespace Engine.Migration.Tests;

/// <summary>Renames of files between two ranks. Source: migrator specification, 4.5.</summary>
public sealed class CrossRenameTests
{
    private const long Second = 1_000_000;
    private const int CrossRank = 18;

    [Theory]
    [InlineData(0, "/a/f0", "/b/new")]
    [InlineData(1, "/a/f0", "/b/new")]
    [InlineData(0, "/b/f0", "/a/new")]
    [InlineData(1, "/b/f0", "/a/new")]
    public void AFileGetsANameOfAnotherRank_WhicheverIsAsked(int asked, string from, string to)
    {
        using MigrationHarness world = Divided();
        Assert.Equal(IoError.None, world.Cluster.Call(
            asked, ClientOp.SetXattr, from, each => each with { XattrName = "user.a", Value = "long"u8.ToArray() }).Error);
        ClientReply before = world.Cluster.Call(asked, ClientOp.Lookup, from);
        ClientReply renamed = Rename(world, asked, from, to);
        Assert.Equal((IoError.None, before.Stat.Ino), (renamed.Error, renamed.Stat.Ino));
        AssertMoved(world, from, to, before.Stat);
        AssertDone(world);
        world.Cluster.Crash(0, 1);
        world.Cluster.Start(0);
        world.Cluster.Start(1);
        AssertMoved(world, from, to, before.Stat);
        Assert.Equal("long"u8.ToArray(), world.Cluster.Call(
            asked, ClientOp.GetXattr, to, each => each with { XattrName = "user.a" }).Value.ToArray());
        // It is a file like any other where it is now.
        Assert.Equal(IoError.None, Rename(world, 0, to, to + "er").Error);
        Assert.Equal(IoError.None, Rename(world, 1, to + "er", from).Error);
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Unlink, from).Error);
        AssertDone(world);
    }

    /// <summary>Whoever promises holds the lock of the directory that is left, which would have to be empty here.</summary>
    [Fact]
    public void WhatANameLiesInIsNotReplacedByIt()
    {
        using MigrationHarness world = Divided();
        Assert.Equal(IoError.NotEmpty, Rename(world, 0, "/a/f0", "/a").Error);
        Assert.Equal(IoError.NotEmpty, Rename(world, 1, "/a/f0", "/a").Error);
        Assert.Equal(IoError.NoEntry, Rename(world, 0, "/a/none", "/a").Error);
        AssertDone(world);
    }

    /// <summary>Both directories lie in one of a third rank's, which knows whose they are.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void TheDirectoriesMayLieInAThirdRanks(int asked)
    {
        using MigrationHarness world = new(3);
        DirFrag one = world.Make("/a", 2);
        DirFrag other = world.Make("/b", 2);
        world.Move(0, 1, one);
        world.Move(0, 2, other);
        Assert.Equal(IoError.None, Rename(world, asked, "/a/f0", "/b/new").Error);
        Assert.Equal(IoError.None, Rename(world, asked, "/b/f0", "/a/f0").Error);
        Assert.Equal(IoError.NoEntry, Rename(world, asked, "/b/none", "/a/some").Error);
        ClientReply made = world.Cluster.Call(1, ClientOp.Create, "/a/made");
        Assert.Equal(IoError.None, made.Error);
        ClientReply linked = world.Cluster.Call(
            asked, ClientOp.Link, "/a/made", each => each with { Path2 = "/b/linked"u8.ToArray() });
        Assert.Equal((IoError.None, made.Stat.Ino), (linked.Error, linked.Stat.Ino));
        AssertDone(world);
        foreach (string there in (string[])["/a/f0", "/a/f1", "/a/made", "/b/f1", "/b/linked", "/b/new"])
            Assert.Equal(IoError.None, world.Cluster.Call(asked, ClientOp.Lookup, there).Error);
        Assert.Equal(IoError.NoEntry, world.Cluster.Call(asked, ClientOp.Lookup, "/b/f0").Error);
    }

    [Theory]
    [InlineData("/a/f0", "/b/f0")]
    [InlineData("/b/f0", "/a/f1")]
    public void WhatHasTheNameIsReplaced(string from, string to)
    {
        using MigrationHarness world = Divided();
        ClientReply before = world.Cluster.Call(0, ClientOp.Lookup, from);
        Assert.Equal(IoError.Exists, Rename(world, 0, from, to, OpenFlags.NoReplace).Error);
        Assert.Equal(IoError.None, Rename(world, 0, from, to).Error);
        AssertMoved(world, from, to, before.Stat);
        AssertDone(world);
    }

    [Fact]
    public void WhatCannotBeIsRefused_AndLeavesNothing()
    {
        using MigrationHarness world = Divided();
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.MakeDirectory, "/a/d").Error);
        Assert.Equal(IoError.NoEntry, Rename(world, 0, "/a/none", "/b/new").Error);
        Assert.Equal(IoError.NoEntry, Rename(world, 1, "/a/f0", "/b/none/new").Error);
        Assert.Equal(IoError.NotDirectory, Rename(world, 0, "/a/f0", "/b/new/").Error);
        Assert.Equal(IoError.IsDirectory, Rename(world, 0, "/b/f0", "/a/d").Error);
        Assert.Equal(CrossRank, Rename(world, 1, "/a/f0", "/b/f0", OpenFlags.Exchange).Error.Errno);
        Credential other = new(1000, 1000);
        Assert.Equal(IoError.Access, Rename(world, 0, "/a/f0", "/b/new", caller: other).Error);
        Assert.Equal(["d", "f0", "f1"], world.NamesAt(1, world.DirOf(1, "/a").Name));
        AssertDone(world);
    }

    /// <summary>Where, who dies, and whether the file has the new name after that.</summary>
    public static TheoryData<string, string, bool> Deaths { get; } = new()
    {
        { "claim", "0", false }, { "claim", "1", false }, { "claim", "01", false },
        { "promise unwritten", "0", false }, { "promise unwritten", "1", false }, { "promise unwritten", "01", false },
        { "offer", "0", false }, { "offer", "1", false }, { "offer", "01", false },
        { "decision unwritten", "0", false }, { "decision unwritten", "01", false },
        { "decision", "0", true }, { "decision", "1", true }, { "decision", "01", true },
        { "gone unwritten", "0", true }, { "gone unwritten", "1", true }, { "gone unwritten", "01", true },
        { "gone", "0", true }, { "gone", "1", true }, { "gone", "01", true },
    };

    /// <summary>Rank 0 decides, rank 1 promises.</summary>
    [Theory]
    [MemberData(nameof(Deaths))]
    public void AfterADeathTheFileHasOneName(string at, string who, bool hasMoved)
    {
        using MigrationHarness world = Divided();
        FileStat before = world.Cluster.Call(0, ClientOp.Lookup, "/a/f0").Stat;
        StopAt(world, at);
        ClientRequest request = Renaming("/a/f0", "/b/new");
        world.Cluster[0].Submit(request, 1);
        world.Cluster.Run();
        int[] ranks = [.. who.Select(each => each - '0')];
        world.Cluster.Crash(ranks);
        world.Cluster.Holds = null;
        for (int i = 0; i < 2; i++)
            world.Cluster[i].MemoryLog.StallsFlushes = false;
        // Who is alone goes on by itself, as far as it may.
        world.Cluster.Advance(4 * Second, Second / 2);
        foreach (int rank in ranks)
            world.Cluster.Start(rank);
        world.Cluster.Advance(4 * Second, Second / 2);
        bool isAlive = !ranks.Contains(0);
        if (hasMoved || isAlive)
            AssertMoved(world, "/a/f0", "/b/new", before);
        else
            AssertMoved(world, "/b/new", "/a/f0", before);
        AssertDone(world);
    }

    /// <summary>The directory of the new name is being given away as well when the rename's coordinator dies, which is the
    /// exporter too: each is decided by the journal that has its word.</summary>
    [Theory]
    [InlineData(false, false, "0")]
    [InlineData(false, true, "0")]
    [InlineData(true, false, "0")]
    [InlineData(true, true, "0")]
    [InlineData(false, true, "012")]
    [InlineData(true, false, "012")]
    [InlineData(true, true, "012")]
    public void MG120_ARenameAndAMigrationInDoubtAreBothResolved(bool isDecided, bool isGiven, string who)
    {
        using MigrationHarness world = Divided(3);
        FileStat before = world.Cluster.Call(0, ClientOp.Lookup, "/a/f0").Stat;
        DirFrag target = world.DirOf(0, "/b").Name;
        world.Cluster.Loses = (_, _, message) => isDecided ? message is NameDecision : message is NameOffered;
        ulong asked = world.Cluster[0].Submit(Renaming("/a/f0", "/b/new"), 1);
        world.Cluster.Run();
        Assert.Equal(isDecided, world.Cluster[0].RepliesTo(asked).Any());
        Assert.NotEqual(0, world.Cluster[1].Rank.Services.UpdateCount);
        world.Cluster.Holds = (_, _, message) => isGiven ? message is ExportFinish : message is ExportAck;
        world.Move(0, 2, target);
        Assert.True(world.Cache(2).FindDir(target)!.DirAuth.IsAmbiguous);
        int[] ranks = [.. who.Select(each => each - '0')];
        world.Cluster.Crash(ranks);
        (world.Cluster.Holds, world.Cluster.Loses) = (null, null);
        world.Cluster.Advance(Second, Second / 2);
        foreach (int rank in ranks)
            world.Cluster.Start(rank);
        world.Cluster.Advance(6 * Second, Second / 2);
        Assert.True(world.Cache(isGiven ? 2 : 0).FindDir(target)!.IsAuth);
        if (isDecided)
            AssertMoved(world, "/a/f0", "/b/new", before);
        else
            AssertMoved(world, "/b/new", "/a/f0", before);
        AssertDone(world);
    }

    [Fact]
    public void WhoComesUponANameInDoubtWaits()
    {
        using MigrationHarness world = Divided();
        world.Cluster.Holds = (_, _, message) => message is NameDecision;
        world.Cluster[0].Submit(Renaming("/a/f0", "/b/new"), 1);
        world.Cluster.Run();
        ulong[] asked =
        [
            Ask(world, ClientOp.Lookup, "/a/f0"), Ask(world, ClientOp.ReadDirectory, "/a"),
            Ask(world, ClientOp.Unlink, "/a/f0"), Ask(world, ClientOp.GetAttributes, "/a"),
        ];
        world.Cluster.Run();
        Assert.All(asked, tid => Assert.Empty(world.Cluster[1].RepliesTo(tid)));
        Assert.Equal(MigrationRefusal.None, world[1].Export(world.DirOf(1, "/a").Name, new RankId(0)));
        world.Poke(1);
        Assert.Empty(world.Cluster[1].RepliesTo(asked[0]));
        world.Cluster.Holds = null;
        world.Cluster.Advance(3 * Second, Second / 2);
        Assert.Equal(IoError.NoEntry, world.Cluster[1].RepliesTo(asked[0])[^1].Error);
        Assert.Equal(IoError.NoEntry, world.Cluster[1].RepliesTo(asked[2])[^1].Error);
        AssertDone(world);
    }

    /// <summary>Two files change places by way of two renames that come upon each other's promise.</summary>
    [Fact]
    public void TwoThatWantEachOthersNamesComeToAnEnd()
    {
        using MigrationHarness world = Divided();
        byte hops = ClusterHarness.LearningHops;
        Assert.Equal(
            IoError.NoEntry, world.Cluster.Call(1, ClientOp.Lookup, "/b/none", each => each with { Hops = hops }).Error);
        world.Cluster.Holds = (_, _, message) => message is NameOffered;
        ulong one = world.Cluster[0].Submit(Renaming("/a/f0", "/b/f0") with { Hops = hops }, 1);
        ulong other = world.Cluster[1].Submit(Renaming("/b/f0", "/a/f0") with { Hops = hops }, 2);
        world.Cluster.Run();
        Assert.All([0, 1], rank => Assert.Single(world.Cluster.Delivered, each => each.To == rank && each.Message is NameClaim));
        world.Cluster.Holds = null;
        world.Cluster.Run();
        // That of the lower rank keeps its promise.
        Assert.Equal(IoError.None, world.Cluster[0].RepliesTo(one)[^1].Error);
        Assert.NotEmpty(world.Cluster[1].RepliesTo(other));
        AssertDone(world);
    }

    private static ulong Ask(MigrationHarness world, ClientOp op, string path) =>
        world.Cluster[1].Submit(new ClientRequest(0, op) { Path = Encoding.UTF8.GetBytes(path) }, 3);

    internal static void StopAt(MigrationHarness world, string at)
    {
        world.Cluster.Holds = (_, _, message) => at switch
        {
            "claim" => message is NameClaim,
            "offer" => message is NameOffered,
            "decision" => message is NameDecision,
            "gone" => message is NameGone,
            _ => false,
        };
        if (at == "promise unwritten")
            world.Cluster[1].MemoryLog.StallsFlushes = true;
        if (at is "decision unwritten" or "gone unwritten")
        {
            int stalls = at == "decision unwritten" ? 0 : 1;
            Type last = at == "decision unwritten" ? typeof(NameOffered) : typeof(NameDecision);
            world.Cluster.Holds = (_, _, message) =>
            {
                world.Cluster[stalls].MemoryLog.StallsFlushes |= message.GetType() == last;
                return false;
            };
        }
    }

    private static MigrationHarness Divided(int ranks = 2)
    {
        MigrationHarness world = new(ranks);
        DirFrag root = world.Make("/a", 2);
        world.Make("/b", 1);
        world.Move(0, 1, root);
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
        return world;
    }

    private static void AssertMoved(MigrationHarness world, string from, string to, in FileStat before)
    {
        for (int asked = 0; asked < 2; asked++)
        {
            Assert.Equal(IoError.NoEntry, world.Cluster.Call(asked, ClientOp.Lookup, from).Error);
            ClientReply found = world.Cluster.Call(asked, ClientOp.Lookup, to);
            Assert.Equal((IoError.None, before.Ino, 1u), (found.Error, found.Stat.Ino, found.Stat.Links));
            Assert.Equal((before.Mode, before.ModifiedAt), (found.Stat.Mode, found.Stat.ModifiedAt));
        }
    }
}
