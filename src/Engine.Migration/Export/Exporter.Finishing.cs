using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>The journal's word, and the news of it. Nothing can be taken back here; what fails is tried again. Source: migrator
/// specification, 2.3 (X9 to X12).</content>
internal sealed partial class Exporter
{
    /// <summary>Writes down that the region is the importer's. Where there is no room for it now, there is later.</summary>
    private void Give(ExportRecord record)
    {
        if (record.Dir.DirAuth.First == record.Peer.Value || Rank.GiveAway(record.Migration!, record.Dir).Failed)
            return;
        _migrator.Note(KillPoint.Export10);
        Rank.WhenDurable(Rank.LastSeq, new Later(this, record.Id, ExporterState.LoggingFinish, Given));
    }

    private void Given(ExportRecord record, IoError error)
    {
        // A rank whose journal failed serves nobody; whoever has the rank next, or the importer, finds out.
        if (error.Failed)
            return;
        Enter(record, ExporterState.Notifying);
        Notify(record, record.Untold, Authority.Of(record.Peer));
        _migrator.Note(KillPoint.Export11);
        if (record.Untold != 0)
            Rank.Send(record.Peer, new ExportFinish(record.Id, record.Base, IsLast: false, [], []));
        TryFinish(record);
    }

    private void TryFinish(ExportRecord record)
    {
        if (record.Untold != 0)
            return;
        _migrator.Note(KillPoint.Export12);
        Dir dir = record.Dir;
        record.Locks.Release();
        Rank.ReleaseHeldLocks();
        _migrator.Meter?.Thawed(MetadataCache.WaitersOn(dir));
        Rank.WakeAll(dir);
        List<MetadataLock> locks = Rank.LocksIn(dir);
        MetadataCache.VisitRegion(dir, static each => MetadataCache.SetAuth(each, false));
        foreach (CapInode inode in record.Caps)
            FinishCaps(record, inode);
        foreach (MetadataLock item in locks)
            Rank.Locks.BecomeReplica(item);
        Unbound(record);
        KeptCopies kept = new();
        Cache.LeaveRegion(dir, kept);
        Rank.Send(record.Peer, new ExportFinish(record.Id, record.Base, IsLast: true, kept.Entries, kept.Dirs));
        _migrator.Note(KillPoint.Export13);
        NoteTold(record.Id);
        Cache.UnfreezeTree(dir);
        Cache.Subtrees.AdjustAuth(dir, Authority.Of(record.Peer));
        MetadataCache.SetState(dir, DirState.AuxSubtree, false);
        record.FrozenMicros = Now - record.FrozenAt;
        Rank.Expires.DropDelayed(record.Base);
        _migrator.Counters.Exported++;
        _backOffs.Forget(record.Base, record.Peer);
        NotePart(record.Base, record.Peer, MigrationRefusal.None);
        Erase(record);
        Cache.Subtrees.TryMerge(dir);
        // What is kept here the importer may not have been told of.
        if (record.FailuresBefore != _migrator.Failures)
            Rank.LearnAnew(record.Peer);
    }

    /// <summary>An importer that has begun anew knows nothing of the capabilities that its former life had: it is given them like
    /// those that clients come back with.</summary>
    private void FinishCaps(ExportRecord record, CapInode inode)
    {
        if (!record.HasLostPeer)
            Rank.Caps.FinishExport(inode, record.Peer, record.Imported.GetValueOrDefault(inode.Object.Ino, []));
        else if (inode.Count > 0)
            Rank.DisplaceCaps(inode);
    }

    /// <summary>Bounds are no more than what they are.</summary>
    private void Unbound(ExportRecord record)
    {
        foreach (Dir bound in record.Bounds)
        {
            MetadataCache.SetState(bound, DirState.ExportBound, false);
            Cache.Unpin(bound, PinKind.ExportBound);
        }

        record.Bounds.Clear();
    }

    private void Erase(ExportRecord record)
    {
        record.Locks.Release();
        MetadataCache.SetState(record.Dir, DirState.Exporting, false);
        // Whoever removes the directory has waited for that.
        Cache.Wake(record.Dir, WaitMask.Exported);
        _records.Remove(record.Id);
        _migrator.History.Add(new MigrationReport(
            record.Id, MigrationSide.Export, record.Base, Cache.PathOf(record.Dir.Inode), record.Peer, record.Refusal,
            record.Phases.Phases, record.FrozenMicros, record.Inodes, record.Bytes, record.FrozenBytes, Now));
        record.Staged = null;
        RunQueueLater();
    }
}
