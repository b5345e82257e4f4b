// What adding, removing and moving entries have in common: node, index, inode index and record in step.

using Engine.Buffers;

namespace Engine.Metadata;

public sealed unsafe partial class MetadataCache
{
    /// <summary>Makes the entry of that name a record of the kind: a null entry is converted, else one is added.</summary>
    private IoError TryPlaceEntry(Dir dir, ReadOnlySpan<byte> name, RecordKind kind, out NodeId node)
    {
        uint hash = NameHash.Of(name);
        return TryPlaceEntry(dir, name, hash, dir.Index.Find(new NameSource(this), hash, name), kind, out node);
    }

    private IoError TryPlaceEntry(
        Dir dir, ReadOnlySpan<byte> name, uint hash, int existing, RecordKind kind, out NodeId node)
    {
        Invariant.That(dir.Frag.Contains(hash) && !name.IsEmpty);
        if (existing >= 0)
        {
            node = new NodeId(dir.Index.Items[existing].Node);
            Invariant.That(IsNull(node));
            RecordRef at = PlaceOf(node);
            IoError converted = dir.Pages.TryConvert(ref at, kind);
            if (converted.Failed)
                return converted;
            SetPlace(node, at);
            dir.NullCount--;
            return IoError.None;
        }

        node = NodeId.None;
        IoError error = dir.Pages.TryAdd(kind, name, hash, out RecordRef added);
        if (error.Failed)
            return error;
        node = Nodes.Add();
        SetPlace(node, added);
        AddToDir(dir, node, ~existing, hash);
        MakeTrimmable(node, ref Nodes[node]);
        return IoError.None;
    }

    private void BecomeInode(NodeId node, Ino ino, uint mode)
    {
        ref InodeFields inode = ref WriteInode(node);
        inode.Ino = ino;
        inode.Mode = mode;
        if (FileMode.IsDirectory(mode))
            Nodes[node].State |= NodeState.Directory;
        bool isNew = TryAddInode(ino, node);
        Invariant.That(isNew);
    }

    private void AddToDir(Dir dir, NodeId node, int position, uint hash)
    {
        if (dir.Count == 0)
            Pin(dir, PinKind.Child);
        dir.Index.InsertAt(_arena, position, hash, node);
        SetDirOf(ref Nodes[node], dir);
    }

    private void RemoveFromDir(Dir dir, int position)
    {
        dir.Index.RemoveAt(_arena, position);
        if (dir.Count == 0)
            Unpin(dir, PinKind.Child);
    }

    /// <summary>Removes the record, then the node.</summary>
    private IoError Drop(Dir dir, NodeId node, int position)
    {
        RecordRef at = PlaceOf(node);
        if (!dir.Pages.TryWrite(ref at))
            return IoError.NoMemory;
        Forget(dir, node, position, remove: true);
        return IoError.None;
    }

    /// <summary>Removes the node, and its record unless the whole chain goes.</summary>
    private void Forget(Dir dir, NodeId node, int position, bool remove = false)
    {
        ref NodeSide side = ref Nodes[node];
        Invariant.That(side.FirstDir == 0 && side.NestedAuthPins == 0);
        if ((side.State & NodeState.Dirty) != 0)
            MarkClean(dir, node, new NodeDirtyLinks(Nodes));
        DropTree(node);
        Invariant.That(side.Pins == 0 && side.Companion == 0);
        if (side.Lru.IsLinked)
            _lru.Remove(new NodeLruLinks(Nodes), node.Value);
        if ((side.State & NodeState.Primary) != 0)
            _inos.TryRemove(new InoSource(this), Inode(node).Ino.Value);
        else if ((side.State & NodeState.Remote) == 0)
            dir.NullCount--;
        RecordRef at = PlaceOf(node);
        RemoveFromDir(dir, position);
        Nodes.Remove(node);
        if (!remove)
            return;
        IoError error = dir.Pages.TryRemove(at);
        Invariant.That(!error.Failed);
    }

    /// <summary>Drops a node that may come back; false when memory for a clone of its page was wanting.</summary>
    private bool TryTrim(Dir dir, NodeId node)
    {
        bool isNull = IsNull(node);
        RecordRef at = PlaceOf(node);
        if (!dir.Pages.TryWrite(ref at))
            return false;
        NoteExpired(dir, node);
        Forget(dir, node, PositionOf(dir, node), remove: true);
        if (!isNull)
            dir.Set(DirState.Complete, false);
        return true;
    }

    private void DropTree(NodeId node)
    {
        if (TryCompanionOf(node) is not { Tree: not null } companion)
            return;
        companion.Tree = null;
        DropCompanionIfEmpty(node);
    }

    /// <summary>
    /// Adds a copy of a record, with its attributes, to a chain under another name.
    /// </summary>
    /// <param name="from">The chain that it is in.</param>
    /// <param name="node">Its node, when the chains may be the same: adding may move the original.</param>
    /// <param name="place">Its place, when it has no node.</param>
    /// <param name="to">The chain that it goes to.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="hash">Hash of the name.</param>
    /// <param name="copy">Its place there.</param>
    /// <returns>ENOMEM; nothing has changed then.</returns>
    private IoError TryCopyRecord(PageChain from, NodeId node, RecordRef place, PageChain to, ReadOnlySpan<byte> name, uint hash,
        out RecordRef copy)
    {
        RecordRef source = node.IsNone ? place : PlaceOf(node);
        RecordKind kind = Pool.KindOf(source);
        IoError error = to.TryAdd(kind, name, hash, out copy);
        if (error.Failed)
            return error;
        source = node.IsNone ? place : PlaceOf(node);
        DentryFields* old = Pool.Dentry(source);
        DentryFields* made = Pool.Dentry(copy);
        DentryFields fields = *old;
        fields.Header = made->Header;
        fields.Hash = hash;
        fields.ExtHead = 0;
        *made = fields;
        int fixedBytes = kind == RecordKind.Entry ? EntryRecord.Bytes : LinkRecord.Bytes;
        new ReadOnlySpan<byte>((byte*)old + DentryFields.Bytes, fixedBytes - DentryFields.Bytes)
            .CopyTo(new Span<byte>((byte*)made + DentryFields.Bytes, fixedBytes - DentryFields.Bytes));
        if (old->ExtHead == 0)
            return IoError.None;
        for (ExtKind ext = ExtKind.None + 1; (int)ext < ExtLimits.KindCount && !error.Failed; ext++)
        {
            _scratch ??= new byte[ExtLimits.BytesMax];
            source = node.IsNone ? place : PlaceOf(node);
            if (!from.TryGetExt(source, ext, _scratch, out ReadOnlySpan<byte> value))
                continue;
            if (from == to)
            {
                value.CopyTo(_scratch);
                value = _scratch.AsSpan(0, value.Length);
            }

            error = to.TrySetExt(ref copy, ext, value);
        }

        if (error.Failed)
        {
            IoError undone = to.TryRemove(copy);
            Invariant.That(!undone.Failed);
        }

        return error;
    }

    /// <summary>Gives an entry another name and place; subtrees are as they were.</summary>
    private IoError TryRename(NodeId node, Dir to, ReadOnlySpan<byte> name, bool mayShareName = false)
    {
        uint hash = NameHash.Of(name);
        Dir from = DirOf(node);
        IoError error = TryCopyRecord(from.Pages, node, default, to.Pages, name, hash, out RecordRef at);
        if (error.IsNone)
            Rehome(node, from, to, hash, at, mayShareName);
        return error;
    }

    /// <summary>After the node's record was copied to its new place: everything else follows, and the old record goes.</summary>
    private void Rehome(NodeId node, Dir from, Dir to, uint hash, RecordRef at, bool mayShareName)
    {
        ref NodeSide side = ref Nodes[node];
        if ((side.State & NodeState.Dirty) != 0)
            MarkClean(from, node, new NodeDirtyLinks(Nodes));
        RecordRef old = PlaceOf(node);
        int position = PositionOf(from, node);
        if (IsNull(node))
        {
            from.NullCount--;
            to.NullCount++;
        }

        // The node is indexed at its new place before the old record goes: that may move the new one.
        RemoveFromDir(from, position);
        SetPlace(node, at);
        int target = to.Index.Find(new NameSource(this), hash, Pool.Name(at));
        Invariant.That(target < 0 || mayShareName);
        AddToDir(to, node, target < 0 ? ~target : target, hash);
        if (from != to)
            MoveAuthPins(in side, from, to);
        IoError error = from.Pages.TryRemove(old);
        Invariant.That(!error.Failed);
    }

    /// <summary>Adds what a loaded chain has and the dirfrag in memory has not; what both have has not changed since.</summary>
    private IoError Merge(Dir dir, PageChain loaded)
    {
        IoError error = IoError.None;
        foreach (PageId page in loaded.Pages)
        {
            foreach (int slot in Pool.Page(page).Slots)
            {
                if (!error.Failed && Pool.Page(page).KindOf(slot) is RecordKind.Entry or RecordKind.Link)
                    error = MergeRecord(dir, loaded, new RecordRef(page, (ushort)slot));
            }
        }

        if (!error.Failed && Pool.Dir(loaded.Dir)->Version > VersionOf(dir))
            TakeRecord(dir, in *Pool.Dir(loaded.Dir));
        if (error != IoError.NoMemory)
            loaded.Dispose();
        return error;
    }

    /// <summary>Takes what a dirfrag says of itself from a record elsewhere; who has copies stays.</summary>
    private void TakeRecord(Dir dir, in DirRecord from)
    {
        ref DirRecord record = ref Write(dir);
        DirRecord taken = from;
        taken.Header = record.Header;
        taken.ExtHead = record.ExtHead;
        taken.Replicas = record.Replicas;
        record = taken;
    }

    /// <summary>Says the record, if anything, how its directory is divided?</summary>
    private bool IsTreeGood(PageChain chain, RecordRef at)
    {
        _scratch ??= new byte[ExtLimits.BytesMax];
        return !chain.TryGetExt(at, ExtKind.FragTree, _scratch, out ReadOnlySpan<byte> tree) || tree.IsEmpty
            || FragTree.TryDecode(tree, out _, out _);
    }

    private IoError MergeRecord(Dir dir, PageChain loaded, RecordRef at)
    {
        ReadOnlySpan<byte> name = Pool.Name(at);
        uint hash = Pool.Dentry(at)->Hash;
        int position = dir.Index.Find(new NameSource(this), hash, name);
        if (position >= 0)
            return IoError.None;
        bool isEntry = Pool.KindOf(at) == RecordKind.Entry;
        if (!dir.Frag.Contains(hash) || (isEntry && !(FindInode(Pool.Entry(at)->Inode.Ino).IsNone && IsTreeGood(loaded, at))))
            return s_damaged;
        IoError error = TryCopyRecord(loaded, NodeId.None, at, dir.Pages, name, hash, out RecordRef copy);
        if (error.Failed)
            return error;
        bool isGood = TryIndex(dir, (RecordHeader*)Pool.Dentry(copy), copy);
        Invariant.That(isGood);
        int last = dir.Count - 1;
        NodeId node = EntryAt(dir, last);
        dir.Index.RemoveAt(_arena, last);
        dir.Index.InsertAt(_arena, ~position, hash, node);
        return IoError.None;
    }
}
