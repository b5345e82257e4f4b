using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>Root and bounds are opened, and held. Source: migrator specification, 2.4 (I2).</content>
internal sealed partial class Importer
{
    private void Prepare(ImportRecord record, ExportPrep prep)
    {
        migrator.Note(record.Base, prep.Attempt);
        record.Migration = new Metadata.Migration(record.Id, record.Base, prep.Attempt, record.Peer, prep.Bounds);
        // Who is not there is not told, and answers nothing.
        record.Bystanders = prep.Bystanders & Rank.Map.UpMask & ~(1UL << Rank.Me.Value);
        Enter(record, ImporterState.Prepping);
        bool isSound = !prep.Bounds.Contains(record.Base) && prep.Bounds.Distinct().Count() == prep.Bounds.Count;
        MigrationRefusal refusal = Rank.IsReadOnly ? MigrationRefusal.ReadOnly
            : isSound ? TryHoldRoot(record, prep) : MigrationRefusal.Damaged;
        if (refusal == MigrationRefusal.None)
            OpenBounds(record, IoError.None);
        else
            EndPrepare(record, refusal);
    }

    private MigrationRefusal TryHoldRoot(ImportRecord record, ExportPrep prep)
    {
        IoError error = Rank.TakeCopies(record.Peer, [prep.Root]);
        Dir? dir = error.Failed ? null : Cache.FindDir(record.Inode, record.Base.Frag);
        if (dir is null || dir.IsAuth)
            return error == IoError.NoMemory ? MigrationRefusal.TooBig : MigrationRefusal.Damaged;
        record.Dir = dir;
        Cache.Pin(dir, PinKind.Importing);
        MetadataCache.SetState(dir, DirState.Importing, true);
        migrator.Note(KillPoint.Import3);
        error = Rank.TakeCopies(record.Peer, prep.Trace);
        if (error.Failed)
            return error == IoError.NoMemory ? MigrationRefusal.TooBig : MigrationRefusal.Damaged;
        // Not before: the exporter believes that this rank has the copies.
        return Rank.Map[Rank.Me].State == ClusterRankState.Active ? MigrationRefusal.None : MigrationRefusal.NotActive;
    }

    /// <summary>Holds the bounds that are open, and asks for the others, all at once; comes back with each answer.</summary>
    private void OpenBounds(ImportRecord record, IoError error)
    {
        bool isWaiting = false;
        foreach (DirFrag name in record.Migration!.Bounds)
        {
            if (record.Bounds.Exists(each => each.Name == name))
                continue;
            if (Cache.FindDir(name) is { } bound && !Rank.IsKnown(bound))
            {
                // What its inode counts of it comes with the region, and belongs to what is stored of it.
                isWaiting = true;
                if (Rank.Learn(new Later(this, record, ImporterState.Prepping, OpenBounds), bound).Failed)
                {
                    EndPrepare(record, MigrationRefusal.Damaged);
                    return;
                }

                continue;
            }

            if (Cache.FindDir(name) is { } known)
            {
                Hold(record, known);
                continue;
            }

            isWaiting = true;
            if (record.AskedFor.Add(name))
            {
                // The exporter knows whose it is.
                Discover question = new(0, name.Ino, name.Frag, [], false, true, false);
                Rank.Ask(new Later(this, record, ImporterState.Prepping, OpenBounds), record.Peer, question);
            }
            else if (!error.IsNone)
            {
                EndPrepare(record, MigrationRefusal.UnknownPath);
                return;
            }
        }

        if (!isWaiting)
            EndPrepare(record, TryFreeze(record));
    }

    private void Hold(ImportRecord record, Dir bound)
    {
        record.Bounds.Add(bound);
        Cache.Pin(bound, PinKind.ImportBound);
        MetadataCache.SetState(bound, DirState.ImportBound, true);
    }

    private MigrationRefusal TryFreeze(ImportRecord record)
    {
        Dir dir = record.Dir!;
        Cache.Subtrees.AdjustAuth(dir, Authority.Of(record.Peer));
        if (!Cache.Subtrees.AdjustBounded(dir, record.Bounds, Authority.Of(record.Peer, Rank.Me)))
            return MigrationRefusal.Damaged;
        bool isFrozen = Cache.FreezeTree(dir);
        Invariant.That(isFrozen, "nobody holds auth pins on another rank's");
        record.FrozenAt = Now;
        Enter(record, ImporterState.Prepped);
        return MigrationRefusal.None;
    }

    private void EndPrepare(ImportRecord record, MigrationRefusal refusal)
    {
        if (refusal != MigrationRefusal.None)
        {
            record.Refusal = refusal;
            Unhold(record);
            Erase(record);
        }

        Rank.Send(record.Peer, new ExportPrepAck(record.Id, record.Base, refusal));
        migrator.Note(KillPoint.Import4);
    }

    /// <summary>Lets go of what was held; nothing is authority here that was not before.</summary>
    private void Unhold(ImportRecord record)
    {
        record.HasLetGo = true;
        foreach (Dir bound in record.Bounds)
        {
            MetadataCache.SetState(bound, DirState.ImportBound, false);
            Cache.Unpin(bound, PinKind.ImportBound);
        }

        record.Bounds.Clear();
        if (record.Dir is { } dir)
        {
            MetadataCache.SetState(dir, DirState.Importing, false);
            Cache.Unpin(dir, PinKind.Importing);
        }

        if (!record.Inode.IsNone)
            Cache.Unpin(record.Inode, PinKind.Importing);
    }
}
