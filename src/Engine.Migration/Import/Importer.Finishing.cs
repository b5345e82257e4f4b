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
