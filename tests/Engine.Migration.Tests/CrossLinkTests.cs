// Links and unlinks of a name of one rank's and an inode of another's.
//
// /a is rank 1's, /b rank 0's; /a/own was made by rank 1, /b/f0 by rank 0. What is cut short is cut short as renames are
// (CrossRenameTests): the name is there, or gone, where the coordinator's journal has the decision, and the inode counts what
// names there are.

using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;
using static Engine.Migration.Tests.CrossChanges;

namespace Engine.Migration.Tests;

/// <summary>Links and unlinks of two ranks. Source: migrator specification, 4.5.</summary>
public sealed class CrossLinkTests
{
    private const long Second = 1_000_000;
    private const int CrossRank = 18;

    [Theory]
    [InlineData(0, "/a/own", "/b/new")]
    [InlineData(1, "/a/own", "/b/new")]
    [InlineData(0, "/b/f0", "/a/new")]
    [InlineData(1, "/b/f0", "/a/new")]
    public void AFileGetsAndLosesANameOfAnotherRank_WhicheverIsAsked(int asked, string file, string name)
    {
        using MigrationHarness world = Divided();
        FileStat before = world.Cluster.Call(asked, ClientOp.Lookup, file).Stat;
        ClientReply made = Link(world, asked, file, name);
        Assert.Equal((IoError.None, before.Ino, 2u), (made.Error, made.Stat.Ino, made.Stat.Links));
        AssertLinks(world, before.Ino, 2, file, name);
        // By its number, which either name tells.
        Assert.Equal(IoError.None, Link(world, asked, name, name + "er").Error);
        AssertLinks(world, before.Ino, 3, file, name, name + "er");
        AssertDone(world);
        world.Cluster.Crash(0, 1);
        world.Cluster.Start(0);
        world.Cluster.Start(1);
        AssertLinks(world, before.Ino, 3, file, name, name + "er");
        Assert.Equal(IoError.None, world.Cluster.Call(asked, ClientOp.Unlink, name).Error);
        AssertLinks(world, before.Ino, 2, file, name + "er");
        AssertGone(world, name);
        Assert.Equal(IoError.None, world.Cluster.Call(asked, ClientOp.Unlink, file).Error);
        AssertLinks(world, before.Ino, 1, name + "er");
        // With its last name the file goes.
        Assert.Equal(IoError.None, world.Cluster.Call(asked, ClientOp.Unlink, name + "er").Error);
        AssertGone(world, file, name, name + "er");
        AssertDone(world);
        for (int rank = 0; rank < 2; rank++)
            Assert.True(world.Cache(rank).FindInode(before.Ino).IsNone);
    }

    [Fact]
    public void WhatCannotBeIsRefused_AndLeavesNothing()
    {
        using MigrationHarness world = Divided();
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.MakeDirectory, "/a/d").Error);
        for (int asked = 0; asked < 2; asked++)
        {
            Assert.Equal(IoError.NoEntry, Link(world, asked, "/a/none", "/b/new").Error);
            Assert.Equal(IoError.NoEntry, Link(world, asked, "/a/none", "/b/f0").Error);
            Assert.Equal(IoError.NoEntry, Link(world, asked, "/a/own", "/b/none/new").Error);
            Assert.Equal(IoError.NoEntry, Link(world, asked, "/a/own", "/b/new/").Error);
            Assert.Equal(IoError.Exists, Link(world, asked, "/a/own", "/b/f0").Error);
            Assert.Equal(IoError.Exists, Link(world, asked, "/b/f0", "/a/own").Error);
            Assert.Equal(IoError.NotPermitted, Link(world, asked, "/a/d", "/b/new").Error);
            Assert.Equal(IoError.NotDirectory, Link(world, asked, "/a/own/", "/b/new").Error);
            Assert.Equal(IoError.NotDirectory, Link(world, asked, "/a/own", "/b/f0/new").Error);
            // Its maker does not have it.
            Assert.Equal(CrossRank, Link(world, asked, "/a/f0", "/b/new").Error.Errno);
            Credential other = new(1000, 1000);
            Assert.True(Link(world, asked, "/a/own", "/b/new", other).Error.Failed);
            AssertLinks(world, world.Cluster.Call(asked, ClientOp.Lookup, "/a/own").Stat.Ino, 1, "/a/own");
        }

        Assert.Equal(["f0"], world.NamesAt(0, world.DirOf(0, "/b").Name));
        AssertDone(world);
    }

    [Fact]
    public void WhoMayNotRemoveANameDoesNot()
    {
        using MigrationHarness world = Divided();
        Assert.Equal(IoError.None, Link(world, 0, "/a/own", "/b/new").Error);
        AttributeChanges sticky = new() { Mode = 0x3FF };
        Assert.Equal(IoError.None, world.Cluster.Call(
            0, ClientOp.SetAttributes, "/b", each => each with { Changes = sticky }).Error);
        ClientReply refused = world.Cluster.Call(
            0, ClientOp.Unlink, "/b/new", each => each with { Caller = new Credential(1000, 1000) });
        Assert.Equal(IoError.NotPermitted, refused.Error);
        Assert.Equal(IoError.NotDirectory, world.Cluster.Call(0, ClientOp.Unlink, "/b/new/").Error);
        Assert.Equal(2u, world.Cluster.Call(1, ClientOp.Lookup, "/a/own").Stat.Links);
        AssertDone(world);
    }

    /// <summary>Where, who dies, and whether it is done after that.</summary>
    public static TheoryData<bool, string, string, bool> Deaths
    {
        get
        {
            TheoryData<bool, string, string, bool> all = [];
            foreach (bool adds in (bool[])[true, false])
            {
                foreach (string who in (string[])["0", "1", "01"])
                {
                    foreach (string at in (string[])["claim", "promise unwritten", "offer"])
                        all.Add(adds, at, who, false);
                    if (who != "1")
                        all.Add(adds, "decision unwritten", who, false);
                    foreach (string at in (string[])["decision", "gone unwritten", "gone"])
                        all.Add(adds, at, who, true);
                }
            }

            return all;
        }
    }

    /// <summary>Rank 0 decides, rank 1 promises.</summary>
    [Theory]
    [MemberData(nameof(Deaths))]
    public void AfterADeathTheFileCountsItsNames(bool adds, string at, string who, bool isDone)
    {
        using MigrationHarness world = Divided();
        Ino file = world.Cluster.Call(0, ClientOp.Lookup, "/a/own").Stat.Ino;
        if (!adds)
            Assert.Equal(IoError.None, Link(world, 0, "/a/own", "/b/new").Error);
        AssertDone(world);
        StopAt(world, at);
        world.Cluster[0].Submit(adds ? Linking("/a/own", "/b/new") : Unlinking("/b/new"), 1);
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
        if ((isDone || isAlive) == adds)
        {
            AssertLinks(world, file, 2, "/a/own", "/b/new");
        }
        else
        {
            AssertLinks(world, file, 1, "/a/own");
            AssertGone(world, "/b/new");
        }

        AssertDone(world);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhoAsksForTheNumberInDoubtWaits(bool adds)
    {
        using MigrationHarness world = Divided();
        Assert.Equal(IoError.None, Link(world, 0, "/a/own", "/b/new").Error);
        AssertDone(world);
        world.Cluster.Holds = (_, _, message) => message is NameDecision;
        ulong changed = world.Cluster[0].Submit(adds ? Linking("/a/own", "/b/more") : Unlinking("/b/new"), 1);
        world.Cluster.Run();
        Assert.Equal(IoError.None, world.Cluster[0].RepliesTo(changed)[^1].Error);
        ulong asked = world.Cluster[1].Submit(new ClientRequest(0, ClientOp.GetAttributes) { Path = "/a/own"u8.ToArray() }, 3);
        world.Cluster.Run();
        Assert.Empty(world.Cluster[1].RepliesTo(asked));
        world.Cluster.Holds = null;
        world.Cluster.Advance(3 * Second, Second / 2);
        Assert.Equal(adds ? 3u : 1u, world.Cluster[1].RepliesTo(asked)[^1].Stat.Links);
        AssertDone(world);
    }

    internal static void StopAt(MigrationHarness world, string at)
    {
        world.Cluster.Holds = (_, _, message) => at switch
        {
            "claim" => message is LinkClaim,
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

    private static MigrationHarness Divided()
    {
        MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 1);
        world.Make("/b", 1);
        world.Move(0, 1, root);
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Create, "/a/own").Error);
        return world;
    }

    private static ClientReply Link(
        MigrationHarness world, int asked, string file, string name, Credential? caller = null)
    {
        ClientRequest request = Linking(file, name);
        return world.Cluster.Call(asked, caller is null ? request : request with { Caller = caller });
    }

    private static void AssertLinks(MigrationHarness world, Ino file, uint links, params string[] names)
    {
        foreach (string name in names)
        {
            for (int asked = 0; asked < 2; asked++)
            {
                ClientReply found = world.Cluster.Call(asked, ClientOp.Lookup, name);
                Assert.Equal((name, IoError.None, file, links), (name, found.Error, found.Stat.Ino, found.Stat.Links));
            }
        }
    }

    private static void AssertGone(MigrationHarness world, params string[] names)
    {
        foreach (string name in names)
        {
            for (int asked = 0; asked < 2; asked++)
                Assert.Equal((name, IoError.NoEntry), (name, world.Cluster.Call(asked, ClientOp.Lookup, name).Error));
        }
    }
}
