using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>A file with several names lies in a stray directory of the rank that made it, and stays there when its names move to
/// another rank; changes that concern both ranks are refused, and everything else is answered.</summary>
public sealed class RemoteNameTests
{
    private const int CrossRank = 18;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void AFileIsReachedByItsNamesWhichAreAnotherRanks(int asked)
    {
        using MigrationHarness world = new(2);
        Move(world);
        ClientReply first = world.Cluster.Call(asked, ClientOp.Lookup, "/a/f0");
        Assert.Equal((IoError.None, 2u), (first.Error, first.Stat.Links));
        ClientReply other = world.Cluster.Call(asked, ClientOp.GetAttributes, "/a/other");
        Assert.Equal((IoError.None, first.Stat.Ino), (other.Error, other.Stat.Ino));
        ClientReply changed = world.Cluster.Call(
            asked, ClientOp.SetAttributes, "/a/other", each => each with { Changes = new AttributeChanges { Mode = 0x1A4 } });
        Assert.Equal(IoError.None, changed.Error);
        world.AssertAtRest();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void WhatConcernsTwoRanksIsRefused_WhicheverIsAsked(int asked)
    {
        using MigrationHarness world = new(2);
        Move(world);
        Refused(world, asked, ClientOp.Rename, "/a/f0", "/a/f9");
        Refused(world, asked, ClientOp.Rename, "/a/other", "/b/free");
        Refused(world, asked, ClientOp.Link, "/a/f1", "/b/free");
        Assert.Equal(IoError.NoEntry, Call(world, asked, ClientOp.Rename, "/b/f0", "/a/none/free").Error);
        Assert.Equal(IoError.NoEntry, Call(world, asked, ClientOp.Link, "/b/f0", "/a/none/free").Error);
        world.AssertAtRest();
    }

    /// <summary>Of a symbolic link one rank has the name, the other the target, and the target leads back to the first, which
    /// says that there is nothing.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void AWayThroughALinkOfTwoRanksThatLeadsNowhereComesToAnEnd(int asked)
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        world.Make("/b", 0);
        ClientReply made = world.Cluster.Call(
            0, ClientOp.SymbolicLink, "/b/way", each => each with { Value = "/a"u8.ToArray() });
        Assert.Equal(IoError.None, made.Error);
        Assert.Equal(IoError.None, Call(world, 0, ClientOp.Link, "/b/way", "/a/way").Error);
        world.Move(0, 1, root);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(IoError.NoEntry, world.Cluster.Call(asked, ClientOp.Lookup, "/a/way/free").Error);
            Assert.Equal(IoError.NoEntry, Call(world, asked, ClientOp.Link, "/a/way/free", "/a/way/new").Error);
        }

        world.AssertAtRest();
    }

    /// <summary>The same, where it leads to something: that rank is told where the link leads, which it cannot read.</summary>
    [Theory]
    [InlineData(0, "/a")]
    [InlineData(1, "/a")]
    [InlineData(0, "/a\\b\n")]
    [InlineData(1, "/a\\b\n")]
    public void AWayThroughALinkOfTwoRanksLeadsToWhatIsThere(int asked, string there)
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make(there, 2);
        world.Make("/b", 0);
        foreach ((string name, string target) in (ReadOnlySpan<(string, string)>)[("way", $"..{there}"), ("far", there)])
        {
            ClientReply made = world.Cluster.Call(
                0, ClientOp.SymbolicLink, $"/b/{name}", each => each with { Value = Encoding.UTF8.GetBytes(target) });
            Assert.Equal(IoError.None, made.Error);
            Assert.Equal(IoError.None, Call(world, 0, ClientOp.Link, $"/b/{name}", $"{there}/{name}").Error);
        }

        world.Move(0, 1, root);
        foreach (string way in (string[])[$"{there}/way", $"{there}/far", "/b/way", "/b/far", $"{there}/way/far/way"])
        {
            Assert.Equal(IoError.None, world.Cluster.Call(asked, ClientOp.Lookup, $"{way}/f0").Error);
            Assert.Equal(IoError.None, world.Cluster.Call(asked, ClientOp.Create, $"{way}/new").Error);
            Assert.Equal(IoError.NotDirectory, world.Cluster.Call(asked, ClientOp.GetAttributes, $"{way}/new/x").Error);
            Assert.Equal(IoError.None, world.Cluster.Call(asked, ClientOp.Unlink, $"{way}/new").Error);
        }

        world.AssertAtRest();
    }

    /// <summary>/a has two names of one file, and moves; /b stays.</summary>
    private static void Move(MigrationHarness world)
    {
        DirFrag root = world.Make("/a", 2);
        world.Make("/b", 1);
        Assert.Equal(IoError.None, Call(world, 0, ClientOp.Link, "/a/f0", "/a/other").Error);
        world.Move(0, 1, root);
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
    }

    private static void Refused(MigrationHarness world, int asked, ClientOp op, string path, string other)
    {
        string what = $"{op} {path} {other}";
        Assert.Equal((what, CrossRank), (what, Call(world, asked, op, path, other).Error.Errno));
    }

    private static ClientReply Call(MigrationHarness world, int rank, ClientOp op, string path, string other) =>
        world.Cluster.Call(rank, op, path, each => each with { Path2 = Encoding.UTF8.GetBytes(other) });
}
