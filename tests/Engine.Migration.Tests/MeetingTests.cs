using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Other ranks' subtrees and copies in a region that moves.</summary>
public sealed class MeetingTests
{
    [Fact]
    public void MG044_FiftyBoundsOfAThirdRankAreOpenedAtOnce()
    {
        const int Bounds = 50;
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 1);
        DirFrag[] bounds = [.. Enumerable.Range(0, Bounds).Select(i => world.Make($"/a/d{i}", 1))];
        foreach (DirFrag bound in bounds)
            world.Move(0, 2, bound);
        world.AssertAtRest();
        world.Learn(1, "a");
        int before = world.Cluster.Delivered.Count;
        int answers = 0;
        world.Cluster.Holds = (_, to, message) => to == 1 && message is DiscoverReply && answers-- <= 0;
        world.Move(0, 1, root);
        int rounds = 0;
        for (; rounds < 10 && world[1].Live().Any(static each => each.State == "Prepping"); rounds++)
        {
            var said = world.Cluster.Delivered.Skip(before).ToList();
            answers = said.Count(static each => each.From == 1 && each.Message is Discover)
                - said.Count(static each => each.To == 1 && each.Message is DiscoverReply);
            Assert.True(answers > 0, "nothing is asked for");
            world.Cluster.Run();
            answers = 0;
        }

        Assert.InRange(rounds, 1, 3);
        world.Cluster.Holds = null;
        world.Cluster.Run();
        world.AssertAtRest();
        Assert.True(world.Cache(1).FindDir(root)!.IsAuth);
        Assert.All(bounds, bound => Assert.True(world.Cache(2).FindDir(bound)!.IsAuth));
        ExportPrep prep = world.Cluster.Delivered.Select(static each => each.Message).OfType<ExportPrep>().Last();
        Assert.Equal(Bounds, prep.Bounds.Count);
        ClusterChecks.Expect(world.Cluster);
    }

    /// <summary>Who has heard of the end tells the new authority alone what it drops; who has not tells both, and the old one
    /// keeps it until it is over.</summary>
    [Fact]
    public void MG122_CopiesThatAreDroppedAtTheEnd()
    {
        using MigrationHarness world = new(4);
        DirFrag root = world.Make("/a", 3);
        world.Learn(2, "a", "f1");
        world.Learn(3, "a", "f1");
        world.Cluster.Holds = static (_, to, message) => to == 3 && message is ExportNotify { New.IsAmbiguous: false };
        world.Move(0, 1, root);
        Assert.Equal(["Notifying"], world[0].Live().Select(static each => each.State));
        ExpireInbox expires = world.Cluster[0].Rank.Services.Expires;
        Drop(world, 2);
        Assert.Equal((0, 0), (expires.DelayedCount, SentTo(world, 2, 0)));
        Assert.InRange(SentTo(world, 2, 1), 1, int.MaxValue);
        Drop(world, 3);
        Assert.Equal(1, expires.DelayedCount);
        Assert.Equal(SentTo(world, 3, 0), SentTo(world, 3, 1));
        world.Cluster.Holds = null;
        world.Cluster.Run();
        world.AssertAtRest();
        Assert.Equal(0, expires.DelayedCount);
        NodeId file = world.Cache(1).Lookup(world.Cache(1).FindDir(root)!, "f1"u8);
        Assert.Equal(0ul, world.Cache(1).ReplicasOf(file) & 0b1100);
        ClusterChecks.Expect(world.Cluster);
    }

    private static void Drop(MigrationHarness world, int rank)
    {
        for (int i = 0; i < 4; i++)
            world.Cache(rank).Trim(1000);
        world.Poke(rank);
    }

    private static int SentTo(MigrationHarness world, int from, int to) =>
        world.Cluster.Delivered.Count(each => each.From == from && each.To == to && each.Message is CacheExpire);
}
