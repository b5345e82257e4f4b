// Pages that go ahead of their region: what changes meanwhile goes again, what does not goes once, and nothing of it is of any
// effect before the exporter says what all of it is.

using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Pages go to the importer before the region is frozen.</summary>
public sealed partial class StagingTests
{
    private const int Dirs = 24;

    /// <summary>A message for each directory, and no end while anything changes.</summary>
    private static readonly MigrationOptions s_restless = MigrationHarness.Once with
    {
        StageBytes = 1, StagingStopBytes = 0,
    };

    [Fact]
    public void MG131_WhatDoesNotChangeGoesOnce()
    {
        using MigrationHarness world = new(2, s_restless);
        DirFrag root = MakeTree(world);
        Move(world, root, message =>
        {
            if (message != Dirs)
                return;
            Create(world, "/a/d3/new");
            Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Unlink, "/a/d5/f1").Error);
        });
        world.AssertAtRest();
        DirFrag[] sent = [.. Staged(world).Select(static each => each.Dirs.Single().Name)];
        Assert.Equal(Dirs + 1, sent[..(Dirs + 1)].Distinct().Count());
        DirFrag[] changed = [world.DirOf(1, "/a/d3").Name, world.DirOf(1, "/a/d5").Name];
        Assert.Superset(changed.ToHashSet(), sent[(Dirs + 1)..].ToHashSet());
        Assert.Subset(changed.Append(root).ToHashSet(), sent[(Dirs + 1)..].ToHashSet());

        // The root has one copy more, and says so.
        ExportDir region = Assert.Single(world.Cluster.Delivered.Select(each => each.Message).OfType<ExportDir>());
        Assert.Equal(Dirs + 1, region.Dirs.Count);
        Assert.Equal([root], region.Dirs.Where(static dir => dir.Pages.Any(static page => page.IsHere)).Select(dir => dir.Name));
        Assert.Equal(["f0", "f1", "new"], world.NamesAt(1, world.DirOf(1, "/a/d3").Name));
        Assert.Equal(["f0"], world.Cluster.Call(1, ClientOp.ReadDirectory, "/a/d5").Items.Select(
            static item => Encoding.UTF8.GetString(item.Name.Span)));
        MigrationReport report = world[0].History.Reports.Single();
        Assert.InRange(report.FrozenBytes, 1, report.Bytes / 10);
        Assert.True(world[0].Counters.StagedBytes > report.Bytes);
    }

    [Fact]
    public void MG131_TheResultIsTheSameAsWithoutIt()
    {
        string[] results = new string[2];
        for (int run = 0; run < 2; run++)
        {
            MigrationOptions options = s_restless with { StageBytes = 1 << 20, StagingRoundsMax = run == 0 ? 3 : 0 };
            using MigrationHarness world = new(2, options);
            DirFrag root = MakeTree(world);
            if (run == 0)
            {
                Move(world, root, round => Change(world, round));
                Assert.InRange(Staged(world).Count(), 2, 3);
            }
            else
            {
                Change(world, 0);
                Change(world, 1);
                world.Move(0, 1, root);
                Assert.Empty(Staged(world));
            }

            world.AssertAtRest();
            for (int rank = 0; rank < 2; rank++)
            {
                world.Cluster.Crash(rank);
                world.Cluster.Start(rank);
            }

            world.AssertAtRest();
            Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
            results[run] = Dump(world);
        }

        Assert.Equal(results[1], results[0]);
        Assert.Contains("/a/d2/new/moved", results[0], StringComparison.Ordinal);
        Assert.DoesNotContain("/a/d7", results[0], StringComparison.Ordinal);
    }

    /// <summary>Pages that went ahead lie in other segments of the journal than the event that says that the region has arrived;
    /// after a while the first of those have gone.</summary>
    [Fact]
    public void MG131_WhatCameAheadIsReadFromTheJournal_UntilItIsInTheStore()
    {
        using MigrationHarness world = new(
            2, s_restless, configure: static each => each with { SegmentEventsMax = 4, SegmentsMax = 3 });
        DirFrag root = MakeTree(world);
        Move(world, root, message =>
        {
            if (message % 5 == 4)
                Create(world, $"/a/d{message % Dirs}/m{message}");
        });
        world.AssertAtRest();
        string before = Dump(world);
        for (int round = 0; round < 12; round++)
        {
            world.Cluster.Crash(1);
            world.Cluster.Start(1);
            world.AssertAtRest();
            Assert.Equal(before, Dump(world));
            Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Create, $"/a/d1/x{round}").Error);
            Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Create, $"/a/d20/x{round}").Error);
            world.Cluster.Advance(2_000_000);
            before = Dump(world);
        }
    }

    [Fact]
    public void MG132_WhereAllChangesThereAreThreeRounds()
    {
        using MigrationHarness world = new(2, s_restless with { StageBytes = 1 << 20 });
        DirFrag root = MakeTree(world);
        Move(world, root, round =>
        {
            // Were it no less each time, there would be an end before.
            for (int i = 8 * round; i < Dirs; i++)
                Create(world, $"/a/d{i}/r{round}");
        });
        world.AssertAtRest();
        Assert.Equal(3, world[0].Counters.StagingRounds);
        Assert.Equal(3, Staged(world).Count());
        Assert.Equal(["f0", "f1", "r0", "r1", "r2"], world.NamesAt(1, world.DirOf(1, "/a/d19").Name));
        Assert.Equal(["f0", "f1", "r0"], world.NamesAt(1, world.DirOf(1, "/a/d0").Name));
    }

    [Fact]
    public void MG132_ARoundThatIsNoShorterIsTheLast()
    {
        using MigrationHarness world = new(2, s_restless with { StageBytes = 1 << 20, StagingRoundsMax = 100 });
        DirFrag root = MakeTree(world);
        Move(world, root, round =>
        {
            for (int i = 0; i < Dirs; i++)
                Create(world, $"/a/d{i}/r{round}");
        });
        world.AssertAtRest();
        Assert.InRange(world[0].Counters.StagingRounds, 2, 4);
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(1_000L)]
    public void WhoHasNoRoomForItGetsItAtOnce(long bytes)
    {
        using MigrationHarness world = new(2, s_restless with { StagingBytesMax = bytes });
        DirFrag root = MakeTree(world);
        world.Move(0, 1, root);
        world.AssertAtRest();
        Assert.Empty(Staged(world));
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
    }

    [Fact]
    public void WhatGrowsBeyondTheRoomForItGoesAtLast()
    {
        using MigrationHarness world = new(2, s_restless);
        DirFrag root = MakeTree(world);
        long bytes = 0;
        MetadataCache.VisitRegion(world.DirOf(0, "/a"), dir => bytes += dir.Pages.BytesUsed);
        using MigrationHarness small = new(2, s_restless with { StagingBytesMax = bytes });
        root = MakeTree(small);
        Move(small, root, message =>
        {
            for (int i = 0; i < 60 && message == 3; i++)
                Create(small, $"/a/d20/g{i}");
        });
        small.AssertAtRest();
        Assert.Equal(62, small.NamesAt(1, small.DirOf(1, "/a/d20").Name).Count);
        Assert.True(small[0].History.Reports.Single().FrozenBytes > 60 * 512);
    }

    [Fact]
    public void DamagedPagesThatGoAheadAreRefused_AndNothingIsLeftOfThem()
    {
        SeededRandom random = new(11);
        for (int run = 0; run < 20; run++)
        {
            using MigrationHarness world = new(2, s_restless);
            DirFrag root = MakeTree(world);
            int left = random.NextInt(Dirs);
            bool isDone = false;
            world.Cluster.Holds = (_, _, message) =>
            {
                if (message is ExportStage stage && !isDone && left-- == 0)
                {
                    isDone = true;
                    CancelTests.Flip(stage.Pages, random);
                }

                return false;
            };
            long before = world.Cache(1).Pool.BytesUsed;
            world.Move(0, 1, root);
            Assert.True(isDone);
            world.AssertAtRest();
            Assert.Equal(MigrationRefusal.Damaged, world[0].History.Reports.Single().Refusal);
            Assert.Equal(MigrationRefusal.Damaged, world[1].History.Reports.Single().Refusal);
            Assert.InRange(world.Cache(1).Pool.BytesUsed, before, before + (8 << 10));
            Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
            world.Cluster.Holds = null;
            world.Move(0, 1, root);
            world.AssertAtRest();
            Assert.Equal(Dirs, world.NamesAt(1, root).Count);
        }
    }

    /// <summary>What the exporter says that the importer has, the importer has, or takes nothing.</summary>
    [Theory]
    [InlineData("number")]
    [InlineData("crc")]
    [InlineData("twice")]
    [InlineData("missing")]
    [InlineData("more")]
    public void AManifestThatIsNotTrueIsRefused(string what)
    {
        using MigrationHarness world = new(2, s_restless);
        DirFrag root = MakeTree(world);
        bool isDone = false;
        world.Cluster.Holds = (_, _, message) =>
        {
            if (message is not ExportDir region || isDone)
                return false;
            isDone = true;
            var pages = (ExportedPage[])region.Dirs[^1].Pages;
            var others = (ExportedPage[])region.Dirs[^2].Pages;
            Assert.False(pages[0].IsHere || others[0].IsHere);
            pages[0] = what switch
            {
                "number" => pages[0] with { Stamp = pages[0].Stamp with { Number = ulong.MaxValue } },
                "crc" => pages[0] with { Stamp = pages[0].Stamp with { Crc = pages[0].Stamp.Crc + 1 } },
                "twice" => others[0],
                "missing" => pages[0] with { IsHere = true },
                _ => pages[0],
            };
            if (what == "more")
                ((ExportedPage[])region.Dirs[0].Pages)[0] = region.Dirs[0].Pages[0] with { IsHere = false };
            return false;
        };
        world.Move(0, 1, root);
        Assert.True(isDone);
        world.AssertAtRest();
        Assert.Equal(MigrationRefusal.Damaged, world[0].History.Reports.Single().Refusal);
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        world.Move(0, 1, root);
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatCameAheadGoesWithTheMigration(bool isCancelled)
    {
        using MigrationHarness world = new(2, s_restless);
        DirFrag root = MakeTree(world);
        long before = world.Cache(1).Pool.BytesUsed;
        world.Cluster.Holds = static (_, _, message) => message is ExportStageAck { Number: Dirs };
        world.Move(0, 1, root);
        Assert.True(world.Cache(1).Pool.BytesUsed > before + (Dirs * 1024));
        world.Cluster.Holds = null;
        if (isCancelled)
        {
            Assert.True(world[0].TryCancel(world[0].Live().Single().Id));
            world.Poke(0);
        }
        else
        {
            world.Cluster.Crash(0);
            world.Cluster.Run();
        }

        Assert.Empty(world[1].Live());
        Assert.InRange(world.Cache(1).Pool.BytesUsed, before, before + (8 << 10));
    }

    private static DirFrag MakeTree(MigrationHarness world)
    {
        DirFrag root = world.Make("/a", 0);
        for (int i = 0; i < Dirs; i++)
            world.Make($"/a/d{i}", 2);
        return root;
    }

    private static IEnumerable<ExportStage> Staged(MigrationHarness world) =>
        world.Cluster.Delivered.Select(each => each.Message).OfType<ExportStage>();

    /// <summary>Moves the tree; before each answer to pages that went ahead arrives, something happens. Where a message is to
    /// stop it, the next run goes on.</summary>
    private static void Move(
        MigrationHarness world, DirFrag root, Action<int> between, Predicate<Message>? stopsAt = null)
    {
        uint allowed = 0;
        world.Cluster.Holds = (_, _, message) =>
            (message is ExportStageAck ack && ack.Number > allowed) || stopsAt?.Invoke(message) == true;
        world.Move(0, 1, root);
        for (int i = 0; world[0].Live().Any(static each => each.State == "Staging"); i++)
        {
            between(i);
            allowed++;
            world.Cluster.Run();
        }

        world.Cluster.Holds = null;
        if (stopsAt is null)
            world.Cluster.Run();
    }

    private static void Create(MigrationHarness world, string path) =>
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Create, path).Error);

    /// <summary>Names come, go and move, directories too, also into what went ahead before and out of it.</summary>
    private static void Change(MigrationHarness world, int round)
    {
        if (round == 0)
        {
            Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.MakeDirectory, "/a/d2/new").Error);
            Create(world, "/a/d2/new/file");
            Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Unlink, "/a/d7/f0").Error);
            Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Unlink, "/a/d7/f1").Error);
            Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.RemoveDirectory, "/a/d7").Error);
        }
        else if (round == 1)
        {
            Rename(world, "/a/d9", "/a/d2/new/moved");
            Rename(world, "/a/d11/f0", "/a/d2/f9");
        }
    }

    private static void Rename(MigrationHarness world, string from, string to) => Assert.Equal(
        IoError.None,
        world.Cluster.Call(0, ClientOp.Rename, from, each => each with { Path2 = Encoding.UTF8.GetBytes(to) }).Error);

    /// <summary>All that a client finds.</summary>
    private static string Dump(MigrationHarness world)
    {
        StringBuilder text = new();
        Dump(world, "", text);
        return text.ToString();
    }

    private static void Dump(MigrationHarness world, string path, StringBuilder text)
    {
        ClientReply reply = world.Cluster.Call(0, ClientOp.ReadDirectory, path.Length == 0 ? "/" : path);
        Assert.Equal((IoError.None, true), (reply.Error, reply.IsEnd));
        foreach (DirectoryItem item in reply.Items.OrderBy(static each => Encoding.UTF8.GetString(each.Name.Span)))
        {
            string name = $"{path}/{Encoding.UTF8.GetString(item.Name.Span)}";
            ClientReply found = world.Cluster.Call(0, ClientOp.Lookup, name);
            Assert.Equal(IoError.None, found.Error);
            FileStat stat = found.Stat with { AccessedAt = 0, ModifiedAt = 0, ChangedAt = 0 };
            text.Append(name).Append(' ').Append(stat).Append('\n');
            if (item.Type == InodeType.Directory)
                Dump(world, name, text);
        }
    }
}
