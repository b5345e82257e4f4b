using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Which messages an exporter takes when, once identity, sender and incarnation are right. Source: migrator
/// specification, appendix G.</summary>
public static class ExporterLegality
{
    /// <summary>Judges a message.</summary>
    /// <param name="state">Of the record with the message's identity; null when there is none.</param>
    /// <param name="message">What came.</param>
    public static Verdict Of(ExporterState? state, IMigrationMessage message)
    {
        if (state is null)
            return Verdict.Late;
        return message switch
        {
            ExportDiscoverAck => At(state, ExporterState.Discovering),
            ExportStageAck => At(state, ExporterState.Staging),
            ExportPrepAck => At(state, ExporterState.Prepping),
            ExportAck => At(state, ExporterState.Exporting),
            ExportNotifyAck ack => OfNotice(state.Value, ack.New, message.Id.Exporter),
            ExportCancelAck => state switch
            {
                ExporterState.Cancelling => Verdict.Take,
                ExporterState.Locking => Verdict.Late,
                _ => Verdict.Violation,
            },
            _ => Verdict.Violation,
        };
    }

    /// <summary>Taken in one state, late once the migration is being undone, and out of place elsewhere.</summary>
    private static Verdict At(ExporterState? state, ExporterState expected) =>
        state == expected ? Verdict.Take : state == ExporterState.Cancelling ? Verdict.Late : Verdict.Violation;

    /// <summary>A pair in doubt is a warning's; the exporter alone that of a bad end, another rank alone that of a good
    /// one.</summary>
    private static Verdict OfNotice(ExporterState state, Authority pair, RankId exporter)
    {
        if (pair.IsAmbiguous)
        {
            return state switch
            {
                ExporterState.Warning => Verdict.Take,
                ExporterState.Cancelling or >= ExporterState.Exporting => Verdict.Late,
                _ => Verdict.Violation,
            };
        }

        ExporterState expected = pair.First == exporter.Value ? ExporterState.Cancelling : ExporterState.Notifying;
        return state == expected ? Verdict.Take : Verdict.Violation;
    }
}
