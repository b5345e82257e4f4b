using Engine.Buffers;
using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>What operators see of migrations, and tell them.</summary>
public sealed class OperatorTests
{
    [Fact]
    public void MG135_ARequestThatAMigrationHoldsUp_SaysSo()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 3);
        MigrationClient client = new(world.Cluster, 77, 0);
        world.Cluster.Holds = static (_, _, message) => message is ExportPrepAck;
        world.Move(0, 1, root);
        Assert.Equal(["Prepping"], world[0].Live().Select(static each => each.State));
        ulong tid = client.Begin(0, new ClientRequest(0, ClientOp.Create) { Path = "/a/x"u8.ToArray() });
        client.Run();
        OperationInfo waiting = Assert.Single(world.Cluster[0].Rank.Operations);
        Assert.Equal((client.Id, tid, ClientOp.Create, "/a/x"), (waiting.Client, waiting.Tid, waiting.Op, waiting.Path));
        Assert.Equal((WaitMask.Unfreeze, root.ToString(), root), (waiting.WaitsFor, waiting.At, waiting.Region));
        Assert.Equal(root, world[0].Live().Single().Base);

        Assert.True(world[0].TryCancel(world[0].Live().Single().Id));
        world.Poke(0);
        world.Cluster.Holds = null;
        client.Run();
        Assert.Equal(IoError.None, client.AnswerTo(tid)!.Error);
        Assert.Empty(world.Cluster[0].Rank.Operations);
    }

    /// <summary>A migration that stands still before each of its messages says whom it waits for, at either end.</summary>
    [Fact]
    public void MG135_AMigrationSaysWhatItWaitsFor_InEveryPhase()
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 3);
        world.Learn(2, "a", "f1");
        MigrationClient client = new(world.Cluster, 77, 0);
        client.Open(0, "/a/f2");
        int steps = 0;
        List<string> said = [];
        world.Cluster.Holds = (_, _, message) => message is IMigrationMessage && world.Said().Count() >= steps;
        world.Cluster.Delivered.Clear();
        world.Move(0, 1, root);
        for (; Enumerable.Range(0, 3).Any(rank => world[rank].Live().Any()); steps++)
        {
            foreach (int rank in (int[])[0, 1])
            {
                foreach ((MigrationId id, _, _, string state) in world[rank].Live())
                    said.Add($"{rank} {state}: {world[rank].WaitsFor(id)}");
            }

            client.Run();
            world.Cluster.Run();
        }

        Assert.Equal(
            [
                "0 Discovering: rank 1, to find the directory", "0 Exporting: rank 1, to have the region in its journal",
                "0 Notifying: rank 2, to take note of the end",
                "0 Prepping: rank 1, to open 0 bounds", "0 Staging: rank 1, to write message 1 of 1 down",
                "0 Warning: rank 2, to answer the warning", "1 Acking: rank 0, to go on", "1 Discovered: rank 0, to go on",
                "1 Finishing: rank 0, to go on", "1 Prepped: rank 0, to go on",
            ],
            said.Distinct().Order(StringComparer.Ordinal));
        Assert.Null(world[0].WaitsFor(default));
    }

    [Fact]
    public void WhileItIsPaused_NoExportBegins_AndWhatIsUnderWayGoesOn()
    {
        using MigrationHarness world = new(2);
        DirFrag first = world.Make("/a", 3);
        DirFrag second = world.Make("/b", 3);
        world.Cluster.Holds = static (_, _, message) => message is ExportPrepAck;
        world.Move(0, 1, first);
        world[0].Pause(true);
        world.Move(0, 1, second);
        world.Cluster.Holds = null;
        world.Cluster.Run();
        world.Cluster.Advance(2_000_000);
        Assert.Equal((true, 1L), (world[0].IsPaused, world[0].Counters.Exported));
        Assert.Equal([(second, new RankId(1))], world[0].Waiting);
        Assert.Empty(world[0].Live());

        world[0].Pause(false);
        world.Poke(0);
        world.AssertAtRest();
        Assert.Equal((2L, 0), (world[0].Counters.Exported, world[0].Waiting.Count()));
    }
}
