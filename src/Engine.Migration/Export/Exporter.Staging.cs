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
        BeginRound(record);
        Stage(record);
    }

    private void BeginRound(ExportRecord record)
    {
        List<DirFrag> region = [];
        MetadataCache.VisitRegion(record.Dir, dir => region.Add(dir.Name));
        _migrator.Counters.StagingRounds++;
        record.Staged!.BeginRound(region);
    }

    /// <summary>Sends the next pages, while the importer has not answered for all that it may be sent at once, and goes on where
    /// there are none. A round begins when it has those of the one before.</summary>
    private void Stage(ExportRecord record)
    {
        StagedRegion staged = record.Staged!;
        while (staged.UnderWay < Math.Max(1, record.Rules.StageMessagesMax))
        {
            if (TrySendAhead(record, staged))
                continue;
            if (staged.UnderWay > 0)
                return;
            if (!MayGoOn(record))
            {
                Freeze(record);
                return;
            }

            BeginRound(record);
        }
    }

    /// <summary>Sends a message; false when the round has nothing more.</summary>
    private bool TrySendAhead(ExportRecord record, StagedRegion staged)
    {
        PageParcel pages = PageParcel.Rent();
        pages.IsSealed = true;
        List<ExportedDir> dirs = [];
        AddPages(record, pages, dirs);
        _migrator.Counters.StagedBytes += pages.Bytes;
        if (dirs.Count == 0 && staged.Gone.Count == 0)
        {
            pages.Dispose();
            return false;
        }

        staged.Sent(pages.Bytes);
        ExportStage message = new(record.Id, record.Base, staged.Number, dirs, staged.Gone);
        staged.Gone = [];
        message.Attach(pages);
        Rank.Send(record.Peer, message);
        _migrator.Note(KillPoint.Export14);
        return true;
    }

    /// <summary>Adds what a message may bring. A dirfrag that is larger than all that may be under way goes alone: who has more
    /// wait than the channel takes is cut off.</summary>
    private void AddPages(ExportRecord record, PageParcel pages, List<ExportedDir> dirs)
    {
        StagedRegion staged = record.Staged!;
        long most = record.Rules.StageBytesMax - staged.BytesUnderWay;
        while (pages.Bytes < record.Rules.StageBytes && staged.TryNext(out DirFrag name))
        {
            // What cannot be sealed now goes with the rest, or not at all.
            if (Cache.FindDir(name) is not { IsAuth: true } dir || Cache.TrySealForExport(dir).Failed)
                continue;
            bool isAlone = dirs.Count == 0 && staged.UnderWay == 0;
            if (staged.TryAdd(dir.Pages, pages, dirs, isAlone ? long.MaxValue : most - pages.Bytes))
                continue;
            staged.PutBack(name);
            return;
        }
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
        StagedRegion staged = record.Staged!;
        // What is refused may be refused before one that waits for the journal is answered.
        bool isRefused = ack.Refusal != MigrationRefusal.None;
        bool isExpected = ack.Number > staged.Answered && ack.Number <= staged.Number
            && (isRefused || ack.Number == staged.Answered + 1);
        if (!isExpected)
        {
            _migrator.NoteViolation(record.Peer, ack, $"number {ack.Number} behind {staged.Answered} of {staged.Number}");
            return;
        }

        staged.AnswerCame(ack.Number);
        if (isRefused)
            Cancel(record, ack.Refusal, tellsPeer: false);
        else if (Cache.IsFreezing(record.Dir) || Cache.IsFrozen(record.Dir))
            Cancel(record, MigrationRefusal.Frozen, tellsPeer: true);
        else
            Stage(record);
    }
}
