// Dirfrags that stand apart: those that may come with a region, made ready before it does, and those of a region that went, which
// are given back bit by bit. Either takes time that grows with the entries, and neither is done while a region stands still.
//
// Ownership: nodes and index are the cache's. The pages of what is made ready stay those of who had that done, until it is taken
// in or dismissed; those of what went are the cache's.
// Invariants: nobody finds a dirfrag that stands apart, nor an inode in it: it is in no inode's list of open ones, the index has
// its inodes but FindInode passes over them, and trimming leaves them. Every inode number is in the index once: who comes by one
// that stands apart ends the dirfrag that it is in. Its nodes are pinned for being dirty, and for others' copies, and for nothing
// else; it hangs on no segment of the journal.

using Engine.Buffers;

namespace Engine.Metadata;

public sealed unsafe partial class MetadataCache
{
    private const DirState Apart = DirState.Coming | DirState.Gone;

    private readonly Queue<Dir> _gone = new();
    private int _apartCount;

    /// <summary>Is there anything of regions that went, to be given back?</summary>
    public bool HasGone => _gone.Count > 0;

    /// <summary>
    /// Makes a dirfrag ready that may come with a region: indexes its entries, so that <see cref="TakeIn"/> need not. Nobody
    /// finds it before. It is given up when anything else brings an inode of it: <see cref="Dir.IsComing"/> says so.
    /// </summary>
    /// <param name="pages">Pages that a validator has accepted in this order; the caller's, who does not change them.</param>
    /// <param name="of">The dirfrag.</param>
    /// <returns>Null where it has to be looked at as it comes: something of it is known here, or it is wrong.</returns>
    public Dir? TryMakeReady(ReadOnlySpan<PageId> pages, DirFrag of)
    {
        PageChain chain = PageChain.AdoptChecked(Pool, pages, of, PageKind.Dirfrag);
        if ((ReplicaSetOf(chain.Dir)->Ranks & (1UL << Me.Value)) != 0 || FindDir(of) is not null)
        {
            chain.Abandon();
            return null;
        }

        Dir dir = new(this, NewDirId(), NodeId.None, of) { Pages = chain };
        _dirs[dir.Id] = dir;
        chain.Moves = dir;
        dir.Set(DirState.Coming, true);
        _apartCount++;
        _importedDirty.Clear();
        bool isGood = TryIndexReady(dir);
        if (isGood && (Pool.Dir(chain.Dir)->State & DirWireState.Dirty) != 0)
            MarkImportedDirty(dir);
        _importedDirty.Clear();
        if (isGood)
            return dir;
        GiveUp(dir);
        return null;
    }

    /// <summary>Takes in what was made ready, as <see cref="Import"/> does with a chain: its pages are the cache's from now on.
    /// </summary>
    public Dir TakeIn(NodeId inode, Dir dir, int segment, long position)
    {
        ArgumentNullException.ThrowIfNull(dir);
        Invariant.That(dir.IsComing && FindDir(inode, dir.Frag) == null, "what is made ready is known nowhere else");
        PageChain chain = dir.Pages;
        DirWireState wire = Pool.Dir(chain.Dir)->State;
        _apartCount--;
        dir.Inode = inode;
        dir.State = DirState.None;
        Enlist(dir);
        dir.State = StateMasks.Import(wire & ~DirWireState.Dirty, DirState.None);
        dir.CommittedVersion = Pool.Dir(chain.Dir)->CommittedVersion;
        dir.CommittingVersion = dir.CommittedVersion;
        if (Read(dir).Replicas.Ranks != 0)
            Pin(dir, PinKind.Replicated);
        if ((wire & DirWireState.Dirty) != 0)
            HangImported(dir, segment, position);
        return dir;
    }

    /// <summary>Gives up what was made ready; its pages are whose they were.</summary>
    public void GiveUp(Dir dir) => Unready(dir).Abandon();

    /// <summary>Gives up what was made ready, but for the chain of its pages.</summary>
    /// <returns>The chain, the caller's with the pages.</returns>
    public PageChain Unready(Dir dir)
    {
        ArgumentNullException.ThrowIfNull(dir);
        Invariant.That(dir.IsComing);
        while (dir.Count > 0)
            ForgetApart(dir);
        PageChain chain = dir.Pages;
        EndApart(dir);
        return chain;
    }

    /// <summary>Gives up what was made ready, and its pages, bit by bit.</summary>
    public void Dismiss(Dir dir)
    {
        ArgumentNullException.ThrowIfNull(dir);
        Invariant.That(dir.IsComing);
        dir.State = DirState.Gone;
        _gone.Enqueue(dir);
    }

    /// <summary>The dirfrag that was made ready and has the inode; null where there is none.</summary>
    public Dir? FindComing(Ino ino, out bool isDirectory)
    {
        NodeId node = _inos.Find(new InoSource(this), ino.Value);
        Dir? dir = node.IsNone ? null : TryDirOf(node);
        isDirectory = !node.IsNone && IsDirectory(node);
        return dir is { IsComing: true } ? dir : null;
    }

    /// <summary>Gives back so many entries of what went, or some more.</summary>
    /// <returns>How many.</returns>
    public int GiveBack(int count)
    {
        int done = 0;
        while (done < count && _gone.TryPeek(out Dir? dir))
        {
            // One that was ended has left its number, maybe to another.
            bool isOver = _dirs[dir.Id] != dir;
            for (; !isOver && dir.Count > 0 && done < count; done++)
                ForgetApart(dir);
            if (!isOver && dir.Count > 0)
                break;
            _gone.Dequeue();
            if (!isOver)
                EndGone(dir);
        }

        return done;
    }

    /// <summary>Does the node lie in a dirfrag that stands apart?</summary>
    internal bool IsApart(NodeId node) => _apartCount > 0 && TryDirOf(node) is { } dir && dir.Has(Apart);

    /// <summary>A dirfrag of a region that went goes out of sight at once, unless something in it is in use.</summary>
    private bool TryDepart(Dir dir)
    {
        int own = (dir.Count > 0 ? 1 : 0) + (dir.IsDirty ? 1 : 0) + (HasOthersCopies(Read(dir).Replicas) ? 1 : 0);
        if (dir.Pins != own || dir.IsSubtreeRoot)
            return false;
        foreach (DirIndexEntry item in dir.Index.Items)
        {
            ref NodeSide side = ref Nodes.At(item.Node);
            int pins = ((side.State & NodeState.Dirty) != 0 ? 1 : 0) + ((side.State & NodeState.Replicated) != 0 ? 1 : 0);
            if (side.Pins != pins)
                return false;
        }

        if (dir.IsDirty)
        {
            Unhang(dir);
            ClearDirty(dir);
        }

        if (HasOthersCopies(Read(dir).Replicas))
            Unpin(dir, PinKind.Replicated);
        Delist(dir);
        dir.State = DirState.Gone;
        dir.Inode = NodeId.None;
        _apartCount++;
        _gone.Enqueue(dir);
        return true;
    }

    /// <summary>Adds an inode to the index; false where it is known. One that stands apart gives way.</summary>
    private bool TryAddInode(Ino ino, NodeId node)
    {
        while (!_inos.TryAdd(new InoSource(this), ino.Value, node))
        {
            NodeId other = _inos.Find(new InoSource(this), ino.Value);
            if (!IsApart(other) || DirOf(other) is not { } dir || dir == TryDirOf(node))
                return false;
            if (dir.IsComing)
            {
                GiveUp(dir);
                continue;
            }

            while (dir.Count > 0)
                ForgetApart(dir);
            EndGone(dir);
        }

        return true;
    }

    private bool TryIndexReady(Dir dir)
    {
        int count = 0;
        foreach (PageId page in dir.Pages.Pages)
            count += Pool.Page(page).LiveCount;
        dir.Index.Reserve(_arena, count);
        _inos.Reserve(count);
        bool isGood = true;
        foreach (PageId page in dir.Pages.Pages)
        {
            foreach (int slot in Pool.Page(page).Slots)
            {
                RecordRef at = new(page, (ushort)slot);
                if (isGood && Pool.KindOf(at) is RecordKind.Entry or RecordKind.Link)
                    isGood = TryIndexReady(dir, at);
            }
        }

        if (dir.Count > 0)
            Pin(dir, PinKind.Child);
        return isGood && dir.Index.Sort(new NameSource(this));
    }

    private bool TryIndexReady(Dir dir, RecordRef at)
    {
        DentryFields* dentry = Pool.Dentry(at);
        bool isEntry = Pool.KindOf(at) == RecordKind.Entry;
        bool isGood = dir.Frag.Contains(dentry->Hash) && (dentry->Replicas.Ranks & (1UL << Me.Value)) == 0
            && (!isEntry || (FindInode(Pool.Entry(at)->Inode.Ino).IsNone && IsTreeGood(dir.Pages, at)));
        if (!isGood)
            return false;
        NodeId node = Nodes.Add();
        SetPlace(node, at);
        Nodes[node].Dir = dir.Id;
        if (isEntry && !TryAddInode(Pool.Entry(at)->Inode.Ino, node))
        {
            Nodes.Remove(node);
            return false;
        }

        dir.Index.Append(_arena, dentry->Hash, node);
        MakeTrimmable(node, ref Nodes[node]);
        if (dentry->Replicas.Ranks != 0)
        {
            Nodes[node].State |= NodeState.Replicated;
            Pin(node, PinKind.Replicated);
        }

        if ((dentry->State & DentryWireState.Dirty) != 0)
            _importedDirty.Add((dentry->Version, node));
        BecomeAsRecord(dir, node);
        return true;
    }

    /// <summary>Forgets the last entry.</summary>
    private void ForgetApart(Dir dir)
    {
        int position = dir.Count - 1;
        NodeId node = EntryAt(dir, position);
        if ((Nodes[node].State & NodeState.Replicated) != 0)
        {
            Nodes[node].State &= ~NodeState.Replicated;
            Unpin(node, PinKind.Replicated);
        }

        Forget(dir, node, position);
    }

    private void EndGone(Dir dir)
    {
        dir.Pages.Dispose();
        EndApart(dir);
    }

    /// <summary>A dirfrag that stands apart, without entries by now, is none any more.</summary>
    private void EndApart(Dir dir)
    {
        Invariant.That(dir.Count == 0 && dir.Pins == 0 && dir.DirtyNodes.IsEmpty);
        _apartCount--;
        dir.State = DirState.None;
        dir.Index.Release(_arena);
        FreeDirId(dir);
    }
}
