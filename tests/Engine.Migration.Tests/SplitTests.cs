// What is larger than what goes at once: its parts, the rest behind them, and what ends either of them early.

using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>A region that is larger than what goes at once goes in parts, and is one again where it goes.</summary>
public sealed class SplitTests
{
    private const int Dirs = 24;
    private const long AtOnce = 20 << 10;

    /// <summary>Nothing goes ahead, so that this alone is the limit.</summary>
    private static readonly MigrationOptions s_small =
        MigrationHarness.Once with { StagingRoundsMax = 0, ExportBytesMax = AtOnce };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void MG128_WhatIsTooLargeGoesInParts_AndIsOneSubtreeAgain(bool isDeep)
    {
        using MigrationHarness world = new(3, s_small);
        DirFrag root = MakeTree(world, isDeep);
        world.Move(0, 1, root);
        world.AssertAtRest();
        Dir moved = world.Cache(1).FindDir(root)!;
        Assert.True(moved.IsAuth);
        Dir[] owned = [.. world.Cache(1).Subtrees.Roots().Where(
            static each => each.IsAuth && each.IsSubtreeRoot && !each.Name.Ino.IsSystem)];
        Assert.Equal([moved], owned);
        MigrationReport[] gone = [.. world[0].History.Reports.Where(static each => each.Refusal == MigrationRefusal.None)];
        Assert.All(gone, static each => Assert.InRange(each.Bytes, 1, AtOnce));
        Assert.InRange(gone.Length, Dirs / 6, Dirs + 1);
        Assert.True(world[0].Counters.Splits > 1);
        Assert.Equal(gone.Length, world[1].Counters.Imported);
        Assert.Equal(Dirs * 2, Files(world, 1));
        ClusterChecks.Expect(world.Cluster);
    }

    /// <summary>A pin that asked for a part, and says something else by then, ends that part alone.</summary>
    [Fact]
    public void APinThatIsTakenBackDoesNotKeepTheRest()
    {
        using MigrationHarness world = new(3, s_small with { ConcurrentMax = 1 });
        DirFrag root = MoveThreeParts(world);
        (DirFrag part, _) = world[0].Waiting.Last();
        string path = world.Cache(0).PathOf(world.Cache(0).FindDir(part)!.Inode);
        SetPin(world, path, "1");
        world.Cluster.Advance(200_000, 100_000);
        SetPin(world, path, "-1");
        world.Cluster.Advance(200_000, 100_000);
        world.Cluster.Holds = null;
        world.Poke(0);
        world.Cluster.Advance(1_000_000, 100_000);
        world.AssertAtRest();
        Assert.False(world[0].GoesInParts(root));
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
        Assert.Equal(Dirs * 2, Files(world, 1));
    }

    private static void SetPin(MigrationHarness world, string path, string value) => Assert.Equal(
        IoError.None, world.Cluster.Call(0, ClientOp.SetXattr, path, each => each with
        {
            XattrName = "dir.pin", Value = Encoding.UTF8.GetBytes(value),
        }).Error);

    [Fact]
    public void OfPartsThatDoNotGoTheRestStays_AndMayBeAskedForAgain()
    {
        using MigrationHarness world = new(3, s_small with { ConcurrentMax = 1 });
        DirFrag root = MoveThreeParts(world);
        Assert.NotEmpty(world[0].Waiting);
        Assert.NotEqual(0, world[0].ClearQueue());
        Assert.True(world[0].TryCancel(world[0].Live().Single().Id));
        world.Cluster.Holds = null;
        world.Poke(0);
        world.AssertAtRest();
        Assert.Empty(world[0].Waiting);
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        Assert.Equal(Dirs * 2, Files(world, 0));

        world.Move(0, 1, root);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
        Assert.Equal(Dirs * 2, Files(world, 1));
    }

    [Fact]
    public void WhenTheImporterDies_NothingIsLeftOfIt()
    {
        using MigrationHarness world = new(3, s_small with { ConcurrentMax = 2 });
        DirFrag root = MakeTree(world, isDeep: false);
        int left = 5;
        world.Cluster.Holds = (_, _, message) => message is ExportDir && left-- <= 0;
        world.Move(0, 1, root);
        Assert.NotEmpty(world[0].Live());
        world.Cluster.Crash(1);
        world.Cluster.Run();
        world.Cluster.Holds = null;
        world.Cluster.Start(1);
        world.Cluster.Advance(10_000_000, 500_000);
        world.AssertAtRest();
        Assert.Empty(world[0].Waiting);
        Assert.False(world[0].GoesInParts(root));
        Assert.Equal(Dirs * 2, Files(world, 2));
        ClusterChecks.Expect(world.Cluster);
        world.Move(world.Cache(0).FindDir(root)!.IsAuth ? 0 : 1, 2, root);
        world.AssertAtRest();
        Assert.True(world.Cache(2).FindDir(root)!.IsAuth);
        Assert.Equal(Dirs * 2, Files(world, 0));
    }

    /// <summary>A tree goes in parts, and stands still before the fourth.</summary>
    private static DirFrag MoveThreeParts(MigrationHarness world)
    {
        DirFrag root = MakeTree(world, isDeep: false);
        int left = 3;
        world.Cluster.Holds = (_, _, message) => message is ExportDiscover && left-- <= 0;
        world.Move(0, 1, root);
        return root;
    }

    private static DirFrag MakeTree(MigrationHarness world, bool isDeep)
    {
        DirFrag root = world.Make("/a", 0);
        string path = "/a";
        for (int i = 0; i < Dirs; i++)
        {
            path = isDeep && i % 8 != 0 ? $"{path}/d{i}" : $"/a/d{i}";
            world.Make(path, 2);
        }

        return root;
    }

    private static int Files(MigrationHarness world, int asked, string path = "/a")
    {
        ClientReply reply = world.Cluster.Call(asked, ClientOp.ReadDirectory, path);
        int count = 0;
        foreach (DirectoryItem item in reply.Items)
        {
            count += item.Type == InodeType.Directory
                ? Files(world, asked, $"{path}/{System.Text.Encoding.UTF8.GetString(item.Name.Span)}")
                : 1;
        }

        return count;
    }
}
