using System.Numerics;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>The one way back. Source: migrator specification, 2.4 (I7, I8), 3.3 and 4.6 (Δ22).</content>
internal sealed partial class Importer
{
    private void ExporterFailed(ImportRecord record, bool isOver)
    {
        record.HasLostPeer = true;
        switch (record.State)
        {
            case ImporterState.Finishing when isOver && !record.IsRestored:
                // It has said that the region is this rank's; what it kept copies of is gone with it.
                OwnPages(record);
                End(record);
                break;
            case ImporterState.Acking or ImporterState.Finishing or ImporterState.Aborting:
                // What the exporter's journal says decides; or everything is on its way.
                break;
            default:
                Reverse(record, MigrationRefusal.PeerFailed, tellsBystanders: isOver && record.State >= ImporterState.Prepped);
                break;
        }
    }

    private void Reverse(ImportRecord record, MigrationRefusal reason, bool tellsBystanders)
    {
        ImporterState state = record.State;
        if (state is ImporterState.Aborting or ImporterState.Finishing)
            return;
        record.Refusal = reason;
        migrator.Counters.ImportsCancelled++;
        Enter(record, ImporterState.Aborting);
        EndStaging(record);
        record.Untold = tellsBystanders ? record.Bystanders : 0;
        if (state >= ImporterState.Prepped)
            GiveBack(record);
        Tell(record);
        migrator.Note(KillPoint.Import10);
        if (state is ImporterState.LoggingStart or ImporterState.Acking)
        {
            Log(record);
        }
        else
        {
            Unhold(record);
            Rank.ForgetPages(record.Id);
        }

        TryEndReverse(record);
        // The exporter may have forgotten what it gave copies of, and does not know what stays of the region.
        bool hadArrived = state is ImporterState.LoggingStart or ImporterState.Acking;
        if (hadArrived || record.FailuresBefore != migrator.Failures)
            Rank.LearnAnew(record.Peer);
    }

    /// <summary>The region is the exporter's; what came of it goes.</summary>
    private void GiveBack(ImportRecord record)
    {
        Dir dir = record.Dir!;
        foreach (ImportedCaps caps in record.Imported)
        {
            if (Rank.Caps.Find(caps.Ino) is { } inode)
                Rank.Caps.CancelImport(inode);
        }

        LetGo(record);
        if (dir.IsAuth)
        {
            FormerCopies former = record.HasLostPeer ? new() : record.Former;
            Rank.ReleaseHeldLocks();
            migrator.ReleaseLocks(on => Rank.IsForgotten(on.Node, dir, former));
            Rank.WakeAll(dir);
            Rank.ForgetLocksIn(dir, former);
            List<MetadataLock> locks = Rank.LocksIn(dir);
            MetadataCache.VisitRegion(dir, static each => MetadataCache.SetAuth(each, false));
            foreach (MetadataLock item in locks)
                Rank.Locks.BecomeReplica(item);
            // Clients of a former life may have come back with capabilities from before that was this rank's.
            foreach (CapInode inode in Rank.CapsIn(dir))
                Rank.DisplaceCaps(inode);
            // Who is told of copies that go: nobody else.
            Cache.Subtrees.AdjustAuth(dir, Authority.Of(record.Peer));
            Cache.LeaveRegion(dir, null, former);
        }

        Rank.Expires.DropDelayed(record.Base);
        migrator.Meter?.Thawed(MetadataCache.WaitersOn(dir));
        Cache.UnfreezeTree(dir);
        Cache.Subtrees.AdjustAuth(dir, Authority.Of(record.Peer));
        Cache.Subtrees.TryMerge(dir);
        Rank.AskAnew(record.Peer);
    }

    /// <summary>The journal is told, before anybody is told that nothing is left.</summary>
    private void Log(ImportRecord record)
    {
        record.AwaitsJournal = true;
        if (Rank.EndImport(record.Migration!, record.Dir!, isTaken: false).Failed)
            return;
        Unhold(record);
        record.StartSeq = 0;
        Rank.WhenDurable(Rank.LastSeq, new Later(this, record, ImporterState.Aborting, Forgotten));
    }

    private void Forgotten(ImportRecord record, IoError error)
    {
        if (error.Failed)
            return;
        record.AwaitsJournal = false;
        TryEndReverse(record);
    }

    private void AskAgain(ImportRecord record)
    {
        Tell(record);
        if (record.AwaitsJournal && record.StartSeq != 0)
            Log(record);
    }

    private void Tell(ImportRecord record)
    {
        for (ulong left = record.Untold; left != 0; left &= left - 1)
        {
            RankId rank = new(BitOperations.TrailingZeroCount(left));
            Metadata.Migration migration = record.Migration!;
            Rank.Send(rank, new ExportNotify(
                record.Id, record.Base, migration.Attempt, WantsAck: true, Authority.Of(record.Peer, Rank.Me),
                Authority.Of(record.Peer), migration.Bounds));
        }
    }

    private void TryEndReverse(ImportRecord record)
    {
        if (record.State != ImporterState.Aborting || record.Untold != 0 || record.AwaitsJournal)
            return;
        if (record.OwesCancelAck)
            Rank.Send(record.Peer, new ExportCancelAck(record.Id, record.Base));
        Erase(record);
    }
}
