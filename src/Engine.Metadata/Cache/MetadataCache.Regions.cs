// Whole regions that go at once: what another rank took over, and copies that their authority wants back.
//
// Invariant: nothing is dropped unless everything can be.

using Engine.Buffers;

namespace Engine.Metadata;

public sealed partial class MetadataCache
{
    private readonly List<Dir> _region = [];

    /// <summary>Drops everything below a dirfrag, which stays open, clean and empty. Changes that were not committed are
    /// forgotten. Copies that go are told to their authorities (<see cref="TakeExpired"/>).</summary>
    /// <returns>False when something is in use, or a subtree of this rank begins below; nothing was done then.</returns>
    public bool TryDropRegion(Dir top)
    {
        _region.Clear();
        return TryListRegion(top) && Drop(top);
    }

    /// <summary>Visits some of the open dirfrags, in an order of no meaning, so that calls one after the other visit all that
    /// stay open.</summary>
    /// <param name="from">0 at first, then what the last call returned.</param>
    /// <param name="count">Most that are looked at; less when the end comes first.</param>
    /// <param name="visit">May neither open nor close any.</param>
    /// <returns>Where to go on; 0 when all were visited.</returns>
    public int VisitDirs(int from, int count, Action<Dir> visit)
    {
        int end = (int)Math.Min(_dirs.Count, (long)from + count);
        for (int i = from; i < end; i++)
        {
            if (_dirs[i] is { } dir && !dir.Has(Apart))
                visit(dir);
        }

        return end < _dirs.Count ? end : 0;
    }

    /// <summary>Would <see cref="TryDropRegion"/> drop it?</summary>
    public bool CanDropRegion(Dir top)
    {
        _region.Clear();
        return TryListRegion(top);
    }

    /// <summary>Drops the copy of an entry, with all that is below it.</summary>
    /// <returns>False when something is in use, or this rank's own; nothing was done then.</returns>
    public bool TryDropReplica(NodeId node)
    {
        _region.Clear();
        for (Dir? dir = FirstDirOf(node); dir != null; dir = dir.NextOfInode)
        {
            if (dir.IsAuth || !IsFree(dir) || !TryListRegion(dir))
                return false;
        }

        Dir? home = TryDirOf(node);
        if (home is not { IsAuth: false } || Nodes[node].Pins != OwnPins(node) || !Drop(null))
            return false;
        return TryTrim(home, node);
    }

    /// <summary>Drops the copy of a dirfrag, with all that is below it.</summary>
    /// <returns>False when something is in use, or this rank's own; nothing was done then.</returns>
    internal bool TryDropReplica(Dir dir)
    {
        _region.Clear();
        return !dir.IsAuth && IsFree(dir) && TryListRegion(dir) && Drop(null);
    }

    /// <summary>Drops the copy of an entry, with all that is below it, instead of which its authority has something else: it
    /// counted the copy at a time that is over, and is not told.</summary>
    /// <returns>False when something is in use, or this rank's own; nothing was done then.</returns>
    public bool TryDropOutdated(NodeId node)
    {
        uint nonce = NonceOf(node, Me);
        SetOwnNonce(node, 0);
        if (TryDropReplica(node))
            return true;
        SetOwnNonce(node, nonce);
        return false;
    }

    /// <summary>Is this rank authority over something below the copy of an entry?</summary>
    public bool HasOwnBelow(NodeId node)
    {
        List<Dir> roots = [];
        for (Dir? dir = FirstDirOf(node); dir != null; dir = dir.NextOfInode)
        {
            if (dir.IsAuth)
                return true;
            if (dir.Spine != null)
                Subtrees.AddRootsBelow(dir, roots);
        }

        for (int i = 0; i < roots.Count; i++)
        {
            if (roots[i].IsAuth)
                return true;
            Subtrees.AddRootsBelow(roots[i], roots);
        }

        return false;
    }

    /// <summary>Lists what would go, parents first; false when it cannot go.</summary>
    private bool TryListRegion(Dir top)
    {
        int first = _region.Count;
        _region.Add(top);
        for (int at = first; at < _region.Count; at++)
        {
            Dir dir = _region[at];
            if (dir != top && !IsFree(dir))
                return false;
            for (int i = 0; i < dir.Count; i++)
            {
                NodeId node = EntryAt(dir, i);
                if (Nodes[node].Pins != OwnPins(node))
                    return false;
                for (Dir? below = FirstDirOf(node); below != null; below = below.NextOfInode)
                {
                    if (below.IsAuth != top.IsAuth || (below.IsSubtreeRoot && top.IsAuth))
                        return false;
                    _region.Add(below);
                }
            }
        }

        return true;
    }

    /// <summary>Does nobody hold the dirfrag but what goes with it?</summary>
    private static bool IsFree(Dir dir)
    {
        int pins = (dir.Count > 0 ? 1 : 0) + (dir.IsDirty ? 1 : 0) + (dir.IsSubtreeRoot ? 1 : 0);
        return dir.Pins == pins && !dir.Has(DirState.Committing | DirState.Fetching);
    }

    /// <summary>Pins that go with what is dropped: for open dirfrags, and for a change.</summary>
    private int OwnPins(NodeId node) =>
        (Nodes[node].FirstDir != 0 ? 1 : 0) + ((Nodes[node].State & NodeState.Dirty) != 0 ? 1 : 0);

    private bool Drop(Dir? top)
    {
        for (int at = _region.Count - 1; at >= 0; at--)
        {
            Dir dir = _region[at];
            ForgetDirty(dir);
            while (dir.Count > 0)
            {
                NodeId node = EntryAt(dir, dir.Count - 1);
                NoteExpired(dir, node);
                Forget(dir, node, dir.Count - 1, remove: dir == top);
            }

            dir.Set(DirState.Complete, false);
            if (dir == top)
                continue;
            NoteExpired(dir);
            if (dir.IsSubtreeRoot)
                Subtrees.Drop(dir);
            Unregister(dir);
        }

        _region.Clear();
        return true;
    }
}
