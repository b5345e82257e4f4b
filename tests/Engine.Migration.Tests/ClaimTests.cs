// What ranks claim when they tell each other what they own, after somebody died: directories that were divided otherwise
// meanwhile, subtrees within one another, what nobody claims.

using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Claims. Source: migrator specification, 4.3 and 9 (J).</summary>
public sealed class ClaimTests
{
    private const long Second = 1_000_000;
    private const int Files = 16;

    /// <summary>A rank owns a subtree in a directory, however deep, and dies. Claims name dirfrags as everybody has them: what
    /// leads to the subtree is not divided, or made one again, behind its back.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void MG114_WhatLeadsToARankThatIsAwayIsDividedAsItKnowsIt(int bits)
    {
        using MigrationHarness world = new(3);
        world.Make("/a", Files);
        world.Make("/a/b", 1);
        DirFrag below = world.Make("/a/b/x", 2);
        if (bits > 0)
            Assert.Equal(IoError.None, Divide(world, bits));
        List<DirFrag> before = PartsOf(world, 0);
        world.Move(0, 1, below);
        world.Cluster.Crash(1);
        world.Cluster.Run();
        Assert.Equal(IoError.Invalid, Divide(world, bits > 0 ? 0 : 1));
        Assert.Equal(before, PartsOf(world, 0));
        world.Cluster.Start(1);
        world.Cluster.Advance(3 * Second, Second / 2);
        AssertWhole(world);
        Assert.True(world.Cache(1).FindDir(below)!.IsAuth);
        Assert.All(
            PartsOf(world, 1),
            part => Assert.Equal(OwnerOf(world, part), world.Cache(1).Subtrees.AuthorityOf(world.Cache(1).FindDir(part)!).First));
    }

    /// <summary>The exporter claims what lies around the region, with or without another's subtree between them, and what the
    /// region lies in is that one's: whose the region is its journal says.</summary>
    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public void MG117_WhatAClaimLiesAround_IsTheImportersWhereTheWordWasSaid(int between, bool isGiven)
    {
        using MigrationHarness world = new(3);
        DirFrag above = world.Make("/p", 1);
        DirFrag root = world.Make("/p/a", 3);
        DirFrag below = world.Make("/p/a/x", 2);
        if (between != 0)
        {
            world.Move(0, between, above);
            world.Move(between, 0, root);
        }

        world.Move(0, 2, below);
        world.Cluster.Holds = (_, _, message) => message.GetType() == (isGiven ? typeof(ExportFinish) : typeof(ExportAck));
        world.Move(0, 1, root);
        Assert.Equal(["Acking"], world[1].Live().Select(each => each.State));
        world.Cluster.Crash(0);
        world.Cluster.Run();
        world.Cluster.Holds = null;
        world.Cluster.Start(0);
        world.Cluster.Advance(3 * Second, Second / 2);
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        Assert.Equal([between, isGiven ? 1 : 0, 2], ((DirFrag[])[above, root, below]).Select(each => OwnerOf(world, each)));
        Assert.Equal(["f0", "f1", "f2", "x"], world.NamesAt(isGiven ? 1 : 0, root));
        for (int rank = 0; rank < 3; rank++)
            Assert.Equal(IoError.None, world.Cluster.Call(rank, ClientOp.Create, $"/p/a/after{rank}").Error);
    }

    /// <summary>A rank has lost whose the root is while its owner is away: it says so, and goes on with its own. The owner's
    /// claims put it right.</summary>
    [Fact]
    public void MG119_WhatNobodyClaimsIsFoundAndSaid_AndTheOwnersClaimEndsIt()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 3);
        world.Move(0, 1, root);
        DirFrag top = world.DirOf(1, "/").Name;
        world.Cluster.Crash(0);
        world.Cluster.Run();
        world.Cache(1).Subtrees.AdjustAuth(world.Cache(1).FindDir(top)!, Authority.Undefined);
        world.Cluster.Advance(Second);
        Assert.Equal(Authority.Undefined, world.Cache(1).FindDir(top)!.DirAuth);
        Assert.Contains(world.Cluster[1].Rank.AuditAtRest(), said => said.StartsWith("A7", StringComparison.Ordinal));
        Assert.NotEqual(RankState.Failed, world.Cluster[1].Rank.State);
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
        world.Cluster.Start(0);
        world.Cluster.Advance(3 * Second, Second / 2);
        Assert.Equal(Authority.Of(new RankId(0)), world.Cache(1).FindDir(top)!.DirAuth);
        Assert.DoesNotContain(world.Cluster[1].Rank.AuditAtRest(), said => said.StartsWith("A7", StringComparison.Ordinal));
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Create, "/after").Error);
    }

    private static int OwnerOf(MigrationHarness world, DirFrag name) =>
        Assert.Single(Enumerable.Range(0, 3), rank => world.Cache(rank).FindDir(name) is { IsAuth: true });

    /// <summary>Divides a directory; makes it one again where there are no bits.</summary>
    private static IoError Divide(MigrationHarness world, int bits) => world.Cluster.Call(
        0, ClientOp.Fragment, "/a", each => each with { Fragment = Frag.Root, SplitBits = bits }).Error;

    private static void AssertWhole(MigrationHarness world)
    {
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        for (int i = 0; i < Files; i++)
        {
            for (int rank = 0; rank < 3; rank++)
                Assert.Equal(IoError.None, world.Cluster.Call(rank, ClientOp.Lookup, $"/a/f{i}").Error);
        }

        for (int rank = 0; rank < 3; rank++)
            Assert.Equal(IoError.None, world.Cluster.Call(rank, ClientOp.Lookup, "/a/b/x/f1").Error);
        ClusterChecks.Expect(world.Cluster);
    }

    private static List<DirFrag> PartsOf(MigrationHarness world, int rank)
    {
        List<DirFrag> parts = [];
        NodeId inode = world.DirOf(rank, "/a").Inode;
        for (Dir? dir = world.Cache(rank).FirstDirOf(inode); dir is not null; dir = MetadataCache.NextDirOf(dir))
            parts.Add(dir.Name);
        return parts;
    }
}
