// Subtrees that begin here and end here, and their way into the journal.
//
// Invariants: whose a dirfrag is changes within one event that says so; a segment's head tells all subtrees of the rank, the
// dirfrags at which others' begin, and the way to each, so that replay may begin with it.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Subtrees that change hands at rest. Source: migrator specification, 1.4, 1.5 and 4.1.</content>
internal sealed partial class NamespaceServer
{
    /// <summary>Puts the subtrees of the rank and their bounds into a segment's head.</summary>
    public void WriteSubtrees(EventBuilder builder)
    {
        _event = builder;
        foreach (Dir root in _cache.Subtrees.Roots())
        {
            if (_undecided.ContainsKey(root.Name))
                continue;
            if (root.DirAuth.First == _options.Id.Value)
            {
                // One that is only frozen, or a bound of one, is part of what lies around it.
                if (IsWithinOwn(root))
                    continue;

                EmitContext(root);
                _event.Add(EventTag.Subtree, new DirPart(root.Name));
            }
            else if (_cache.IsAuth(root.Inode))
            {
                // The end of the way says whose it is.
                EmitContext(root);
            }
        }

        // Also one that is being undone: what lies around it may have swallowed it already.
        foreach (Migration import in _undecided.Values)
        {
            EmitContext(_cache.FindDir(import.Base)!);
            AddMigration(import, MigrationStage.Undecided);
        }

        foreach (Migration export in _given.Values)
            AddMigration(export, MigrationStage.Given);
        SayDecided();
        SayPromised();
        _event = null;
    }

    /// <summary>Gives a subtree at rest to another rank: nothing of it is changed and not written back, in use, or another's.
    /// Everything of it but the dirfrag at which it begins is dropped. The other rank calls <see cref="TryTakeOver"/>.</summary>
    /// <returns>EBUSY where it is not at rest; ENOMEM and the like where there is no room for the event.</returns>
    public IoError TryGiveUp(Dir root, RankId to)
    {
        Invariant.That(root.IsAuth && to != _options.Id && !to.IsNone);
        bool isAtRest = root.IsComplete && _cache.TryDirOf(root.Inode) is not null && IsFolded(root) && !_cache.IsFreezing(root)
            && !_cache.IsFrozen(root) && IsClean(root);
        if (!isAtRest)
            return IoError.Busy;
        IoError error = BeginChange(EventKind.Update, DirBytes, root);
        if (error.Failed)
            return error;
        // The number of the event is used, whatever comes of it: so the region is judged before.
        bool isDropped = _cache.TryDropRegion(root);
        Invariant.That(isDropped, "a region that was found at rest can be dropped");
        _cache.Subtrees.AdjustAuth(root, Authority.Of(to));
        MetadataCache.SetAuth(root, false);
        _cache.SetOwnNonce(root, MetadataCache.ExportNonce);
        EmitContext(root);
        EmitBound(root);
        EndChange();
        return IoError.None;
    }

    /// <summary>Takes over a subtree at rest that <see cref="TryGiveUp"/> gave up: its inode is a copy here, and what it holds is
    /// in the store.</summary>
    /// <returns>EBUSY where copies of what is in it are here; ENOMEM and the like.</returns>
    public IoError TryTakeOver(NodeId inode, Frag frag, RankId from)
    {
        Dir? root = _cache.FindDir(inode, frag);
        IoError error = root is not null ? IoError.None : _cache.TryOpen(inode, frag, out root);
        if (error.IsNone && (root!.IsAuth || root.Count > 0))
            error = IoError.Busy;
        if (error.IsNone)
            error = BeginChange(EventKind.Update, DirBytes, root);
        if (error.Failed)
            return error;
        _cache.ClearReplicas(root!);
        MetadataCache.SetAuth(root!, true);
        _cache.Subtrees.AdjustAuth(root!, Authority.Of(_options.Id));
        Require(_cache.TryAddReplica(root!, from, out _));
        EmitContext(root!);
        _event!.Add(EventTag.Subtree, new DirPart(root!.Name));
        _event.EndDir();
        EndChange();
        return IoError.None;
    }

    private bool IsWithinOwn(Dir root) =>
        _cache.ParentOf(root) is { } parent && _cache.Subtrees.TryFindRoot(parent) is { } around
        && around.DirAuth.First == _options.Id.Value && !_undecided.ContainsKey(around.Name);

    /// <summary>Puts a dirfrag at which another's subtree begins into the event, with what is known of it. Where there is doubt
    /// whose it is, it is that of who has it in fact.</summary>
    private unsafe void EmitBound(Dir dir)
    {
        ref readonly DirRecord record = ref _cache.Read(dir);
        Authority authority = dir.DirAuth.First >= 0 ? Authority.Of(new RankId(dir.DirAuth.First)) : dir.DirAuth;
        fixed (DirRecord* start = &record)
        {
            BoundPart part = new(dir.Name, authority);
            ReadOnlySpan<byte> head = new(&part, BoundPart.Bytes);
            _event!.AddPacked(EventTag.Bound, head, new ReadOnlySpan<byte>(start, DirRecord.Bytes), default);
            _event.EndDir();
        }
    }

    private bool IsClean(Dir root)
    {
        bool isClean = _cache.CanDropRegion(root);
        MetadataCache.VisitRegion(
            root, dir => isClean &= !dir.IsDirty && dir.CumulativeAuthPins == 0 && !dir.Has(DirState.Committing)
            && _cache.ReplicasOf(dir) == 0);
        return isClean;
    }
}
