using Engine.Buffers;
using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <content>What a rank makes of pages that go ahead before their region comes, and what it leaves of them.</content>
public sealed partial class StagingTests
{
    /// <summary>While the region stands still only what changed last is looked at entry by entry.</summary>
    [Fact]
    public void MG131_WhatCameAheadIsIndexedAhead_AndFoundByNobody()
    {
        using MigrationHarness world = new(2, s_restless);
        DirFrag root = MakeTree(world);
        Ino[] files = [.. Enumerable.Range(0, Dirs).Select(i => world.Cluster.Call(0, ClientOp.Lookup, $"/a/d{i}/f0").Stat.Ino)];
        world.Learn(1, "a", "d3", "f0");
        Move(world, root, message =>
        {
            if (message == Dirs)
                Create(world, "/a/d5/new");
        }, static message => message is ExportDir);
        int[] ready = [.. Enumerable.Range(0, Dirs).Where(i => world.Cache(1).FindComing(files[i], out _) is not null)];
        Assert.Equal(Enumerable.Range(0, Dirs).Except([3]), ready);
        Assert.All(ready, i => Assert.True(world.Cache(1).FindInode(files[i]).IsNone));
        Assert.False(world.Cache(1).FindInode(files[3]).IsNone);
        Assert.Empty(world.Cache(1).Audit(3));
        world.Cluster.Run();
        world.AssertAtRest();
        Assert.All(files, file => Assert.False(world.Cache(1).FindInode(file).IsNone));
        Assert.All(files, file => Assert.True(world.Cache(0).FindInode(file).IsNone));
        Assert.Equal(["f0", "f1", "new"], world.NamesAt(1, world.DirOf(1, "/a/d5").Name));
        Assert.False(world.Cache(0).HasGone);
    }

    /// <summary>The region comes back while what is left of it is not given back.</summary>
    [Fact]
    public void WhatWentMayComeBackBeforeItIsGivenBack()
    {
        using MigrationHarness world = new(2, s_restless with { StageBytes = 1 << 20 });
        DirFrag root = MakeTree(world);
        string before = Dump(world);
        for (int i = 0; i < 4; i++)
        {
            world.Move(i % 2, 1 - (i % 2), root);
            world.AssertAtRest();
            Assert.Equal(before, Dump(world));
        }
    }

    /// <summary>What goes ahead takes no more than half of a journal, and leaves nothing in it.</summary>
    [Fact]
    public void WhatTheJournalHasNoRoomForIsRefused_AndMakesRoomAgain()
    {
        using MigrationHarness world = new(2, s_restless, configure: static each => each with { SegmentEventsMax = 4 });
        world.Cluster.Crash(1);
        world.Cluster[1].MemoryLog.BytesMax = 512 << 10;
        world.Cluster.Start(1);
        DirFrag root = world.Make("/a", 0);
        for (int i = 0; i < Dirs; i++)
            world.Make($"/a/d{i}", 60);
        DirFrag small = world.Make("/b", 2);
        for (int round = 0; round < 3; round++)
        {
            world.Move(0, 1, root);
            world.AssertAtRest();
            Assert.Equal(MigrationRefusal.TooBig, world[0].History.Reports.Last().Refusal);
            Assert.InRange(Staged(world).Count(), 5, 20 * (round + 1));
            Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        }

        world.Move(0, 1, small);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(small)!.IsAuth);
        for (int i = 0; i < 100; i++)
            Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Create, $"/b/n{i}").Error);
    }
}
