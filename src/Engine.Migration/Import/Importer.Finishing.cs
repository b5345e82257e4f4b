using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>The region is this rank's. Source: migrator specification, 2.4 (I6).</content>
internal sealed partial class Importer
{
    private void Finish(ImportRecord record, ExportFinish message)
    {
        Dir dir = record.Dir!;
        if (record.State == ImporterState.Acking)
        {
            Cache.Subtrees.AdjustAuth(dir, Authority.Of(Rank.Me, Rank.Me));
            migrator.Note(KillPoint.Import9);
            Enter(record, ImporterState.Finishing);
            TakeCaps(record);
        }

        if (!message.IsLast)
            return;
        OwnPages(record);
        foreach (ExpiredDir kept in message.Dirs)
        {
            if (Cache.FindDir(kept.Dir) is { IsAuth: true } known)
                NoteCopy(Cache.TryAddReplica(known, record.Peer, out _));
        }

        foreach (ExpiredEntry kept in message.Entries)
        {
            if (Cache.FindDir(kept.Dir) is { IsAuth: true } holds && Cache.Lookup(holds, kept.Name) is { IsNone: false } node)
                NoteCopy(Cache.TryAddReplica(node, record.Peer, out _));
        }

        // Clients of the region came back to the exporter, as far as they know: nobody is served before that is here.
        if (!record.IsRestored)
        {
            End(record);
            return;
        }

        // What was given back before copies are given again is about those from before.
        Rank.Expires.ApplyDelayed(record.Base);
        Cache.AwaitCaps(dir);
        // Clients look for it where others say that it is, and so does the exporter.
        migrator.Announce(dir);
        ulong asked = migrator.AskForCaps(record.Peer);
        if (record.GatherTid == 0)
            (record.GatherTid, record.GatherAt) = (asked, Now);
    }

    /// <summary>A rank has handed over what clients came back to it with.</summary>
    public void CapsCame(RankId from, ulong tid)
    {
        foreach (ImportRecord record in _records.Values.ToList())
        {
            if (record.Peer == from && IsGathering(record) && tid >= record.GatherTid)
                EndGathering(record);
        }
    }

    private static bool IsGathering(ImportRecord record) =>
        record is { State: ImporterState.Finishing, AwaitsJournal: false, GatherTid: > 0 };

    /// <summary>Clients have as long as the exporter lets them come back, and as long again: what they say later they may have as
    /// far as the locks allow it then.</summary>
    private bool IsGatheringOver(ImportRecord record, long nowMicros) =>
        IsGathering(record) && nowMicros - record.GatherAt >= 2 * Rank.Options.ReconnectMicros;

    private void EndGathering(ImportRecord record)
    {
        List<CapInode> inodes = [];
        foreach (Ino ino in record.Gathered)
        {
            if (Rank.Caps.Find(ino) is { } inode)
                inodes.Add(inode);
        }

        record.Gathered.Clear();
        // A rank that does not serve yet does that with all of its inodes.
        if (Rank.IsServing)
            Rank.RestoreLocks(inodes);
        End(record);
    }

    /// <summary>Does an inode lie in a region for which that is awaited?</summary>
    public bool AwaitsCapsOf(NodeId node) => Awaiting(node) is not null;

    /// <summary>Something comes of an inode of such a region.</summary>
    /// <returns>Has nobody anything of it that may be issued?</returns>
    public bool NoteGathered(NodeId node, Ino ino) => Awaiting(node) is { } record
        && (record.Gathered.Contains(ino) || (Rank.Caps.Find(ino) is null && record.Gathered.Add(ino)));

    private ImportRecord? Awaiting(NodeId node)
    {
        if (_records.Count == 0 || Cache.TryDirOf(node) is not { } dir || Cache.Subtrees.TryFindRoot(dir) is not { } root)
            return null;
        return _records.GetValueOrDefault(root.Name) is { State: ImporterState.Finishing, GatherTid: > 0 } record ? record : null;
    }

    private void OwnPages(ImportRecord record) =>
        MetadataCache.VisitRegion(record.Dir!, each => each.Pages.Epoch = Cache.Epoch);

    /// <summary>Clients have from this rank what they had from the exporter.</summary>
    private void TakeCaps(ImportRecord record)
    {
        foreach (ExportedCaps caps in record.Caps)
        {
            if (Rank.Caps.Find(caps.Ino) is not { } inode)
                continue;
            foreach (CapExportRecord cap in caps.Caps)
                Rank.Caps.FinishImport(inode, cap, record.Peer, isAuthority: true);
            Rank.Caps.ImportEnded(inode);
        }

        LetGo(record);
    }

    /// <summary>Sessions are ordinary ones again.</summary>
    private void LetGo(ImportRecord record)
    {
        foreach (ClientId client in record.Clients)
            Rank.Sessions.EndImport(client);
        record.Clients.Clear();
    }

    /// <summary>A copy that cannot be counted is one that the exporter will not be told of: without memory for a few bytes
    /// nothing else works either.</summary>
    private static void NoteCopy(IoError error) => Invariant.That(error.IsNone, "room for copies was made when the region came");

    /// <summary>Serves. That the journal is told of it need not be waited for: whoever finds it undecided finds that nobody else
    /// claims it.</summary>
    private void End(ImportRecord record)
    {
        Dir dir = record.Dir!;
        record.AwaitsJournal = Rank.EndImport(record.Migration!, dir, isTaken: true).Failed;
        if (record.AwaitsJournal)
            return;

        Unhold(record);
        Rank.Expires.ApplyDelayed(record.Base);
        migrator.Meter?.Thawed(MetadataCache.WaitersOn(dir));
        Cache.UnfreezeTree(dir);
        foreach (ExportedLock item in record.LocksThatCame)
            Rank.Locks.Resume(LockOf(item));
        migrator.Counters.Imported++;
        Erase(record);
        Cache.Subtrees.TryMerge(dir);
        Confirm(record.Migration!.Id, record.Base, record.Peer);
        if (record.FailuresBefore == migrator.Failures)
            return;
        migrator.Announce(dir);
        // Clients may have gone back to the exporter.
        foreach (ExportedCaps caps in record.Caps)
            migrator.GatherCaps(caps.Ino);
    }
}
