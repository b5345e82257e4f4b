using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>What the checks of migrations under way find. Source: migrator specification, section 6.</summary>
public sealed class MigrationAuditTests
{
    /// <summary>All pairs of states of exporter and importer.</summary>
    public static TheoryData<int> Pairs { get; } = StatePairs.All;

    [Theory]
    [InlineData("A5")]
    [InlineData("P1")]
    [InlineData("X2")]
    [InlineData("X3")]
    public void WhatIsPlantedIsFound(string invariant)
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 1);
        DirFrag other = world.Make("/b", 1);
        world.Learn(2, "a", "f0");
        world.Cluster.Holds = static (_, _, message) => message is ExportPrepAck;
        world.Move(0, 1, root);
        Assert.Empty(world.Cluster[0].Rank.Audit(3));
        Assert.Empty(world.Cluster[1].Rank.Audit(3));
        Dir dir = world.Cache(0).FindDir(other)!;
        switch (invariant)
        {
            case "A5":
                world.Cache(0).Subtrees.AdjustAuth(dir, Authority.Of(new RankId(0), new RankId(1)));
                break;
            case "P1":
                world.Cache(0).Pin(dir, PinKind.ExportBound);
                break;
            case "X2":
                MetadataCache.SetState(dir, DirState.Importing, true);
                break;
            default:
                world[1].Imports.Single().Untold = 8;
                break;
        }

        IReadOnlyList<string> found = world.Cluster[invariant == "X3" ? 1 : 0].Rank.Audit(1);
        Assert.Contains(found, each => each.StartsWith(invariant + ":", StringComparison.Ordinal));
    }

    /// <summary>In every state of both ends the checks hold, and afterwards.</summary>
    [Theory]
    [MemberData(nameof(Pairs))]
    public void NothingIsFoundWhereAllIsWell(int index)
    {
        StatePairs pair = StatePairs.Of(index);
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 3);
        world.Move(0, 2, world.Make("/a/d", 1));
        world.Learn(2, "a", "f1");
        Action release = pair.Reach(world, root);
        for (int rank = 0; rank < 3; rank++)
            Assert.Empty(world.Cluster[rank].Rank.Audit(3));
        release();
        world.Cluster.Advance(3_000_000, 500_000);
        world.AssertAtRest();
    }
}
