// Dirfrags: open, adopt, close; the tree of what is open.

using Engine.Buffers;

namespace Engine.Metadata;

public sealed unsafe partial class MetadataCache
{
    /// <summary>A dirfrag in one of these states is trimmed neither itself nor in part: its next commit needs all entries, or
    /// somebody is at work on it.</summary>
    private const DirState MustStayWhole = DirState.Dirty | DirState.Committing | DirState.Fetching | DirState.Creating
        | DirState.FreezingDir | DirState.FrozenDir | DirState.Fragmenting | DirState.Sticky
        | DirState.Exporting | DirState.Importing | Apart;

    private static readonly IoError s_damaged = new(117);

    /// <summary>The dirfrag that holds the node's entry; null for a base inode.</summary>
    public Dir? TryDirOf(NodeId node)
    {
        int dir = Nodes[node].Dir;
        return dir == 0 ? null : _dirs[dir];
    }

    /// <summary>The dirfrag that holds the entry of a node that is no base inode.</summary>
    public Dir DirOf(NodeId node)
    {
        Dir? dir = TryDirOf(node);
        Invariant.That(dir != null);
        return dir;
    }

    /// <summary>The dirfrag that holds this one's inode; null when that is a base inode.</summary>
    public Dir? ParentOf(Dir dir) => TryDirOf(dir.Inode);

    /// <summary>The first open dirfrag of an inode, in order of frag; null when none is open.</summary>
    public Dir? FirstDirOf(NodeId inode)
    {
        int dir = Nodes[inode].FirstDir;
        return dir == 0 ? null : _dirs[dir];
    }

    /// <summary>The next open dirfrag of the same inode.</summary>
    public static Dir? NextDirOf(Dir dir) => dir.NextOfInode;

    /// <summary>The open dirfrag of that frag; null when it is not open.</summary>
    public Dir? FindDir(NodeId inode, Frag frag)
    {
        Dir? dir = FirstDirOf(inode);
        while (dir != null && dir.Frag != frag)
            dir = dir.NextOfInode;
        return dir;
    }

    /// <summary>The open dirfrag of that name; null when it, or its inode, is not in memory.</summary>
    public Dir? FindDir(DirFrag name)
    {
        NodeId inode = FindInode(name.Ino);
        return inode.IsNone ? null : FindDir(inode, name.Frag);
    }

    /// <summary>How the directory is divided; null while it is in one piece.</summary>
    public FragTree? TreeOf(NodeId inode) => TryCompanionOf(inode)?.Tree;

    /// <summary>The frag in which a name with that hash belongs.</summary>
    public Frag LeafOf(NodeId inode, uint hash) => TreeOf(inode)?.Leaf(hash) ?? Frag.Root;

    /// <summary>The open dirfrag in which a name with that hash belongs; null when it is not open.</summary>
    public Dir? FindDirFor(NodeId inode, uint hash)
    {
        for (Dir? dir = FirstDirOf(inode); dir != null; dir = dir.NextOfInode)
        {
            if (dir.Frag.Contains(hash))
                return dir;
        }

        return null;
    }

    /// <summary>
    /// Opens a dirfrag that is not open, without entries and not complete; authority is that of its inode. The frag is a leaf of
    /// the directory's fragment tree.
    /// </summary>
    /// <returns>ENOMEM when the pool is exhausted.</returns>
    public IoError TryOpen(NodeId inode, Frag frag, out Dir? dir)
    {
        dir = null;
        Invariant.That((Nodes[inode].State & NodeState.Directory) != 0 && FindDir(inode, frag) == null);
        DirFrag name = new(Inode(inode).Ino, frag);
        PageChain? chain = PageChain.TryCreate(Pool, PageKind.Dirfrag, name, Epoch, moves: null);
        if (chain == null)
            return IoError.NoMemory;
        dir = Register(inode, name, chain);
        return IoError.None;
    }

    /// <summary>
    /// Takes over the pages of a dirfrag as they were read, validated before: opens the dirfrag with all their entries, or, when
    /// it is open and not complete, adds those that are not in memory; those that are, null ones too, are as new or newer. It is
    /// complete then. The chain is the cache's from now on, but after ENOMEM, when it may be handed in again.
    /// </summary>
    /// <returns>EUCLEAN when the content contradicts itself or the cache: names twice, or an inode that lies elsewhere; ENOMEM.
    /// The dirfrag is as it was then, or has some more of its entries, and is not complete.</returns>
    public IoError TryAdopt(NodeId inode, Frag frag, PageChain chain, out Dir? dir)
    {
        ArgumentNullException.ThrowIfNull(chain);
        dir = FindDir(inode, frag);
        Invariant.That(chain.Of == new DirFrag(Inode(inode).Ino, frag));
        ulong stored = Pool.Dir(chain.Dir)->Version;
        IoError error = dir is { Count: > 0 } ? Merge(dir, chain) : AdoptWhole(inode, chain, ref dir);
        if (error.Failed)
            return error;
        dir!.Set(DirState.Complete, true);
        dir.CommittedVersion = stored;
        return IoError.None;
    }

    /// <summary>Closes a dirfrag that nobody pins, and that is not dirty: drops what is in it.</summary>
    public void Close(Dir dir)
    {
        Invariant.That(!dir.IsDirty && dir.Pins == (dir.Count > 0 ? 1 : 0) && dir.CumulativeAuthPins == 0);
        while (dir.Count > 0)
            Drop(dir, new NodeId(dir.Index.Items[dir.Count - 1].Node), dir.Count - 1);
        Unregister(dir);
    }

    /// <summary>Says whether this rank acts as authority over the dirfrag.</summary>
    public static void SetAuth(Dir dir, bool isAuth) => dir.Set(DirState.Auth, isAuth);

    /// <summary>Sets state bits that are not the cache's own to keep: the complete, creating, fetching, sticky and bad ones, and
    /// those of migrations.</summary>
    public static void SetState(Dir dir, DirState bits, bool value)
    {
        Invariant.That((bits & (DirState.Dirty | DirState.Committing | TreeBits | DirBits)) == 0);
        dir.Set(bits, value);
    }

    /// <summary>Calls the visitor for each open dirfrag of the region: the given one, and those below as far as the subtree
    /// reaches, parents first. Entries are not looked at. The visitor opens and closes none.</summary>
    public static void VisitRegion(Dir top, Action<Dir> visit)
    {
        ArgumentNullException.ThrowIfNull(visit);
        Stack<Dir> left = new([top]);
        while (left.TryPop(out Dir? dir))
        {
            visit(dir);
            for (Dir? below = dir.FirstBelow; below != null; below = below.NextBelow)
            {
                if (!below.IsSubtreeRoot)
                    left.Push(below);
            }
        }
    }

    private IoError AdoptWhole(NodeId inode, PageChain chain, ref Dir? dir)
    {
        bool isNew = dir == null;
        ClearReplicas(chain, chain.Dir);
        if (dir == null)
        {
            dir = Register(inode, chain.Of, chain);
        }
        else
        {
            DirRecord known = Read(dir);
            TakePlaceOf(dir.Pages, chain);
            dir.Pages = chain;
            chain.Moves = dir;
            chain.Epoch = Epoch;
            // A change of the dirfrag itself may be all that is in memory of it.
            if (known.Version > Read(dir).Version)
                TakeRecord(dir, known);
        }

        if (TryIndexAll(dir))
            return IoError.None;
        while (dir.Count > 0)
            Forget(dir, new NodeId(dir.Index.Items[dir.Count - 1].Node), dir.Count - 1);
        if (isNew)
        {
            Unregister(dir);
            dir = null;
            return s_damaged;
        }

        chain.Dispose();
        dir.Pages = PageChain.TryCreate(Pool, PageKind.Dirfrag, dir.Name, Epoch, dir)!;
        Invariant.That(dir.Pages != null);
        return s_damaged;
    }

    /// <summary>Makes nodes of all records, and indexes them: one pass over the pages.</summary>
    private bool TryIndexAll(Dir dir)
    {
        PageChain chain = dir.Pages;
        int count = 0;
        foreach (PageId page in chain.Pages)
            count += Pool.Page(page).LiveCount;
        dir.Index.Reserve(_arena, count);
        _inos.Reserve(count);
        bool isGood = true;
        foreach (PageId page in chain.Pages)
        {
            MetadataPage view = Pool.Page(page);
            foreach (int slot in view.Slots)
            {
                RecordHeader* record = view.Record(slot);
                if (record->Kind is RecordKind.Entry or RecordKind.Link)
                    isGood &= TryIndex(dir, record, new RecordRef(page, (ushort)slot));
            }
        }

        if (dir.Count > 0)
            Pin(dir, PinKind.Child);
        return dir.Index.Sort(new NameSource(this)) && isGood;
    }

    private bool TryIndex(Dir dir, RecordHeader* record, RecordRef at)
    {
        if (((DentryFields*)record)->Replicas.Ranks != 0)
            ClearReplicas(dir.Pages, at);
        NodeId node = Nodes.Add();
        ref NodeSide side = ref Nodes[node];
        side.Page = at.Page;
        side.Slot = at.Slot;
        side.Dir = dir.Id;
        uint hash = ((DentryFields*)record)->Hash;
        dir.Index.Append(_arena, hash, node);
        MakeTrimmable(node, ref side);
        if (record->Kind == RecordKind.Link)
        {
            bool isRemote = ((LinkRecord*)record)->Linkage == DentryLinkage.Remote;
            side.State |= isRemote ? NodeState.Remote : NodeState.None;
            dir.NullCount += isRemote ? 0 : 1;
            return dir.Frag.Contains(hash);
        }

        InodeFields* inode = &((EntryRecord*)record)->Inode;
        if (!dir.Frag.Contains(hash) || !TryAddInode(inode->Ino, node))
            return false;
        side.State |= NodeState.Primary;
        if (FileMode.IsDirectory(inode->Mode))
        {
            side.State |= NodeState.Directory;
            return ((DentryFields*)record)->ExtHead == 0 || TryLoadTree(node);
        }

        return true;
    }

    /// <summary>Takes how a directory is divided from its record; it has no open dirfrags.</summary>
    internal bool TryLoadTree(NodeId node)
    {
        byte[] stored = ReadExt(node, ExtKind.FragTree);
        DropTree(node);
        if (stored.Length == 0)
            return true;
        if (!FragTree.TryDecode(stored, out FragTree tree, out _))
            return false;
        if (!tree.IsUndivided)
            CompanionFor(node).Tree = tree;
        return true;
    }

    private Dir Register(NodeId inode, DirFrag name, PageChain chain)
    {
        Dir dir = new(this, NewDirId(), inode, name) { Pages = chain };
        chain.Moves = dir;
        chain.Epoch = Epoch;
        _dirs[dir.Id] = dir;
        Enlist(dir);
        dir.Set(DirState.Auth, IsAuth(inode));
        return dir;
    }

    private int NewDirId()
    {
        if (_freeDirs.Count > 0)
            return _freeDirs.Pop();
        _dirs.Add(null);
        return _dirs.Count - 1;
    }

    private void FreeDirId(Dir dir)
    {
        _dirs[dir.Id] = null;
        _freeDirs.Push(dir.Id);
    }

    /// <summary>The dirfrag is among its inode's open ones from now on.</summary>
    private void Enlist(Dir dir)
    {
        ref NodeSide side = ref Nodes[dir.Inode];
        if (side.FirstDir == 0)
            Pin(dir.Inode, PinKind.DirFrag);
        Dir? previous = null;
        Dir? next = FirstDirOf(dir.Inode);
        for (; next != null && next.Frag.CompareTo(dir.Frag) < 0; next = next.NextOfInode)
            previous = next;
        dir.NextOfInode = next;
        if (previous == null)
            side.FirstDir = dir.Id;
        else
            previous.NextOfInode = dir;
        LinkBelow(TryDirOf(dir.Inode), dir);
        NoteIdle(dir);
    }

    private static void LinkBelow(Dir? above, Dir dir)
    {
        if (above == null)
            return;
        dir.NextBelow = above.FirstBelow;
        if (dir.NextBelow != null)
            dir.NextBelow.PreviousBelow = dir;
        above.FirstBelow = dir;
    }

    private static void UnlinkBelow(Dir? above, Dir dir)
    {
        if (above == null)
            return;
        if (dir.PreviousBelow == null)
            above.FirstBelow = dir.NextBelow;
        else
            dir.PreviousBelow.NextBelow = dir.NextBelow;
        if (dir.NextBelow != null)
            dir.NextBelow.PreviousBelow = dir.PreviousBelow;
        dir.NextBelow = dir.PreviousBelow = null;
    }

    /// <summary>The entry lies in the dirfrag from now on, and what is open of its inode below it.</summary>
    private void SetDirOf(ref NodeSide side, Dir to)
    {
        for (Dir? below = side.FirstDir == 0 ? null : _dirs[side.FirstDir]; below != null; below = below.NextOfInode)
        {
            UnlinkBelow(_dirs[side.Dir], below);
            LinkBelow(to, below);
        }

        side.Dir = to.Id;
    }

    private void Unregister(Dir dir)
    {
        Invariant.That(dir.Count == 0 && dir.Pins == 0);
        Delist(dir);
        dir.Pages.Dispose();
        dir.Index.Release(_arena);
        FreeDirId(dir);
    }

    /// <summary>The dirfrag is not among its inode's open ones any more.</summary>
    private void Delist(Dir dir)
    {
        Subtrees.Drop(dir);
        ref NodeSide side = ref Nodes[dir.Inode];
        Dir? previous = null;
        for (Dir? at = FirstDirOf(dir.Inode); at != dir; at = at!.NextOfInode)
            previous = at;
        if (previous == null)
            side.FirstDir = dir.NextOfInode?.Id ?? 0;
        else
            previous.NextOfInode = dir.NextOfInode;
        dir.NextOfInode = null;
        UnlinkBelow(TryDirOf(dir.Inode), dir);
        if (side.FirstDir == 0)
            Unpin(dir.Inode, PinKind.DirFrag);
    }
}
