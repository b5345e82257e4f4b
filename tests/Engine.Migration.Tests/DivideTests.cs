// A directory that is larger by itself than what goes at once: divided, refused, or whole where it cannot be divided; and one
// that others have copies of.

using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>A dirfrag that is larger by itself than what goes at once is divided, and its parts go.</summary>
public sealed class DivideTests
{
    private const long AtOnce = 20 << 10;
    private const int Files = 300;

    /// <summary>Nothing goes ahead, so that this alone is the limit.</summary>
    private static readonly MigrationOptions s_small =
        MigrationHarness.Once with { StagingRoundsMax = 0, ExportBytesMax = AtOnce };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void MG129_ADirfragThatIsTooLargeIsDivided_AndItsPartsGo(bool hasCopies)
    {
        using MigrationHarness world = Make(s_small, out DirFrag root);
        if (hasCopies)
            world.Learn(2, "a", "f1");
        world.Move(0, 1, root);
        world.Cluster.Advance(3_000_000, 500_000);
        world.AssertAtRest();
        Dir[] parts = PartsAt(world, 1, root.Ino);
        Assert.InRange(parts.Length, 2, 256);
        Assert.All(parts, static each => Assert.True(each.IsAuth));
        Assert.Null(world.Cache(0).FindDir(root));
        MigrationReport[] gone = [.. world[0].History.Reports.Where(static each => each.Refusal == MigrationRefusal.None)];
        Assert.Equal(parts.Length, gone.Length);
        Assert.All(gone, static each => Assert.InRange(each.Bytes, 1, AtOnce));
        AssertWhole(world);
        Assert.False(world[0].GoesInParts(root));
        MigrationId asked = world[0].History.Reports.First(static each => each.Refusal == MigrationRefusal.InParts).Id;
        Assert.Equal((root, MigrationRefusal.None), (world[0].BaseOf(asked)!.Value, world[0].OutcomeOf(root)!.Value));
    }

    /// <summary>Parts that have no room in the queue are not forgotten, and one that does not go is told of.</summary>
    [Fact]
    public void AllPartsGo_HoweverFewMayWait()
    {
        using MigrationHarness world = Make(s_small with { QueueMax = 2, ConcurrentMax = 1 }, out DirFrag root);
        world.Move(0, 1, root);
        world.Cluster.Advance(5_000_000, 500_000);
        world.AssertAtRest();
        Assert.InRange(PartsAt(world, 1, root.Ino).Count(static each => each.IsAuth), 3, 256);
        Assert.DoesNotContain(PartsAt(world, 0, root.Ino), static each => each.IsAuth);
        Assert.Equal(MigrationRefusal.None, world[0].OutcomeOf(root));
        AssertWhole(world);
    }

    /// <summary>As large as the catalogue has it, beside the limit that is the default.</summary>
    [Fact]
    public void MG129_TwoHundredThousandEntries()
    {
        const int Entries = 200_000;
        using MigrationHarness world = new(
            2,
            MigrationHarness.Once with { StagingRoundsMax = 0 },
            configure: static own => own with
            {
                SplitEntries = int.MaxValue, SplitBytes = long.MaxValue, FragmentEntriesMax = int.MaxValue, CheckLevel = 0,
                CacheBytesMax = 1L << 30,
            });
        DirFrag root = world.Make("/a", Entries);
        long bytes = world.Cache(0).FindDir(root)!.Pages.BytesUsed;
        Assert.True(bytes > world[0].Options.ExportBytesMax);
        world.Move(0, 1, root);
        world.Cluster.Advance(60_000_000, 1_000_000);
        world.AssertAtRest();
        Dir[] parts = PartsAt(world, 1, root.Ino);
        Assert.All(parts, static each => Assert.True(each.IsAuth));
        Assert.Equal(Entries, parts.Sum(static each => each.Count));
        MigrationReport[] gone = [.. world[0].History.Reports.Where(static each => each.Refusal == MigrationRefusal.None)];
        Assert.Equal(parts.Length, gone.Length);
        Assert.All(gone, each => Assert.InRange(each.Bytes, 1, world[0].Options.ExportBytesMax));
    }

    [Fact]
    public void MG129_WhereNothingIsToBeDividedItIsRefused()
    {
        using MigrationHarness world = Make(s_small with { Splits = false }, out DirFrag root);
        world.Move(0, 1, root);
        world.AssertAtRest();
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        Assert.Equal(MigrationRefusal.TooBig, world[0].History.Reports.Single().Refusal);
        AssertWhole(world);
    }

    /// <summary>What lies below goes with its part, and is not split from it before.</summary>
    [Fact]
    public void WhatLiesBelowGoesWithItsPart()
    {
        using MigrationHarness world = Make(s_small, out DirFrag root);
        DirFrag inner = world.Make("/a/d", 2);
        DirFrag outer = world.DirOf(0, "/").Name;
        DirFrag above = world.Make("/b", 1);
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Rename, "/a", each => each with
        {
            Path2 = "/b/a"u8.ToArray(),
        }).Error);
        Assert.NotEqual(outer, above);
        world.Move(0, 1, above);
        world.Cluster.Advance(3_000_000, 500_000);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(above)!.IsAuth);
        Assert.True(world.Cache(1).FindDir(inner)!.IsAuth);
        Assert.InRange(PartsAt(world, 1, root.Ino).Length, 2, 256);
        Assert.All(
            world[0].History.Reports.Where(static each => each.Refusal == MigrationRefusal.None),
            static each => Assert.InRange(each.Bytes, 1, AtOnce));
        // All is the one's again, and nothing is a subtree of its own any more but what was asked for.
        Dir[] roots = [.. world.Cache(1).Subtrees.Roots().Where(
            static each => each.IsAuth && each.IsSubtreeRoot && !each.Name.Ino.IsSystem)];
        Assert.Equal(world.Cache(1).FindDir(above), Assert.Single(roots));
        ClusterChecks.Expect(world.Cluster);
    }

    /// <summary>Who has something below keeps its copies of the directory, and nobody would tell it of parts.</summary>
    [Fact]
    public void WhatCannotBeDividedGoesAtOnce()
    {
        using MigrationHarness world = Make(s_small, out DirFrag root);
        DirFrag inner = world.Make("/a/d", 2);
        world.Move(0, 2, inner);
        world.Move(0, 1, root);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
        Assert.True(world[0].History.Reports.Last().Bytes > AtOnce);
        AssertWhole(world, 1);
    }

    /// <summary>Copies that were called back do not come: the division is given up, and the directory goes as it is.</summary>
    [Fact]
    public void WhatIsNotDividedInTimeGoesAtOnce()
    {
        using MigrationHarness world = Make(s_small, out DirFrag root);
        world.Learn(2, "a", "f1");
        world.Cluster.Loses = (_, _, message) => message is ReplicaRecall;
        world.Move(0, 1, root);
        Assert.True(world[0].GoesInParts(root));
        world.Cluster.Advance(40_000_000, 1_000_000);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
        AssertWhole(world);
    }

    /// <summary>One that grows out of its measure is divided although others have copies: they give them back.</summary>
    [Fact]
    public void ADirectoryThatOthersHaveCopiesOfIsDivided()
    {
        using MigrationHarness world = new(3, s_small, configure: static own => own with { SplitEntries = 60, MergeEntries = 0 });
        DirFrag root = world.Make("/a", 20);
        world.Learn(2, "a", "f1");
        Assert.NotNull(world.Cache(2).FindDir(root));
        for (int i = 20; i < Files; i++)
            Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Create, $"/a/f{i}").Error);
        world.Cluster.Advance(3_000_000, 500_000);
        Assert.True(PartsAt(world, 0, root.Ino).Length > 1);
        world.Learn(2, "a", "f1");
        AssertWhole(world);
        world.AssertAtRest();
    }

    /// <summary>A directory goes with all the parts that the rank has of it.</summary>
    [Fact]
    public void AllPartsOfADividedDirectoryGo()
    {
        using MigrationHarness world = new(
            3, MigrationHarness.Once with { ConcurrentMax = 1 },
            configure: static own => own with { SplitEntries = 60, MergeEntries = 0 });
        DirFrag root = world.Make("/a", Files);
        world.Cluster.Advance(3_000_000, 500_000);
        int parts = PartsAt(world, 0, root.Ino).Length;
        Assert.True(parts > 2);
        Assert.Equal(MigrationRefusal.None, world[0].Export(root.Ino, new RankId(1), out DirFrag first));
        Assert.Contains(first, PartsAt(world, 0, root.Ino).Select(static each => each.Name));
        Assert.True(world[0].GoesInParts(first));
        world.Poke(0);
        world.AssertAtRest();
        Assert.False(world[0].GoesInParts(first));
        Assert.Equal(parts, PartsAt(world, 1, root.Ino).Count(static each => each.IsAuth));
        AssertWhole(world);
        DirFrag whole = new(root.Ino, Frag.Root);
        MigrationId id = world[0].History.Reports.First(each => each.Base == first).Id;
        Assert.Equal((whole, MigrationRefusal.None), (world[0].BaseOf(id)!.Value, world[0].OutcomeOf(whole)!.Value));
        Assert.Equal(MigrationRefusal.NotAuthority, world[0].Export(root.Ino, new RankId(1), out first));
        Assert.Equal(MigrationRefusal.NoSuchRank, world[1].Export(root.Ino, new RankId(1), out first));
        Assert.False(world[1].GoesInParts(root));
        Assert.True(first.Ino.IsNone);
    }

    /// <summary>Whoever clears the queue ends it: the directory stays, in parts or not.</summary>
    [Fact]
    public void AClearedQueueEndsIt()
    {
        using MigrationHarness world = Make(s_small, out DirFrag root);
        world.Learn(2, "a", "f1");
        world.Cluster.Holds = (_, _, message) => message is ReplicaRecall;
        world.Move(0, 1, root);
        world[0].ClearQueue();
        world.Cluster.Holds = null;
        world.Cluster.Advance(3_000_000, 500_000);
        world.AssertAtRest();
        Assert.False(world[0].GoesInParts(root));
        Assert.All(PartsAt(world, 0, root.Ino), static each => Assert.True(each.IsAuth));
        AssertWhole(world);
    }

    private static MigrationHarness Make(MigrationOptions options, out DirFrag root)
    {
        MigrationHarness world = new(
            3, options, configure: static own => own with { SplitEntries = int.MaxValue, MergeEntries = 0 });
        root = world.Make("/a", Files);
        return world;
    }

    private static Dir[] PartsAt(MigrationHarness world, int rank, Ino ino)
    {
        List<Dir> parts = [];
        for (Dir? dir = world.Cache(rank).FirstDirOf(world.Cache(rank).FindInode(ino)); dir is not null;
            dir = MetadataCache.NextDirOf(dir))
            parts.Add(dir);
        return [.. parts];
    }

    /// <summary>All names are there, whichever rank is asked, and the ranks agree with one another.</summary>
    private static void AssertWhole(MigrationHarness world, int more = 0)
    {
        for (int rank = 0; rank < 3; rank++)
        {
            HashSet<string> names = [];
            DirectoryCursor cursor = default;
            for (bool isEnd = false; !isEnd;)
            {
                ClientReply reply = world.Cluster.Call(
                    rank, ClientOp.ReadDirectory, "/a", each => each with { Cursor = cursor });
                Assert.Equal(IoError.None, reply.Error);
                Assert.All(reply.Items, each => Assert.True(names.Add(Encoding.UTF8.GetString(each.Name.Span))));
                (cursor, isEnd) = (reply.Cursor, reply.IsEnd);
            }

            Assert.Equal(Files + more, names.Count);
        }

        ClusterChecks.Expect(world.Cluster);
    }
}
