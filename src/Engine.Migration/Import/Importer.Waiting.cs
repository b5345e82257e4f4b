using Engine.Metadata;

namespace Engine.Migration;

/// <content>What operators are told of. Source: migrator specification, 7.6.</content>
internal sealed partial class Importer
{
    /// <summary>What an import waits for, in words; null where there is none.</summary>
    public string? WaitsFor(MigrationId id) => _records.Values.FirstOrDefault(each => each.Id == id) is not { } record ? null
        : record.State switch
        {
            ImporterState.Discovering => "copies of what leads to the directory",
            ImporterState.Prepping => $"{record.Migration!.Bounds.Count - record.Bounds.Count} bounds to be opened",
            ImporterState.LoggingStart => "this rank's journal, to have the region",
            ImporterState.Aborting => Waits.Join(
                Waits.Ranks(record.Untold, "to take note that it is over"),
                record.AwaitsJournal ? "this rank's journal, to have the end" : ""),
            ImporterState.Finishing when record.AwaitsJournal => "this rank's journal, to have the end",
            _ => $"{record.Peer}, to go on",
        };
}
