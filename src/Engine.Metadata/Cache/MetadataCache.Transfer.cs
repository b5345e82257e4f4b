// Dirfrags that change hands as their pages are.
//
// At the rank that gives, the region is frozen: what lies beside the pages and has to go along (which entries changed, what is
// complete) is written into them, they are sealed, and what Share lists is sent. At the rank that gets, a chain that was
// received and validated takes the place of what copy there was: nodes in use stay the nodes they are, their records become
// those of the chain. Nothing is installed before CheckImport has accepted all of it.
// Source: migrator specification, 1.3, 2.6 and 8.3.

using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

public sealed unsafe partial class MetadataCache
{
    private readonly List<(ulong Version, NodeId Node)> _importedDirty = [];

    /// <summary>
    /// Makes the pages of a dirfrag say all that another rank has to know, and seals them: <see cref="PageChain.Share"/> then
    /// lists what to send. May be called again: pages that have not changed stay as they were sealed. What is sent of a dirfrag
    /// that is not frozen is not its last word.
    /// </summary>
    /// <returns>ENOMEM when pages that I/O refers to cannot be cloned; the dirfrag is as it was.</returns>
    public IoError TrySealForExport(Dir dir)
    {
        RecordRef own = dir.Pages.Dir;
        DirWireState state = StateMasks.ToWire(dir.State);
        // A page that says it already stays the page that may have been sent before.
        if (Pool.Dir(own)->State != state || Pool.Dir(own)->CommittedVersion != dir.CommittedVersion)
        {
            if (!dir.Pages.TryWrite(ref own))
                return IoError.NoMemory;
            Pool.Dir(own)->State = state;
            Pool.Dir(own)->CommittedVersion = dir.CommittedVersion;
        }

        return TryMarkDirtyOnPages(dir) && dir.Pages.TrySeal() ? IoError.None : IoError.NoMemory;
    }

    /// <summary>Can the chain take the place of what is known here of the dirfrag? Nothing changes.</summary>
    /// <param name="inode">The directory, or none when it arrives with the same message.</param>
    /// <param name="chain">Received, and validated by itself.</param>
    /// <param name="inos">Inodes of the same message that were looked at before; those of the chain are added.</param>
    /// <returns>EUCLEAN when it contradicts the cache or the message: an inode that lies elsewhere or came before, or an entry in
    /// use here that the chain does not have or has as something else.</returns>
    public IoError CheckImport(NodeId inode, PageChain chain, InoSet inos)
    {
        ArgumentNullException.ThrowIfNull(chain);
        ArgumentNullException.ThrowIfNull(inos);
        Dir? known = inode.IsNone ? null : FindDir(inode, chain.Of.Frag);
        if (known is { IsAuth: true })
            return s_damaged;
        int found = 0;
        foreach (PageId page in chain.Pages)
        {
            foreach (int slot in Pool.Page(page).Slots)
            {
                RecordRef at = new(page, (ushort)slot);
                if (Pool.KindOf(at) is not (RecordKind.Entry or RecordKind.Link))
                    continue;
                NodeId same = known is null ? NodeId.None : NodeOfName(known, at);
                if (!IsImportable(chain, at, same, inos))
                    return s_damaged;
                found += same.IsNone ? 0 : 1;
            }
        }

        return known is null || found == known.Count ? IoError.None : s_damaged;
    }

    /// <summary>
    /// Takes a chain over that <see cref="CheckImport"/> has accepted: this rank is authority over the dirfrag from now on. Of
    /// the ranks with copies, this one is none any more.
    /// </summary>
    /// <param name="inode">The directory.</param>
    /// <param name="chain">The cache's from now on.</param>
    /// <param name="segment">The journal's segment with the event that brings it; what the other rank had not committed hangs on
    /// it.</param>
    /// <param name="position">End of that event.</param>
    /// <param name="isRoot">It is the root of what arrives: its inode is where it was.</param>
    /// <param name="former">Gets the numbers of the copies that this rank had; null where the chain was stored, and who had
    /// copies then is of no interest any more.</param>
    /// <returns>The dirfrag.</returns>
    public Dir Import(
        NodeId inode, PageChain chain, int segment, long position, bool isRoot = false, FormerCopies? former = null)
    {
        ArgumentNullException.ThrowIfNull(chain);
        Dir? dir = FindDir(inode, chain.Of.Frag);
        DirIndex index = default;
        PageChain? replaced = null;
        ulong sealedBy = chain.Epoch;
        if (dir is null)
        {
            dir = Register(inode, chain.Of, chain);
        }
        else
        {
            Invariant.That(!dir.IsDirty, "copies are clean");
            (index, dir.Index) = (dir.Index, default);
            (replaced, dir.Pages) = (dir.Pages, chain);
            chain.Moves = dir;
            dir.NullCount = 0;
        }

        bool isCorrected = isRoot && replaced is not null && IsCountedHere(inode) && KeepCounted(replaced, dir);

        // The pages stay sealed as they came, to be written down so; they are this rank's own when the import is over.
        chain.Epoch = sealedBy;

        DirWireState wire = Pool.Dir(chain.Dir)->State;
        dir.State = StateMasks.Import(wire & ~DirWireState.Dirty, dir.State);
        dir.CommittedVersion = Pool.Dir(chain.Dir)->CommittedVersion;
        dir.CommittingVersion = dir.CommittedVersion;
        if (former is null)
            ClearReplicas(chain, chain.Dir);
        else if (LoadNonce(chain, chain.Dir, Me) is var own and not 0)
            former.Dirs[chain.Of] = own;
        DropOwnReplica(chain, chain.Dir);
        if (Read(dir).Replicas.Ranks != 0)
            Pin(dir, PinKind.Replicated);
        IndexImported(dir, index, former);
        index.Release(_arena);
        replaced?.Dispose();
        dir.MarkedVersion = null;
        if (isCorrected || (wire & DirWireState.Dirty) != 0)
        {
            HangImported(dir, segment, position);
            MarkImportedDirty(dir);
        }

        _importedDirty.Clear();
        return dir;
    }

    /// <summary>A region is another rank's from now on. What nobody uses here is dropped; what is in use, and what leads to it,
    /// stays as copies, and so does the root. Its subtree root's authority is the caller's to adjust.</summary>
    /// <param name="top">The root of the region.</param>
    /// <param name="kept">Gets what stays, for the other rank to know; null where nobody has to.</param>
    /// <param name="former">Copies that were here before, which the other rank knows by these numbers; null for none.</param>
    public void LeaveRegion(Dir top, KeptCopies? kept, FormerCopies? former = null)
    {
        List<Dir> region = [];
        VisitRegion(top, region.Add);
        for (int at = region.Count - 1; at >= 0; at--)
            Leave(region[at], isTop: at == 0, kept, former);
    }

    /// <summary>Wakes whoever waits for anything in a region.</summary>
    public void WakeRegion(Dir top)
    {
        VisitRegion(top, dir => Wake(dir, WaitMask.Any));
        // A companion that goes meanwhile leaves its place empty.
        for (int at = 1; at < _companions.Count; at++)
        {
            if (_companions[at]?.Waiters is { IsEmpty: false } list && TryDirOf(list.Node) is { } dir
                && Subtrees.TryFindRoot(dir) == top)
                Wake(list, WaitMask.Any, IoError.None, key: null);
        }
    }

    private void Leave(Dir dir, bool isTop, KeptCopies? kept, FormerCopies? former)
    {
        // While a journal is read there is time, and nobody to give back the rest.
        if (!isTop && kept is not null && former is null && TryDepart(dir))
            return;
        ForgetDirty(dir);
        if (HasOthersCopies(Read(dir).Replicas))
            Unpin(dir, PinKind.Replicated);
        dir.State = StateMasks.AfterExport(dir.State);
        dir.CommittedVersion = dir.CommittingVersion = 0;
        int stay = 0;
        for (int position = 0; position < dir.Count; position++)
        {
            NodeId node = EntryAt(dir, position);
            if (HasOthersCopies(Dentry(node).Replicas))
                Unpin(node, PinKind.Replicated);
            stay += Nodes[node].Pins > 0 ? 1 : 0;
        }

        // Pages that go anyway need not be put in order.
        bool isLeft = !isTop && stay == 0 && dir.Pins == (dir.Count > 0 ? 1 : 0);
        for (int position = dir.Count - 1; position >= 0; position--)
        {
            NodeId node = EntryAt(dir, position);
            if (Nodes[node].Pins > 0)
            {
                BecomeCopy(dir, node, kept, former);
                continue;
            }

            // The other rank knows of the copy that was here, which does not come back.
            if (former is not null && former.Nodes.TryGetValue(node, out uint nonce))
            {
                SetOwnNonce(node, nonce);
                NoteExpired(dir, node);
            }

            Forget(dir, node, position, remove: !isLeft);
        }

        if (isLeft)
        {
            if (former is not null && former.Dirs.TryGetValue(dir.Name, out uint nonce))
            {
                SetOwnNonce(dir, nonce);
                NoteExpired(dir);
            }

            Unregister(dir);
            return;
        }

        SetOwnNonce(dir, former?.Dirs.GetValueOrDefault(dir.Name, ExportNonce) ?? ExportNonce);
        kept?.Dirs.Add(new ExpiredDir(dir.Name, ExportNonce));
    }

    /// <summary>Do other ranks have copies? Replay may have kept a copy of its own from before, which the region did not bring.
    /// </summary>
    private bool HasOthersCopies(in ReplicaSet replicas) => (replicas.Ranks & ~(1UL << Me.Value)) != 0;

    private void BecomeCopy(Dir dir, NodeId node, KeptCopies? kept, FormerCopies? former)
    {
        ref NodeSide side = ref Nodes[node];
        side.State = StateMasks.AfterExport(side.State);
        SetOwnNonce(node, former?.Nodes.GetValueOrDefault(node, ExportNonce) ?? ExportNonce);
        kept?.Entries.Add(new ExpiredEntry(dir.Name, NameOf(node).ToArray(), ExportNonce));
    }

    /// <summary>Says on the pages of the dirty nodes that they are. It stays there: what says so without need is kept by who gets
    /// it until the dirfrag is committed, and no longer.</summary>
    private bool TryMarkDirtyOnPages(Dir dir)
    {
        // Whatever becomes dirty gives the dirfrag another version.
        if (dir.MarkedVersion == VersionOf(dir))
            return true;
        NodeDirtyLinks links = new(Nodes);
        for (int at = dir.DirtyNodes.First; at >= 0; at = dir.DirtyNodes.Next(links, at))
        {
            RecordRef place = PlaceOf(new NodeId(at));
            if (Pool.Dentry(place)->State == DentryWireState.Dirty)
                continue;
            if (!dir.Pages.TryWrite(ref place))
                return false;
            Pool.Dentry(place)->State = DentryWireState.Dirty;
        }

        dir.MarkedVersion = VersionOf(dir);
        return true;
    }

    /// <summary>Is the directory's inode this rank's by its journal? One that is given away while the dirfrag comes is so no more
    /// from the event on that gives it: its new authority has been told what was counted.</summary>
    private bool IsCountedHere(NodeId inode) =>
        IsAuth(inode) && (TryDirOf(inode) is not { } home || Subtrees.AuthorityOf(home).First == Me.Value);

    /// <summary>What the directory's inode counts of the dirfrag is known where the inode is: who gives the dirfrag may not have
    /// heard of it yet.</summary>
    /// <returns>Was it something else?</returns>
    private bool KeepCounted(PageChain known, Dir dir)
    {
        ref readonly DirRecord before = ref *Pool.Dir(known.Dir);
        ref readonly DirRecord came = ref Read(dir);
        if (came.AccountedStat == before.AccountedStat && came.AccountedRecursive == before.AccountedRecursive)
            return false;
        ref DirRecord now = ref Write(dir);
        now.AccountedStat = before.AccountedStat;
        now.AccountedRecursive = before.AccountedRecursive;
        return true;
    }

    /// <summary>The node of the same name as a record elsewhere.</summary>
    private NodeId NodeOfName(Dir dir, RecordRef at)
    {
        int position = dir.Index.Find(new NameSource(this), Pool.Dentry(at)->Hash, Pool.Name(at));
        return position < 0 ? NodeId.None : EntryAt(dir, position);
    }

    private bool IsImportable(PageChain chain, RecordRef at, NodeId same, InoSet inos)
    {
        if (!chain.Of.Frag.Contains(Pool.Dentry(at)->Hash))
            return false;
        if (Pool.KindOf(at) == RecordKind.Link)
            return same.IsNone || !HasInode(same);
        Ino ino = Pool.Entry(at)->Inode.Ino;
        NodeId lies = FindInode(ino);
        bool isWhereItWas = lies.IsNone ? same.IsNone || !HasInode(same) : lies == same;
        return isWhereItWas && inos.Add(ino) && IsTreeGood(chain, at);
    }

    /// <summary>Makes nodes of the chain's records, those in use here the nodes that they were.</summary>
    private void IndexImported(Dir dir, DirIndex known, FormerCopies? former)
    {
        int count = 0;
        foreach (PageId page in dir.Pages.Pages)
            count += Pool.Page(page).LiveCount;
        dir.Index.Reserve(_arena, count);
        _inos.Reserve(count);
        foreach (PageId page in dir.Pages.Pages)
        {
            foreach (int slot in Pool.Page(page).Slots)
            {
                RecordRef at = new(page, (ushort)slot);
                if (Pool.KindOf(at) is RecordKind.Entry or RecordKind.Link)
                    IndexImported(dir, known, at, former);
            }
        }

        if (dir.Count > 0 && known.Count == 0)
            Pin(dir, PinKind.Child);
        bool isSorted = dir.Index.Sort(new NameSource(this));
        Invariant.That(isSorted, "what was checked has no name twice");
    }

    private void IndexImported(Dir dir, DirIndex known, RecordRef at, FormerCopies? former)
    {
        if (former is null && Pool.Dentry(at)->Replicas.Ranks != 0)
            ClearReplicas(dir.Pages, at);
        uint hash = Pool.Dentry(at)->Hash;
        int position = known.Count == 0 ? -1 : known.Find(new NameSource(this), hash, Pool.Name(at));
        NodeId node = position < 0 ? Nodes.Add() : new NodeId(known.Items[position].Node);
        SetPlace(node, at);
        Nodes[node].Dir = dir.Id;
        dir.Index.Append(_arena, hash, node);
        if (position < 0)
            MakeTrimmable(node, ref Nodes[node]);
        else if (former is not null && LoadNonce(dir.Pages, at, Me) is var own and not 0)
            former.Nodes[node] = own;
        DropOwnReplica(dir.Pages, at);
        DentryFields* dentry = Pool.Dentry(PlaceOf(node));
        bool hasCopies = dentry->Replicas.Ranks != 0;
        Nodes[node].State = hasCopies ? Nodes[node].State | NodeState.Replicated : Nodes[node].State & ~NodeState.Replicated;
        if (hasCopies)
            Pin(node, PinKind.Replicated);
        if ((dentry->State & DentryWireState.Dirty) != 0)
            _importedDirty.Add((dentry->Version, node));
        bool hadInode = (Nodes[node].State & NodeState.Primary) != 0;
        if (!hadInode && Pool.KindOf(PlaceOf(node)) == RecordKind.Entry)
        {
            bool isNew = TryAddInode(Pool.Entry(PlaceOf(node))->Inode.Ino, node);
            Invariant.That(isNew, "what was checked lies nowhere else");
        }

        BecomeAsRecord(dir, node);
    }

    /// <summary>The node, whose inode is in the index where it has one, is what its record says.</summary>
    private void BecomeAsRecord(Dir dir, NodeId node)
    {
        RecordRef at = PlaceOf(node);
        ref NodeSide side = ref Nodes[node];
        side.State &= ~(NodeState.Remote | NodeState.Directory);
        if (Pool.KindOf(at) == RecordKind.Link)
        {
            bool isRemote = Pool.Link(at)->Linkage == DentryLinkage.Remote;
            side.State |= isRemote ? NodeState.Remote : NodeState.None;
            dir.NullCount += isRemote ? 0 : 1;
            return;
        }

        side.State |= NodeState.Primary;
        if (!FileMode.IsDirectory(Pool.Entry(at)->Inode.Mode))
            return;
        side.State |= NodeState.Directory;
        if (side.FirstDir == 0 && Pool.Dentry(at)->ExtHead != 0)
            TryLoadTree(node);
    }

    /// <summary>This rank has no copy any more, it has the thing itself.</summary>
    private void DropOwnReplica(PageChain chain, RecordRef at)
    {
        if ((ReplicaSetOf(at)->Ranks & (1UL << Me.Value)) == 0)
            return;
        IoError error = StoreNonce(chain, at, Me, 0);
        Invariant.That(!error.Failed, "fewer numbers need no memory");
    }

    /// <summary>The dirfrag is dirty, of the version that it has.</summary>
    private void HangImported(Dir dir, int segment, long position)
    {
        dir.ChangedAt = position;
        dir.Set(DirState.Dirty, true);
        DirtyDirCount++;
        Pin(dir, PinKind.Dirty);
        Hang(dir, segment);
    }

    /// <summary>Nodes of it are, that were noted as they were indexed.</summary>
    private void MarkImportedDirty(Dir dir)
    {
        _importedDirty.Sort(static (one, other) => one.Version.CompareTo(other.Version));
        NodeDirtyLinks links = new(Nodes);
        foreach ((_, NodeId node) in CollectionsMarshal.AsSpan(_importedDirty))
        {
            Nodes[node].State |= NodeState.Dirty;
            dir.DirtyNodes.AddLast(links, node.Value);
            Pin(node, PinKind.Dirty);
        }
    }
}
