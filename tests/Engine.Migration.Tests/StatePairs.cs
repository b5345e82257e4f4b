// States of an exporter and an importer that can be there at one time, and how to get there: rank 0 gives rank 1 a region that
// rank 2 has copies of. What holds them there is let go by the test, or ended by a rank's death.

using Engine.Buffers;
using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Pairs of states in which a migration can be stopped.</summary>
internal sealed class StatePairs
{
    private static readonly StatePairs[] s_all =
    [
        Held("Discovering", "", message => message is ExportDiscover),
        Held("Discovering", "Discovering", message => message is DiscoverReply),
        Held("Discovering", "Discovered", message => message is ExportDiscoverAck),
        Held("Staging", "Discovered", message => message is ExportStageAck),
        new("Freezing", "Discovered", PinFile),
        Held("Prepping", "Discovered", message => message is ExportPrep),
        Held("Prepping", "Prepped", message => message is ExportPrepAck),
        Held("Warning", "Prepped", message => message is ExportNotifyAck),
        Held("Exporting", "Prepped", message => message is ExportDir),
        new("Exporting", "LoggingStart", (world, _) => Stall(world, 1, KillPoint.Import5)),
        Held("Exporting", "Acking", message => message is ExportAck),
        new("LoggingFinish", "Acking", (world, _) => Stall(world, 0, KillPoint.Export9)),
        Held("Notifying", "Acking", message => message is ExportFinish or ExportNotifyAck { New.IsAmbiguous: false }, 1),
        Held("Notifying", "Finishing", message => message is ExportNotifyAck { New.IsAmbiguous: false }, 1),
        Held("", "Finishing", message => message is ExportFinish { IsLast: true }, 1),
        Held("", "", message => message is ExportFinishAck, 1),
        Cancelled("Acking", message => message is ExportAck, message => message is ExportCancel),
        Cancelled("", message => message is ExportAck, message => message is ExportCancelAck),
        Cancelled("", message => message is ExportAck, message => message is ExportNotifyAck),
        new("Cancelling", "Aborting", (world, _) => Hold(world, message => message is ExportAck))
        {
            IsCancelled = true,
            Then = world =>
            {
                world.Cluster[1].MemoryLog.StallsFlushes = true;
                CancelHolding(world, _ => false);
            },
        },
    ];

    private readonly Func<MigrationHarness, DirFrag, Action> _hold;

    private StatePairs(string exporter, string importer, Func<MigrationHarness, DirFrag, Action> hold) =>
        (Exporter, Importer, _hold) = (exporter, importer, hold);

    public static TheoryData<int> All { get; } = [.. Enumerable.Range(0, s_all.Length)];

    /// <summary>State's name; empty for no record.</summary>
    public string Exporter { get; }

    /// <summary>State's name; empty for no record.</summary>
    public string Importer { get; }

    /// <summary>Whose the region is when all journals are read.</summary>
    public int Owner { get; private init; }

    /// <summary>Was it decided that it stays?</summary>
    public bool IsCancelled { get; private init; }

    /// <summary>What begins behind the migration's beginning.</summary>
    private Action<MigrationHarness>? Then { get; init; }

    public static StatePairs Of(int index) => s_all[index];

    /// <summary>Begins the migration, and gets there.</summary>
    /// <returns>Lets it go on.</returns>
    public Action Reach(MigrationHarness world, DirFrag root)
    {
        Action hold = _hold(world, root);
        world.Move(0, 1, root);
        Then?.Invoke(world);
        Assert.Equal(Exporter, StateAt(world, 0));
        Assert.Equal(Importer, StateAt(world, 1));
        return () =>
        {
            hold();
            world.Cluster.Holds = null;
            world.Cluster[0].MemoryLog.StallsFlushes = false;
            world.Cluster[1].MemoryLog.StallsFlushes = false;
        };
    }

    public override string ToString() => $"{Exporter}-{Importer}";

    private static string StateAt(MigrationHarness world, int rank) =>
        world[rank].Live().Select(each => each.State).SingleOrDefault("");

    private static StatePairs Held(string exporter, string importer, Predicate<Message> which, int owner = 0) =>
        new(exporter, importer, (world, _) => Hold(world, which)) { Owner = owner };

    private static StatePairs Cancelled(string importer, Predicate<Message> first, Predicate<Message> then) =>
        new("Cancelling", importer, (world, _) => Hold(world, first))
        {
            IsCancelled = true,
            Then = world => CancelHolding(world, then),
        };

    private static void CancelHolding(MigrationHarness world, Predicate<Message> which)
    {
        Assert.Equal("Exporting", StateAt(world, 0));
        Assert.True(world[0].TryCancel(world[0].Live().Single().Id));
        Hold(world, which);
        world.Poke(0);
    }

    private static Action Hold(MigrationHarness world, Predicate<Message> which)
    {
        world.Cluster.Holds = (_, _, message) => which(message);
        return () => { };
    }

    /// <summary>From that point on a rank's journal gets nothing done.</summary>
    private static Action Stall(MigrationHarness world, int rank, KillPoint point)
    {
        world[rank].Reached = reached =>
        {
            if (reached == point)
                world.Cluster[rank].MemoryLog.StallsFlushes = true;
        };
        return () => world[rank].Reached = null;
    }

    private static Action PinFile(MigrationHarness world, DirFrag root)
    {
        MetadataCache cache = world.Cache(0);
        NodeId file = cache.Lookup(cache.FindDir(root)!, "f1"u8);
        cache.AuthPin(file);
        return () => cache.AuthUnpin(file);
    }
}
