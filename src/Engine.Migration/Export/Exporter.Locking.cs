// From the request to the question to the importer.
//
// Invariants: an export that waits for locks holds an auth pin on its root, and nothing else; what the importer will be told of
// sums is in memory before anything freezes.
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>What forbids an export, and its locks. Source: migrator specification, 2.3 (X1, X2) and 1.9.</content>
internal sealed partial class Exporter
{
    /// <summary>Why the dirfrag cannot be given to the rank.</summary>
    private MigrationRefusal WhyNot(Dir dir, RankId to)
    {
        if (to == Rank.Me || !Rank.Map[to].IsUp)
            return MigrationRefusal.NoSuchRank;
        bool isServing = Rank.Map[Rank.Me].State is ClusterRankState.Active or ClusterRankState.Stopping;
        if (!isServing || Rank.Map[to].State != ClusterRankState.Active)
            return MigrationRefusal.NotActive;
        if (IsDegraded && !Options.BeginsWhileDegraded)
            return MigrationRefusal.Degraded;
        if (Rank.IsReadOnly)
            return MigrationRefusal.ReadOnly;
        if (!dir.IsAuth)
            return MigrationRefusal.NotAuthority;
        if (Cache.TryDirOf(dir.Inode) is null || IsOfSystem(dir))
            return MigrationRefusal.NotMovable;
        if (dir.Has(DirState.Exporting))
            return MigrationRefusal.Busy;
        if (Cache.IsFreezing(dir) || Cache.IsFrozen(dir))
            return MigrationRefusal.Frozen;
        RankId pin = _migrator.PinOf(dir);
        return pin.IsNone || pin == to || Rank.Map[Rank.Me].State == ClusterRankState.Stopping
            ? MigrationRefusal.None
            : MigrationRefusal.Pinned;
    }

    /// <summary>Has a rank of the cluster failed, or does it not serve again yet?</summary>
    private bool IsDegraded
    {
        get
        {
            for (int i = 0; i < Rank.Map.Ranks.Count; i++)
            {
                ClusterRankState state = Rank.Map.Ranks[i].State;
                bool isWell = state is ClusterRankState.None or ClusterRankState.Stopped or >= ClusterRankState.Active;
                if (!isWell)
                    return true;
            }

            return false;
        }
    }

    /// <summary>Does it lie in a rank's private directory, where what was removed lies too?</summary>
    public bool IsOfSystem(Dir dir)
    {
        Dir top = dir;
        while (Cache.ParentOf(top) is { } above)
            top = above;
        return top.Name.Ino != Ino.Root;
    }

    private void Start(Dir dir, RankId to, bool isUrgent)
    {
        MigrationId id = new(Rank.Me, Rank.Options.Incarnation, ++_number);
        ExportRecord record = new(id, dir, to, new LockSet(Rank.Locks, Rank.LockHost), Now)
        {
            FailuresBefore = _migrator.Failures,
            Rules = Options,
            IsUrgent = isUrgent,
            Bytes = BytesIn(dir),
        };
        Cache.AuthPin(dir);
        record.IsPinned = true;
        MetadataCache.SetState(dir, DirState.Exporting, true);
        _records.Add(id, record);
        if (_splits.Find(each => each.To == to && each.Left.Contains(record.Base)) is { } whole)
            _outcomes.Begin(id, whole.Base);
        _migrator.Counters.ExportsBegun++;
        WishFor(to);
        _migrator.Thrash.Cut(dir, id);
        Lock(record, IoError.None);
    }

    private void Lock(ExportRecord record, IoError error)
    {
        if (error.Failed || Cache.IsFreezing(record.Dir) || Cache.IsFrozen(record.Dir))
        {
            Cancel(record, MigrationRefusal.Frozen, tellsPeer: false);
            return;
        }

        // What it waited for may have changed the path.
        record.Locks.Release();
        record.AwaitsTarget = !IsTarget(record.Peer);
        if (record.AwaitsTarget)
            return;
        if (IsPathInDoubt(record))
        {
            Cancel(record, MigrationRefusal.Locks, tellsPeer: false);
            return;
        }

        if (FindUnknown(record) is { } unknown)
        {
            if (Rank.Learn(new Later(this, record.Id, ExporterState.Locking, Lock), unknown).Failed)
                Cancel(record, MigrationRefusal.Damaged, tellsPeer: false);
            return;
        }

        WantLocks(record);
        switch (record.Locks.Acquire(LockPatience.AbortWhenFrozen))
        {
            case LockOutcome.Acquired:
                _migrator.Note(KillPoint.Export1);
                Ask(record);
                break;
            case LockOutcome.Waiting:
                Rank.Await(record.Locks.BlockedOn, new Later(this, record.Id, ExporterState.Locking, Lock));
                break;
            default:
                Cancel(record, MigrationRefusal.Locks, tellsPeer: false);
                break;
        }
    }

    /// <summary>The root, or a bound of this rank's, whose sums are not in memory: the importer would be told that there are
    /// none.</summary>
    private Dir? FindUnknown(ExportRecord record)
    {
        List<Dir> dirs = [record.Dir];
        Cache.Subtrees.AddWouldBeBounds(record.Dir, dirs);
        return dirs.Find(dir => !Rank.IsKnown(dir));
    }

    /// <summary>Is a directory that leads there, or the directory itself, on its way from one rank to another?</summary>
    private bool IsPathInDoubt(ExportRecord record)
    {
        for (NodeId at = record.Dir.Inode; Cache.TryDirOf(at) is { } above; at = above.Inode)
        {
            if ((Cache.StateOf(at) & NodeState.AmbiguousAuth) != 0)
                return true;
        }

        return false;
    }

    /// <summary>The path may not be renamed, what the region is divided by may not change, and nobody gathers what the root
    /// counts while it has two authorities, or none.</summary>
    private void WantLocks(ExportRecord record)
    {
        record.Locks.Reset(Rank.NextOperation(), new ClientId(-1));
        NodeId root = record.Dir.Inode;
        for (NodeId at = root; Cache.TryDirOf(at) is { } above; at = above.Inode)
            Want(record, at, LockKind.Snap, LockMode.Read);
        Want(record, root, LockKind.Dft, LockMode.Read);
        List<Dir> bounds = [];
        Cache.Subtrees.AddWouldBeBounds(record.Dir, bounds);
        foreach (Dir bound in bounds)
            Want(record, bound.Inode, LockKind.Dft, LockMode.Read);
        if (!Cache.IsAuth(root))
            return;
        Want(record, root, LockKind.File, LockMode.Write);
        Want(record, root, LockKind.Nest, LockMode.Write);
    }

    /// <summary>Locks of copies cannot be kept when their authority is gone; nobody renames what a subtree of another rank lies
    /// below, and nobody divides what others have copies of.</summary>
    private void KeepOwnLocks(ExportRecord record)
    {
        if (record.Locks.IsAcquired)
            record.Locks.Release(on => !Cache.IsAuth(on.Node));
    }

    /// <summary>A region goes through which other exports' paths lead, with all that is known of its locks. Who waits for locks
    /// takes all of them anew.</summary>
    public void ReleaseLocks(Predicate<LockObject> which)
    {
        foreach (ExportRecord record in _records.Values)
        {
            if (record.Locks.IsAcquired)
                record.Locks.Release(which);
            else
                record.Locks.Release();
        }
    }

    private void Want(ExportRecord record, NodeId node, LockKind kind, LockMode mode) =>
        record.Locks.Add(LockObject.OfInode(Cache.Inode(node).Ino, node), kind, mode);

    private void Ask(ExportRecord record)
    {
        List<byte[]> path = [];
        NodeId from = record.Dir.Inode;
        for (; Cache.TryDirOf(from) is { } above; from = above.Inode)
            path.Insert(0, Cache.NameOf(from).ToArray());
        record.Bytes = BytesIn(record.Dir);
        Enter(record, ExporterState.Discovering);
        Rank.Send(
            record.Peer, new ExportDiscover(record.Id, record.Base, Cache.Inode(from).Ino, path, (ulong)record.Bytes));
        _migrator.Note(KillPoint.Export2);
        // What is larger may go in parts.
        if (record.Rules.StagingRoundsMax == 0 && record.Bytes <= record.Rules.ExportBytesMax)
            BeginFreeze(record);
    }
}
