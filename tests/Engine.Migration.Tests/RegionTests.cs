// What a region may be like when it goes: changed and not written back, one part of a divided directory, with names of files that
// lie elsewhere.

using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Regions of every kind.</summary>
public sealed class RegionTests
{
    private static readonly RankId s_to = new(1);

    /// <summary>Everything is in the exporter's journal alone: the importer's has it afterwards.</summary>
    [Fact]
    public void MG046_WhatIsNotWrittenBackIsTheImportersToWrite()
    {
        const int Changes = 100;
        using MigrationHarness world = new(2);
        world.Cluster[0].GatedStore.Stalls = true;
        DirFrag root = world.Make("/a", Changes);
        world.Move(0, 1, root);
        Assert.False(world.Cache(0).FindDir(root)!.IsDirty);
        Assert.True(world.Cache(1).FindDir(root)!.IsDirty);
        world.Cluster[0].GatedStore.Stalls = false;
        world.Cluster.Run();
        world.AssertAtRest();

        // Nothing of it is in the exporter's journal that it would need: it begins anew without it.
        world.Cluster.Crash(0);
        world.Cluster.Start(0);
        world.AssertAtRest();
        Assert.Equal(Authority.Of(s_to), world.Cache(0).FindDir(root)!.DirAuth);
        for (int life = 0; life < 2; life++)
        {
            world.Cluster.Crash(1);
            world.Cluster.Start(1);
            world.AssertAtRest();
            Assert.Equal(Changes, world.NamesAt(1, root).Count);
        }
    }

    [Fact]
    public void MG047_OnePartOfADividedDirectoryGoesAlone()
    {
        const int Files = 64;
        using MigrationHarness world = new(2);
        DirFrag whole = world.Make("/a", Files);
        ClientReply divided = world.Cluster.Call(
            0, ClientOp.Fragment, "/a", static each => each with { Fragment = Frag.Root, SplitBits = 3 });
        Assert.Equal(IoError.None, divided.Error);
        List<DirFrag> parts = [];
        NodeId inode = world.DirOf(0, "/a").Inode;
        for (Dir? dir = world.Cache(0).FirstDirOf(inode); dir is not null; dir = MetadataCache.NextDirOf(dir))
            parts.Add(dir.Name);
        Assert.Equal(8, parts.Count);
        DirFrag gone = parts.MaxBy(part => world.NamesAt(0, part).Count);
        List<string> names = world.NamesAt(0, gone);
        world.Move(0, 1, gone);
        world.AssertAtRest();
        Assert.Equal(names, world.NamesAt(1, gone));
        Assert.True(world.Cache(1).FindDir(gone)!.IsAuth);
        foreach (DirFrag part in parts.Where(part => part != gone))
            Assert.True(world.Cache(0).FindDir(part)!.IsAuth);
        for (int i = 0; i < Files; i++)
        {
            string name = $"f{i}";
            bool isGone = gone.Frag.Contains(NameHash.Of(Encoding.UTF8.GetBytes(name)));
            Assert.Equal(isGone, names.Contains(name));
            foreach (int asked in (int[])[0, 1])
            {
                int rank = asked;
                ClientRequest change = new(0, ClientOp.SetAttributes)
                {
                    Path = Encoding.UTF8.GetBytes("/a/" + name), Changes = new AttributeChanges { Mode = 0x180 },
                };
                Assert.Equal(IoError.None, world.Cluster.Call(ref rank, change).Error);
                Assert.Equal(isGone ? 1 : 0, rank);
            }
        }

        world.AssertAtRest();
    }

    /// <summary>A name in the region of a file that lies outside, and a name outside of a file that lies in it.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void MG051_NamesOfFilesThatLieOnTheOtherSideLeadToThem(int asked)
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        world.Make("/b", 2);
        Link(world, "/b/f0", "/a/from-outside");
        Link(world, "/a/f0", "/b/from-inside");
        world.Move(0, 1, root);
        world.AssertAtRest();
        foreach ((string one, string other) in new[] { ("/b/f0", "/a/from-outside"), ("/a/f0", "/b/from-inside") })
        {
            ClientReply first = world.Cluster.Call(asked, ClientOp.GetAttributes, one);
            ClientReply second = world.Cluster.Call(asked, ClientOp.GetAttributes, other);
            Assert.Equal((IoError.None, IoError.None, 2u), (first.Error, second.Error, first.Stat.Links));
            Assert.Equal(first.Stat.Ino, second.Stat.Ino);
            ClientReply changed = world.Cluster.Call(
                asked, ClientOp.SetAttributes, other,
                static each => each with { Changes = new AttributeChanges { Mode = 0x1C0 } });
            Assert.Equal(IoError.None, changed.Error);
            Assert.Equal(0x1C0u, world.Cluster.Call(asked, ClientOp.GetAttributes, one).Stat.Mode & 0xFFF);
        }

        world.AssertAtRest();
        Assert.Equal(Authority.Of(s_to), world.Cache(0).FindDir(root)!.DirAuth);
    }

    private static void Link(MigrationHarness world, string from, string to) => Assert.Equal(
        IoError.None,
        world.Cluster.Call(0, ClientOp.Link, from, each => each with { Path2 = Encoding.UTF8.GetBytes(to) }).Error);
}
