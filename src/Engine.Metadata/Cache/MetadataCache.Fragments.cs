// Splitting and merging dirfrags in memory: the same thing, from some frags to others that cover the same hashes.
//
// Records are copied to new chains first, which can fail for want of memory and then is undone; what follows cannot fail: nodes
// change their dirfrag, and with them auth pins, dirty lists, waiters and the subtree map. Sources and results are frozen alone
// (FrozenDir): the caller thaws the results when the change is durable. The protocol around it is the server's.

using System.Numerics;
using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Refragmentation. Source: migrator specification, appendix D.</content>
public sealed unsafe partial class MetadataCache
{
    private const DirState Inherited = DirState.Auth | DirState.Complete | DirState.ExportBound | DirState.ImportBound
        | DirState.AuxSubtree | DirState.AwaitsCaps | DirState.Sticky;

    /// <summary>May the dirfrag be frozen to be split or merged? It is whole, the rank's, and nobody is at work on it.</summary>
    public bool CanFragment(Dir dir) =>
        dir.IsAuth && dir.IsComplete && !IsFreezing(dir) && !IsFrozen(dir)
        && !dir.Has(DirState.Fragmenting | DirState.Bad | DirState.Exporting | DirState.Importing | DirState.Committing
            | DirState.Fetching)
        && !Inode(dir.Inode).Ino.IsSystem;

    /// <summary>Splits a dirfrag, frozen alone and complete, into 2^<paramref name="splitBits"/>. The results are frozen
    /// alone.</summary>
    /// <returns>ENOMEM; EOVERFLOW when the directory cannot be divided further. Nothing has changed then.</returns>
    public IoError TrySplit(Dir dir, int splitBits, List<Dir> results)
    {
        Invariant.That(dir.IsComplete && splitBits is > 0 and < 16);
        if (dir.Frag.Bits + splitBits > Frag.HashBits)
            return IoError.Overflow;
        return TryRefragment(dir.Inode, dir.Frag, PartsOf(dir.Frag, splitBits), results);
    }

    /// <summary>Merges all dirfrags under a frag, open, frozen alone, complete and of one authority. The result is frozen
    /// alone.</summary>
    /// <returns>ENOMEM. Nothing has changed then.</returns>
    public IoError TryMerge(NodeId inode, Frag frag, out Dir? result)
    {
        List<Dir> results = [];
        IoError error = TryRefragment(inode, frag, [frag], results);
        result = error.Failed ? null : results[0];
        return error;
    }

    /// <summary>The equal parts of a frag, in order.</summary>
    internal static Frag[] PartsOf(Frag frag, int splitBits)
    {
        Frag[] parts = new Frag[1 << splitBits];
        for (int i = 0; i < parts.Length; i++)
            parts[i] = frag.Child(splitBits, (uint)i);
        return parts;
    }

    /// <summary>The leaves of a directory that lie within a frag.</summary>
    internal Frag[] LeavesOf(NodeId inode, Frag under) =>
        TreeOf(inode) is { } tree ? tree.LeavesUnder(under).ToArray() : under == Frag.Root ? [Frag.Root] : [];

    /// <summary>Has a directory of another rank divided so that the frag is a leaf, and no more than that takes. Copies of how it
    /// was before go.</summary>
    /// <returns>EBUSY where such a copy is used, or this rank's own; EOVERFLOW where it cannot be divided further.</returns>
    internal IoError TryForceToLeaf(NodeId inode, Frag frag)
    {
        Dir? next;
        for (Dir? dir = FirstDirOf(inode); dir != null; dir = next)
        {
            next = dir.NextOfInode;
            if ((dir.Frag.Contains(frag) || frag.Contains(dir.Frag)) && !TryDropReplica(dir))
                return IoError.Busy;
        }

        bool isLeaf = LeafOf(inode, frag.Value) == frag
            || (CompanionFor(inode).Tree ??= new FragTree()).TryForceToLeaf(frag);
        return isLeaf ? IoError.None : IoError.Overflow;
    }

    /// <summary>Divides what lies under a frag anew: all its dirfrags are open, frozen alone and of one authority; the results,
    /// which cover the same hashes, are frozen alone, and complete when all were.</summary>
    /// <returns>ENOMEM; EOVERFLOW when the directory cannot be divided further. Nothing has changed then.</returns>
    internal IoError TryRefragment(NodeId inode, Frag under, Frag[] frags, List<Dir> results)
    {
        Frag[] before = LeavesOf(inode, under);
        List<Dir> sources = [];
        foreach (Frag leaf in before)
        {
            Dir? source = FindDir(inode, leaf);
            Invariant.That(source != null);
            sources.Add(source);
        }

        FragTree tree = CompanionFor(inode).Tree ??= new FragTree();
        IoError error = TryDivide(tree, under, frags) ? TryRearrange(inode, sources, frags, results) : IoError.Overflow;
        if (error.Failed)
        {
            bool isBack = TryDivide(tree, under, before);
            Invariant.That(isBack);
        }

        if (tree.IsUndivided)
            DropTree(inode);
        return error;
    }

    private static bool TryDivide(FragTree tree, Frag under, Frag[] frags)
    {
        tree.Merge(under);
        foreach (Frag frag in frags)
        {
            if (!tree.TryForceToLeaf(frag))
                return false;
        }

        return true;
    }

    private IoError TryRearrange(NodeId inode, List<Dir> sources, Frag[] frags, List<Dir> results)
    {
        foreach (Dir source in sources)
        {
            Invariant.That(source.Has(DirState.FrozenDir) && !source.Has(DirState.Committing | DirState.Fetching));
            Invariant.That(source.DirAuth == sources[0].DirAuth);
        }

        List<Dir> targets = [];
        IoError error = IoError.None;
        foreach (Frag frag in frags)
        {
            DirFrag name = new(Inode(inode).Ino, frag);
            PageChain? chain = error.Failed ? null : PageChain.TryCreate(Pool, PageKind.Dirfrag, name, Epoch, moves: null);
            if (chain == null)
                error = IoError.NoMemory;
            else
                targets.Add(Register(inode, name, chain));
        }

        foreach (Dir source in sources)
            error = error.Failed ? error : CopyRecords(source, targets);
        error = error.Failed ? error : StoreTree(inode);
        if (error.Failed)
        {
            Undo(sources, targets);
            return error;
        }

        Rearrange(sources, targets);
        results.AddRange(targets);
        return IoError.None;
    }

    /// <summary>Copies a source's records; nodes refer to the copies at once, so that they follow when those are moved.</summary>
    private IoError CopyRecords(Dir source, List<Dir> targets)
    {
        foreach (DirIndexEntry item in source.Index.Items)
        {
            NodeId node = new(item.Node);
            Dir target = TargetOf(targets, item.Hash);
            ReadOnlySpan<byte> name = NameOf(node);
            IoError error = TryCopyRecord(
                source.Pages, NodeId.None, PlaceOf(node), target.Pages, name, item.Hash, out RecordRef copy);
            if (error.Failed)
                return error;
            SetPlace(node, copy);
            target.Index.Append(_arena, item.Hash, node);
        }

        return IoError.None;
    }

    /// <summary>Nodes refer to their old records again, and the new dirfrags go.</summary>
    private void Undo(List<Dir> sources, List<Dir> targets)
    {
        foreach (Dir source in sources)
        {
            foreach (PageId page in source.Pages.Pages)
            {
                foreach (int slot in Pool.Page(page).Slots)
                {
                    RecordRef at = new(page, (ushort)slot);
                    if (Pool.KindOf(at) is not (RecordKind.Entry or RecordKind.Link))
                        continue;
                    int position = source.Index.Find(new NameSource(this), Pool.Dentry(at)->Hash, Pool.Name(at));
                    SetPlace(EntryAt(source, position), at);
                }
            }
        }

        foreach (Dir target in targets)
        {
            target.Index.Release(_arena);
            Unregister(target);
        }
    }

    private void Rearrange(List<Dir> sources, List<Dir> targets)
    {
        foreach (Dir target in targets)
        {
            target.Set(Inherited, false);
            target.Set(sources[0].State & Inherited, true);
            target.Set(DirState.Complete, sources.TrueForAll(source => source.IsComplete));
            if (target.Has(DirState.Sticky))
                Pin(target, PinKind.Sticky);
            if (sources[0].IsSubtreeRoot)
                Subtrees.AdjustAuth(target, sources[0].DirAuth);
            CompleteFreezeDir(target);
            if (target.Count > 0)
                Pin(target, PinKind.Child);
        }

        SplitRecords(sources, targets);
        MoveReplicas(sources, targets);
        targets[0].Popularity = sources[0].Popularity;
        sources[0].Popularity = null;
        foreach (Dir source in sources)
        {
            MoveDirty(source, targets);
            MoveNodes(source, targets);
            Subtrees.ReattachChildren(source);
            MoveWaiters(source, targets);
            Retire(source);
        }
    }

    /// <summary>Whoever has a copy of a source is taken to have copies of all results.</summary>
    private void MoveReplicas(List<Dir> sources, List<Dir> targets)
    {
        foreach (Dir source in sources)
        {
            ulong ranks = source.IsAuth ? ReplicasOf(source) : 0;
            for (ulong left = ranks; left != 0; left &= left - 1)
            {
                RankId rank = new(BitOperations.TrailingZeroCount(left));
                foreach (Dir target in targets)
                {
                    if (ReplicasOf(target) == 0)
                        Pin(target, PinKind.Replicated);
                    uint nonce = Math.Max(NonceOf(source, rank), NonceOf(target, rank));
                    IoError error = StoreNonce(target.Pages, target.Pages.Dir, rank, nonce);
                    Invariant.That(!error.Failed);
                }
            }

            if (ranks != 0)
                Unpin(source, PinKind.Replicated);
        }
    }

    private void MoveNodes(Dir source, List<Dir> targets)
    {
        foreach (DirIndexEntry item in source.Index.Items)
        {
            NodeId node = new(item.Node);
            Dir target = TargetOf(targets, item.Hash);
            ref NodeSide side = ref Nodes[node];
            SetDirOf(ref side, target);
            target.NullCount += IsNull(node) ? 1 : 0;
            MoveAuthPins(in side, source, target);
        }

        if (source.Count > 0)
            Unpin(source, PinKind.Child);
        source.Index.Release(_arena);
    }

    private void MoveDirty(Dir source, List<Dir> targets)
    {
        NodeDirtyLinks links = new(Nodes);
        for (int at = source.DirtyNodes.RemoveFirst(links); at >= 0; at = source.DirtyNodes.RemoveFirst(links))
            TargetOf(targets, Dentry(new NodeId(at)).Hash).DirtyNodes.AddLast(links, at);
        foreach (Dir target in targets)
            target.MarkedVersion = null;
        if (!source.IsDirty)
            return;
        foreach (Dir target in targets)
        {
            target.ChangedAt = Math.Max(target.ChangedAt, source.ChangedAt);
            if (!target.IsDirty)
            {
                target.Set(DirState.Dirty, true);
                DirtyDirCount++;
                Pin(target, PinKind.Dirty);
                Hang(target, source.DirtySegment);
            }
            else if (source.DirtySegment < target.DirtySegment)
            {
                Unhang(target);
                Hang(target, source.DirtySegment);
            }
        }

        Unhang(source);
        ClearDirty(source);
    }

    /// <summary>Waiters for a name go where the name goes, all others to the first result.</summary>
    private void MoveWaiters(Dir source, List<Dir> targets)
    {
        if (source.Waiters is not { IsEmpty: false } from)
            return;
        foreach (Dir target in targets)
        {
            bool isFirst = target == targets[0];
            WaiterList to = target.Waiters ??= new WaiterList(target);
            bool wasEmpty = to.IsEmpty;
            from.MoveTo(to, waiter => (waiter.Mask & WaitMask.Entry) != 0 ? target.Frag.Contains((uint)waiter.Key) : isFirst);
            if (wasEmpty && !to.IsEmpty)
                Pin(target, PinKind.Waiter);
        }

        Invariant.That(from.IsEmpty);
        Unpin(source, PinKind.Waiter);
    }

    private void Retire(Dir source)
    {
        source.Set(DirState.FrozenDir, false);
        Unpin(source, PinKind.Frozen);
        if (source.IsAuth && !source.IsSubtreeRoot)
            AuthUnpin(source.Inode);
        if (source.Has(DirState.Sticky))
            Unpin(source, PinKind.Sticky);
        Subtrees.Drop(source);
        Unregister(source);
    }

    private static Dir TargetOf(List<Dir> targets, uint hash)
    {
        int low = 0;
        int high = targets.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) >> 1;
            if (targets[middle].Frag.Value <= hash)
                low = middle;
            else
                high = middle - 1;
        }

        return targets[low];
    }

    private IoError StoreTree(NodeId inode)
    {
        FragTree tree = TreeOf(inode)!;
        if (tree.IsUndivided)
            return WriteExt(inode, ExtKind.FragTree, []);
        byte[] stored = new byte[tree.EncodedLength];
        tree.Encode(stored);
        return WriteExt(inode, ExtKind.FragTree, stored);
    }
}
