using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Subtrees that move by chance, with bounds.</summary>
public sealed class ThrashTests
{
    [Fact]
    public void MG040_SomeOfThemHaveBounds_AndNothingIsLeftOfThat()
    {
        const int Exports = 200;
        using MigrationHarness world = new(3, new MigrationOptions { ThrashExports = 1 });
        string[] paths = ["/a", "/a/b", "/a/b/c", "/a/b/c/d", "/a/e", "/a/e/f", "/g", "/g/h"];
        DirFrag[] dirs = [.. paths.Select(path => world.Make(path, 2))];
        int cut = 0;
        world.Cluster.Holds = (from, _, message) =>
        {
            // What others own within would be a bound without any cut.
            bool hasOwn = message is ExportPrep prep
                && prep.Bounds.Any(bound => world.Cache(from).FindDir(bound) is { IsAuth: true });
            cut += hasOwn ? 1 : 0;
            return false;
        };
        long Begun() => Enumerable.Range(0, 3).Sum(rank => world[rank].Counters.Exported);
        for (int i = 0; i < 100 * Exports && Begun() < Exports; i++)
            world.Cluster.Advance(100_000, 100_000);
        Assert.InRange(Begun(), Exports, long.MaxValue);
        Assert.InRange(cut, Exports / 10, int.MaxValue);
        Assert.InRange(Enumerable.Range(0, 3).Sum(rank => world[rank].Cuts), Exports / 20, long.MaxValue);

        for (int rank = 0; rank < 3; rank++)
            world[rank].Options = world[rank].Options with { ThrashExports = 0 };
        world.Cluster.Advance(120_000_000, 1_000_000);
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        foreach ((DirFrag name, string path) in dirs.Zip(paths))
        {
            int owner = Assert.Single(Enumerable.Range(0, 3), rank => world.Cache(rank).FindDir(name) is { IsAuth: true });
            Assert.False(world.Cache(owner).FindDir(name)!.Has(DirState.AuxSubtree), path);
            Assert.Empty(((string[])["f0", "f1"]).Except(world.NamesAt(owner, name)));
        }
    }
}
