using Engine.Metadata;

namespace Engine.Migration;

/// <content>Pages go ahead while clients go on changing them, so that what is left when the region stands still does not grow
/// with it. Source: migrator specification, 8.4.</content>
internal sealed partial class Exporter
{
    private void BeginStaging(ExportRecord record, ulong bytesMax)
    {
        Enter(record, ExporterState.Staging);
        record.Staged = new StagedRegion(bytesMax);
        Stage(record, BeginRound(record));
    }

    private List<DirFrag> BeginRound(ExportRecord record)
    {
        List<DirFrag> region = [];
        MetadataCache.VisitRegion(record.Dir, dir => region.Add(dir.Name));
        _migrator.Counters.StagingRounds++;
        return record.Staged!.BeginRound(region);
    }

    /// <summary>Sends the next pages, or goes on where there are none.</summary>
    private void Stage(ExportRecord record, List<DirFrag> gone)
    {
        StagedRegion staged = record.Staged!;
        PageParcel pages = PageParcel.Rent();
        pages.IsSealed = true;
        List<ExportedDir> dirs = [];
        bool isMore = AddPages(record, pages, dirs);
        while (!isMore && dirs.Count == 0 && gone.Count == 0 && MayGoOn(record))
        {
            gone = BeginRound(record);
            isMore = AddPages(record, pages, dirs);
        }

        staged.RoundBytes += pages.Bytes;
        _migrator.Counters.StagedBytes += pages.Bytes;
        if (dirs.Count == 0 && gone.Count == 0)
        {
            pages.Dispose();
            Freeze(record);
            return;
        }

        ExportStage message = new(record.Id, record.Base, ++staged.Number, dirs, gone);
        message.Attach(pages);
        Rank.Send(record.Peer, message);
        _migrator.Note(KillPoint.Export14);
    }

    /// <summary>Adds what a message may bring; true when the round has more.</summary>
    private bool AddPages(ExportRecord record, PageParcel pages, List<ExportedDir> dirs)
    {
        StagedRegion staged = record.Staged!;
        while (pages.Bytes < record.Rules.StageBytes)
        {
            if (!staged.TryNext(out DirFrag name))
                return false;
            // What cannot be sealed now goes with the rest, or not at all.
            if (Cache.FindDir(name) is { IsAuth: true } dir && Cache.TrySealForExport(dir).IsNone)
                staged.Add(dir.Pages, pages, dirs);
        }

        return true;
    }

    /// <summary>Is another round worth its while? Not when what changed during the last one is little, or no less than during the
    /// one before.</summary>
    private static bool MayGoOn(ExportRecord record)
    {
        (StagedRegion staged, MigrationOptions rules) = (record.Staged!, record.Rules);
        return !staged.IsFull && staged.Rounds < rules.StagingRoundsMax && staged.RoundBytes > rules.StagingStopBytes
            && staged.RoundBytes < staged.LastRoundBytes;
    }

    private void Staged(ExportRecord record, ExportStageAck ack)
    {
        if (ack.Number != record.Staged!.Number)
            _migrator.NoteViolation(record.Peer, ack, $"number {ack.Number} instead of {record.Staged.Number}");
        else if (ack.Refusal != MigrationRefusal.None)
            Cancel(record, ack.Refusal, tellsPeer: false);
        else if (Cache.IsFreezing(record.Dir) || Cache.IsFrozen(record.Dir))
            Cancel(record, MigrationRefusal.Frozen, tellsPeer: true);
        else
            Stage(record, []);
    }
}
