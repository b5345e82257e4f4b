using System.Numerics;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>Ranks with copies learn that the authority is in doubt; meanwhile the journal catches up. Source: migrator
/// specification, 2.3 (X6, X7) and 8.5 (1).</content>
internal sealed partial class Exporter
{
    private void Warn(ExportRecord record)
    {
        _migrator.Note(KillPoint.Export5);
        ulong up = 0;
        for (ulong left = record.Unwarned; left != 0; left &= left - 1)
        {
            RankId rank = new(BitOperations.TrailingZeroCount(left));
            up |= Rank.Map[rank].IsUp ? Bit(rank) : 0;
        }

        record.Unwarned = up;
        record.Untold = up;
        Enter(record, ExporterState.Warning);
        Notify(record, up, Warned(record));
        _migrator.Note(KillPoint.Export6);

        // What the importer builds on must not be lost after it did.
        Rank.WhenDurable(Rank.LastSeq, new Later(this, record.Id, ExporterState.Warning, Synced));
    }

    private void Synced(ExportRecord record, IoError error)
    {
        if (error.Failed)
        {
            Cancel(record, MigrationRefusal.Journal, tellsPeer: true);
            return;
        }

        record.IsSynced = true;
        _migrator.Meter?.Synced(Now - record.Phases.EnteredAt);
        TrySend(record);
    }

    private void TrySend(ExportRecord record)
    {
        bool isReady = record.State == ExporterState.Warning && record.IsSynced && record.Unwarned == 0
            && record.Unflushed.Count == 0;
        if (isReady && !AwaitsStore(record))
            Send(record);
    }

    /// <summary>What is being written into the store now may not arrive there behind what the importer writes, and what is being
    /// read is not this rank's to take in any more.</summary>
    private bool AwaitsStore(ExportRecord record)
    {
        Dir? busy = null;
        MetadataCache.VisitRegion(record.Dir, dir => busy ??= dir.Has(DirState.Committing | DirState.Fetching) ? dir : null);
        if (busy is null)
            return false;
        WaitMask mask = busy.Has(DirState.Committing) ? WaitMask.Committed : WaitMask.Complete;
        Cache.Wait(busy, mask, new Later(this, record.Id, ExporterState.Warning, (each, _) => TrySend(each)));
        return true;
    }

    /// <summary>A rank with copies knows what it was told.</summary>
    private void Noticed(ExportRecord record, RankId from, ExportNotifyAck ack)
    {
        if (ack.New.IsAmbiguous)
        {
            record.Unwarned &= ~Bit(from);
            TrySend(record);
            return;
        }

        record.Untold &= ~Bit(from);
        if (record.State == ExporterState.Notifying)
            TryFinish(record);
        else
            TryEndCancel(record);
    }

    /// <summary>A rank is gone: nothing is expected of it any more. Where only the channel ended, what may have been lost is sent
    /// again.</summary>
    private void NoteGone(ExportRecord record, RankId rank, bool isOver)
    {
        if (!isOver)
        {
            record.Phases.AskedAt = 0;
            return;
        }

        record.Unwarned &= ~Bit(rank);
        record.Untold &= ~Bit(rank);
        if (record.Peer == rank)
            (record.AwaitsCancelAck, record.HasLostPeer) = (false, true);
        if (record.State == ExporterState.Cancelling)
            TryEndCancel(record);
        else if (record.State == ExporterState.Notifying)
            TryFinish(record);
        else
            TrySend(record);
    }

    private Authority Warned(ExportRecord record) => Authority.Of(Rank.Me, record.Peer);

    private void Notify(ExportRecord record, ulong ranks, Authority now)
    {
        Metadata.Migration migration = record.Migration!;
        Authority before = now.IsAmbiguous ? Authority.Of(Rank.Me) : Warned(record);
        for (; ranks != 0; ranks &= ranks - 1)
        {
            RankId rank = new(BitOperations.TrailingZeroCount(ranks));
            Rank.Send(rank, new ExportNotify(
                record.Id, record.Base, migration.Attempt, WantsAck: true, before, now, migration.Bounds));
        }
    }
}
