using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Which messages an importer takes when, once sender and incarnation are right. Source: migrator specification,
/// appendix G.</summary>
public static class ImporterLegality
{
    /// <summary>Judges a message.</summary>
    /// <param name="state">Of the record for the message's dirfrag; null when there is none.</param>
    /// <param name="of">That record's migration.</param>
    /// <param name="message">What came.</param>
    public static Verdict Of(ImporterState? state, MigrationId of, IMigrationMessage message)
    {
        bool isSame = state is not null && of == message.Id;
        if (message is ExportDiscover)
            return state is null ? Verdict.Take : OfDiscover(state.Value, of, message.Id);
        if (message is ExportCancel)
            return isSame ? OfCancel(state!.Value) : Verdict.Answer;
        if (!isSame)
            return Verdict.Late;
        return message switch
        {
            ExportStage => state == ImporterState.Aborting ? Verdict.Late : Only(state == ImporterState.Discovered),
            ExportPrep => At(state!.Value, ImporterState.Discovered, ImporterState.Prepping, ImporterState.Prepped),
            ExportDir => At(state!.Value, ImporterState.Prepped, ImporterState.LoggingStart, ImporterState.Acking),
            ExportFinish { IsLast: false } => Only(state == ImporterState.Acking),
            ExportFinish => Only(state is ImporterState.Acking or ImporterState.Finishing),
            ExportNotifyAck => Only(state == ImporterState.Aborting),
            _ => Verdict.Violation,
        };
    }

    private static Verdict Only(bool isGood) => isGood ? Verdict.Take : Verdict.Violation;

    /// <summary>Taken in one state; sent again, it is late while the answer is not there, and answered once more when it is.
    /// Late, too, once the migration is being undone, and out of place elsewhere.</summary>
    private static Verdict At(ImporterState state, ImporterState expected, ImporterState busy, ImporterState answered) =>
        state == answered ? Verdict.Answer
        : state == busy || state == ImporterState.Aborting ? Verdict.Late
        : Only(state == expected);

    private static Verdict OfDiscover(ImporterState state, MigrationId of, MigrationId asked)
    {
        if (of == asked)
        {
            return state switch
            {
                ImporterState.Discovering => Verdict.Late,
                ImporterState.Discovered => Verdict.Answer,
                ImporterState.Aborting => Verdict.Busy,
                _ => Verdict.Violation,
            };
        }

        bool isNewer = of.Exporter == asked.Exporter && asked.CompareTo(of) > 0;
        return isNewer && state < ImporterState.Finishing ? Verdict.Replace : Verdict.Busy;
    }

    private static Verdict OfCancel(ImporterState state) => state switch
    {
        ImporterState.Finishing => Verdict.Violation,
        ImporterState.Aborting => Verdict.Answer,
        _ => Verdict.Take,
    };
}
