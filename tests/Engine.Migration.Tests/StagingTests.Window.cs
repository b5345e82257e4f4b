// How much goes ahead of a region at once, in which order, and what becomes of what is not taken.

using Engine.Buffers;
using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <content>How much goes ahead at once, and in which order.</content>
public sealed partial class StagingTests
{
    [Theory]
    [InlineData(1u)]
    [InlineData(2u)]
    [InlineData(5u)]
    public void SoManyMessagesGoBeforeTheFirstIsAnswered(uint most)
    {
        using MigrationHarness world = new(2, s_restless with { StageMessagesMax = most });
        DirFrag root = MakeTree(world);
        world.Cluster.Holds = static (_, _, message) => message is ExportStageAck;
        world.Move(0, 1, root);
        Assert.Equal((int)most, Staged(world).Count());
        world.Cluster.Holds = static (_, _, message) => message is ExportStageAck { Number: > 1 };
        world.Cluster.Run();
        Assert.Equal((int)most + 1, Staged(world).Count());
        Assert.Equal(Enumerable.Range(1, (int)most + 1), Staged(world).Select(static each => (int)each.Number));
        world.Cluster.Holds = null;
        world.Cluster.Run();
        world.AssertAtRest();
        Assert.Equal(Dirs + 1, Staged(world).Count());
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
        Assert.Equal(0, world[0].Counters.Violations + world[1].Counters.Violations);
    }

    /// <summary>What waits to be sent has a limit, beyond which the channel ends: what is larger goes alone.</summary>
    [Fact]
    public void WhatIsUnderWayAtOnceIsBounded()
    {
        const int Most = 6 << 10;
        using MigrationHarness world = new(2, s_restless with { StageBytesMax = 2 * Most });
        DirFrag root = MakeTree(world);
        for (int large = 3; large < 6; large++)
        {
            for (int i = 0; i < 40; i++)
                Create(world, $"/a/d{large}/g{i}");
        }

        Dictionary<uint, long> sizes = [];
        uint allowed = 0;
        world.Cluster.Holds = (_, _, message) =>
        {
            if (message is ExportStage stage)
                sizes[stage.Number] = stage.Pages.Bytes;
            return message is ExportStageAck ack && ack.Number > allowed;
        };
        world.Move(0, 1, root);
        int alone = 0;
        for (; world[0].Live().Any(static each => each.State == "Staging"); allowed++, world.Cluster.Run())
        {
            long[] underWay = [.. sizes.Where(each => each.Key > allowed).Select(static each => each.Value)];
            Assert.NotEmpty(underWay);
            alone += underWay is [> 2 * Most] ? 1 : 0;
            Assert.True(underWay.Sum() <= 2 * Most || underWay.Length == 1, string.Join(' ', underWay));
        }

        world.Cluster.Holds = null;
        world.Cluster.Run();
        world.AssertAtRest();
        Assert.InRange(alone, 3, Dirs);
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
    }

    /// <summary>The importer's clients do not wait for what a region keeps in its journal.</summary>
    [Fact]
    public void WhoStagesServesItsClients()
    {
        using MigrationHarness world = new(
            2, s_restless, configure: static each => each with { SegmentEventsMax = 4, SegmentsMax = 1 });
        DirFrag root = MakeTree(world);
        DirFrag other = world.Make("/other", 1);
        world.Move(0, 1, other);
        world.Cluster.Holds = static (_, _, message) => message is ExportStageAck { Number: > 1 };
        world.Move(0, 1, root);
        for (int i = 0; i < 60; i++)
            Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Create, $"/other/n{i}").Error);
        world.Cluster.Holds = null;
        world.Cluster.Run();
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
    }

    /// <summary>What changed during a round goes when the importer has all of the round.</summary>
    [Fact]
    public void ARoundBeginsWhenTheOneBeforeIsAnswered()
    {
        using MigrationHarness world = new(2, s_restless with { StageMessagesMax = 5 });
        DirFrag root = MakeTree(world);
        world.Cluster.Holds = static (_, _, message) => message is ExportStageAck { Number: Dirs + 1 };
        world.Move(0, 1, root);
        Assert.Equal((Dirs + 1, 1), (Staged(world).Count(), (int)world[0].Counters.StagingRounds));
        Create(world, "/a/d7/late");
        world.Cluster.Holds = null;
        world.Cluster.Run();
        world.AssertAtRest();
        Assert.Equal("late", world.NamesAt(1, world.DirOf(1, "/a/d7").Name)[^1]);
        Assert.True(world[0].Counters.StagingRounds > 1);
    }

    private static IEnumerable<ExportStageAck> Answers(MigrationHarness world) =>
        world.Cluster.Delivered.Select(static each => each.Message).OfType<ExportStageAck>();

    /// <summary>The refusal of one comes while another one before it waits for the journal.</summary>
    [Fact]
    public void WhatIsRefusedIsRefusedAtOnce()
    {
        using MigrationHarness world = new(2, s_restless);
        DirFrag root = MakeTree(world);
        SeededRandom random = new(5);
        world.Cluster.Holds = static (_, _, message) => message is ExportStage;
        world.Move(0, 1, root);
        world.Cluster.Holds = (_, _, message) =>
        {
            if (message is ExportStage { Number: 2 } second)
                CancelTests.Flip(second.Pages, random);
            return false;
        };
        Assert.True(world.Cluster.DeliverNext());
        Assert.True(world.Cluster.DeliverNext());
        world.Cluster.Run();
        world.AssertAtRest();
        IEnumerable<ExportStageAck> answers = Answers(world);
        Assert.Equal([(2u, MigrationRefusal.Damaged)], answers.Select(static each => (each.Number, each.Refusal)));
        Assert.Equal(0, world[0].Counters.Violations);
        Assert.Equal(MigrationRefusal.Damaged, world[0].History.Reports.Single().Refusal);
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
    }

    /// <summary>What is not written down yet refers to pages that the peer would have replaced.</summary>
    [Fact]
    public void WhatIsOnItsWayToTheJournalIsNotReplaced()
    {
        using MigrationHarness world = new(2, s_restless);
        DirFrag root = MakeTree(world);
        world.Cluster.Holds = static (_, _, message) => message is ExportStage;
        world.Move(0, 1, root);
        world.Cluster.Holds = null;
        Assert.True(world.Cluster.DeliverNext());
        ExportStage first = Staged(world).Single();
        ExportStage second = new(first.Id, first.Base, 2, [], [first.Dirs[0].Name]);
        second.Attach(PageParcel.Rent());
        world.Cluster.Tell(1, 0, second);
        world.Cluster.Run();
        IEnumerable<ExportStageAck> answers = Answers(world);
        Assert.Equal([(2u, MigrationRefusal.Damaged)], answers.Select(static each => (each.Number, each.Refusal)));
        Assert.Equal(MigrationRefusal.Damaged, world[1].History.Reports.Single().Refusal);
        Assert.True(world.Cache(0).FindDir(root)!.IsAuth);
        Assert.Equal((0, 0), (world[0].Live().Count(), world[1].Live().Count()));
    }
}
