using Engine.Buffers;
using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Directories that a rank could not read, and that go to another.</summary>
public sealed class DamageTests
{
    private const long Second = 1_000_000;

    /// <summary>A device that gave wrong bytes may give the right ones later, to whoever asks.</summary>
    [Fact]
    public void WhatTheExporterCouldNotRead_TheImporterReadsAfterAWhile()
    {
        using MigrationHarness world = Damaged(out DirFrag root, out DirFrag damaged);
        world.Move(0, 1, root);
        Assert.True(world.Cache(1).FindDir(damaged)!.Has(DirState.Bad));
        Assert.Single(world.Cluster[1].Rank.Damage);
        Assert.Equal(IoError.Io, world.Cluster.Call(1, ClientOp.Lookup, "/a/d/f0").Error);
        world.Cluster.Advance(2 * Second, Second / 2);
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Lookup, "/a/d/f0").Error);
        Assert.Empty(world.Cluster[1].Rank.Damage);
        world.AssertAtRest();
    }

    /// <summary>So does the importer's next life, which has it from the journal.</summary>
    [Fact]
    public void WhatTheExporterCouldNotRead_TheImportersNextLifeReads()
    {
        using MigrationHarness world = Damaged(out DirFrag root, out _);
        world.Move(0, 1, root);
        world.Cluster.Crash(1);
        world.Cluster.Start(1);
        world.Cluster.Advance(2 * Second, Second / 2);
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Lookup, "/a/d/f0").Error);
        world.AssertAtRest();
    }

    /// <summary>/a/d cannot be read, and can be soon.</summary>
    private static MigrationHarness Damaged(out DirFrag root, out DirFrag damaged)
    {
        MigrationHarness world = new(2);
        root = world.Make("/a", 1);
        damaged = world.Make("/a/d", 1);
        for (int life = 0; life < 2; life++)
        {
            // A life begins with what the last segment of the one before names.
            world.Cluster[0].Rank.Stop();
            world.Cluster.Run();
            world.Cluster.Crash(0);
            world.Cluster.Start(0);
        }

        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Lookup, "/a/f0").Error);
        world.Cluster[0].GatedStore.ShortReads = 2;
        Assert.Equal(IoError.Io, world.Cluster.Call(0, ClientOp.Lookup, "/a/d/f0").Error);
        return world;
    }
}
