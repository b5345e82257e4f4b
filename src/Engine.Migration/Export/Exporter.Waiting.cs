using Engine.Metadata;

namespace Engine.Migration;

/// <content>What operators are told of. Source: migrator specification, 7.6.</content>
internal sealed partial class Exporter
{
    /// <summary>What an export waits for, in words; null where there is none.</summary>
    public string? WaitsFor(MigrationId id) => !_records.TryGetValue(id, out ExportRecord? record) ? null : record.State switch
    {
        ExporterState.Locking when record.AwaitsTarget => $"a map that lets this rank give to {record.Peer}",
        ExporterState.Locking when record.Locks.IsAcquired => "the store, for sums that are not in memory",
        ExporterState.Locking => Text(record.Locks.BlockedOn),
        ExporterState.Discovering => $"{record.Peer}, to find the directory",
        ExporterState.Staging => $"{record.Peer}, to write message {record.Staged!.Answered + 1} of {record.Staged.Number} down",
        ExporterState.Freezing => $"{record.Dir.CumulativeAuthPins} pins of requests in the region (ops shows requests)",
        ExporterState.Prepping => $"{record.Peer}, to open {record.Migration!.Bounds.Count} bounds",
        ExporterState.Warning => Waits.Join(
            Waits.Clients(record.Unflushed, "to give back what they changed"),
            Waits.Ranks(record.Unwarned, "to answer the warning"),
            record.IsSynced ? "" : "the journal, for what the region relies on"),
        ExporterState.Exporting => $"{record.Peer}, to have the region in its journal",
        ExporterState.LoggingFinish => "this rank's journal, to have the end",
        ExporterState.Notifying => Waits.Ranks(record.Untold, "to take note of the end"),
        _ => Waits.Join(
            Waits.Ranks(record.Untold, "to take note that it is over"),
            record.AwaitsCancelAck ? $"{record.Peer}, to forget it" : ""),
    };

    private static string Text(LockBlock block) => block.IsFrozen
        ? $"{block.On}, which stands still"
        : $"the lock {block.Kind} of {block.On}";
}
