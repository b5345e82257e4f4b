using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>The one way back: idempotent, from any state before the journal's word. The region is this rank's again at once; the
/// record stays until everybody who was told knows. Source: migrator specification, 2.3 (X13) and 3.4.</content>
internal sealed partial class Exporter
{
    /// <summary>Ends an export.</summary>
    /// <returns>False when there is none, or when it is decided.</returns>
    public bool TryCancel(MigrationId id, MigrationRefusal reason)
    {
        bool isLive = _records.TryGetValue(id, out ExportRecord? record)
            && record.State is > ExporterState.Cancelling and < ExporterState.LoggingFinish;
        if (isLive)
            Cancel(record!, reason, tellsPeer: true);
        return isLive;
    }

    private void Cancel(ExportRecord record, MigrationRefusal reason, bool tellsPeer)
    {
        ExporterState state = record.State;
        if (state is <= ExporterState.Cancelling or >= ExporterState.LoggingFinish)
            return;
        record.Refusal = reason;
        _migrator.Counters.ExportsCancelled++;
        Enter(record, ExporterState.Cancelling);
        record.Locks.Release();
        Dir dir = record.Dir;
        bool wasSent = state == ExporterState.Exporting;
        Unbound(record);
        foreach (ClientId client in record.Unflushed)
            Rank.Sessions.CancelFlush(client, record.Id.Number);
        foreach (CapInode inode in record.Caps)
            Rank.Caps.CancelExport(inode);
        record.Unflushed.Clear();
        record.Caps.Clear();
        if (wasSent && dir.DirAuth.Second != Rank.Me.Value)
            Cache.Subtrees.AdjustAuth(dir, Authority.Of(Rank.Me, Rank.Me));
        if (state < ExporterState.Warning)
            record.Untold = 0;
        record.Unwarned = 0;

        // Before the region goes on: nobody may give it away again while this is not over.
        bool isTold = state >= ExporterState.Discovering && tellsPeer && Rank.Map[record.Peer].IsUp;
        record.AwaitsCancelAck = isTold;
        bool mustWait = record.Untold != 0 || isTold;
        if (dir.Has(DirState.FreezingTree | DirState.FrozenTree))
            Thaw(record, dir);
        if (mustWait && !record.IsPinned && Cache.CanAuthPin(dir))
        {
            Cache.AuthPin(dir);
            record.IsPinned = true;
        }

        Notify(record, record.Untold, Authority.Of(Rank.Me));
        if (isTold)
            Rank.Send(record.Peer, new ExportCancel(record.Id, record.Base, reason));
        TryEndCancel(record);
    }

    private void Thaw(ExportRecord record, Dir dir)
    {
        bool wasFrozen = dir.Has(DirState.FrozenTree);
        _migrator.Meter?.Thawed(MetadataCache.WaitersOn(dir));
        Cache.UnfreezeTree(dir);
        if (!wasFrozen)
            return;
        Rank.Expires.ApplyDelayed(record.Base);
        record.FrozenMicros = record.FrozenAt == 0 ? 0 : Now - record.FrozenAt;
        Cache.Subtrees.TryMerge(dir);
    }

    /// <summary>It is not begun by itself for a while; where the reason passes, it is begun again then.</summary>
    /// <returns>Will it be?</returns>
    private bool NoteFailure(ExportRecord record)
    {
        if (Options.BackOffMicros == 0)
            return false;
        int failures = _backOffs.Fail(record.Base, record.Peer, Now, Options);
        bool passes = record.Refusal is MigrationRefusal.Locks or MigrationRefusal.Busy or MigrationRefusal.NotActive
            or MigrationRefusal.ReadOnly or MigrationRefusal.Frozen or MigrationRefusal.Deadline or MigrationRefusal.StaleFreeze;
        bool isRetried = passes && failures <= Options.RetriesMax
            && _queue.TryAdd(record.Base, record.Peer, record.IsUrgent, Options.QueueMax);
        _migrator.Counters.Retried += isRetried ? 1 : 0;
        return isRetried;
    }

    private void TryEndCancel(ExportRecord record)
    {
        if (record.State != ExporterState.Cancelling || record.Untold != 0 || record.AwaitsCancelAck)
            return;
        Enter(record, ExporterState.Cancelled);
        if (record.IsPinned)
        {
            record.IsPinned = false;
            Cache.AuthUnpin(record.Dir);
        }

        // One that goes in parts has not ended.
        if (record.Refusal != MigrationRefusal.InParts && !NoteFailure(record))
            NotePart(record.Base, record.Peer, record.Refusal);
        Erase(record);
        if (record.Refusal == MigrationRefusal.InParts)
            Divide(record);
        if (record.FailuresBefore != _migrator.Failures)
            _migrator.Announce(record.Dir);
    }
}
