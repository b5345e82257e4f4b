// Names: look up, add, turn into one another, remove, move. What the statistics, versions and journal make of it is the
// server's.

using System.Runtime.CompilerServices;
using Engine.Buffers;

namespace Engine.Metadata;

public sealed unsafe partial class MetadataCache
{
    private byte[]? _scratch;

    /// <summary>The node of an inode; none when it is not in memory.</summary>
    public NodeId FindInode(Ino ino)
    {
        NodeId node = _inos.Find(new InoSource(this), ino.Value);
        return _apartCount > 0 && !node.IsNone && IsApart(node) ? NodeId.None : node;
    }

    /// <summary>The entry of that name in a dirfrag, null entries included; none when it is not in memory.</summary>
    public NodeId Lookup(Dir dir, ReadOnlySpan<byte> name)
    {
        int at = dir.Index.Find(new NameSource(this), NameHash.Of(name), name);
        return at < 0 ? NodeId.None : UsedAt(dir, at);
    }

    /// <summary>The same, the name's hash given.</summary>
    /// <param name="dir">Where.</param>
    /// <param name="name">The name.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="position">The entry's position; or, complemented, where it belongs. Good until entries come or go.</param>
    internal NodeId Lookup(Dir dir, ReadOnlySpan<byte> name, uint hash, out int position)
    {
        position = dir.Index.Find(new NameSource(this), hash, name);
        return position < 0 ? NodeId.None : UsedAt(dir, position);
    }

    /// <summary>The entry of that name in a directory, null entries included; none when it, or the dirfrag in which it belongs,
    /// is not in memory.</summary>
    public NodeId Lookup(NodeId directory, ReadOnlySpan<byte> name)
    {
        uint hash = NameHash.Of(name);
        Dir? dir = FindDirFor(directory, hash);
        if (dir == null)
            return NodeId.None;
        int at = dir.Index.Find(new NameSource(this), hash, name);
        return at < 0 ? NodeId.None : UsedAt(dir, at);
    }

    /// <summary>The entry at a position in the order of readdir, from 0 to below <see cref="Dir.Count"/>.</summary>
    public static NodeId EntryAt(Dir dir, int position)
    {
        Invariant.That((uint)position < (uint)dir.Count);
        return new NodeId(dir.Index.Items[position].Node);
    }

    /// <summary>The first position behind a cursor: that of the least entry greater than (hash, name).</summary>
    public int PositionAfter(Dir dir, uint hash, ReadOnlySpan<byte> name) =>
        dir.Index.After(new NameSource(this), hash, name);

    /// <summary>The node's state bits.</summary>
    public NodeState StateOf(NodeId node) => Nodes[node].State;

    /// <summary>Is the node an inode, with or without an entry?</summary>
    public bool HasInode(NodeId node) => (Nodes[node].State & (NodeState.Primary | NodeState.Base)) != 0;

    /// <summary>Is the entry a null one: the name is known not to exist?</summary>
    public bool IsNull(NodeId node) =>
        (Nodes[node].State & (NodeState.Primary | NodeState.Base | NodeState.Remote)) == 0;

    /// <summary>Is the entry a remote one?</summary>
    public bool IsRemote(NodeId node) => (Nodes[node].State & NodeState.Remote) != 0;

    /// <summary>Is the inode a directory?</summary>
    public bool IsDirectory(NodeId node) => (Nodes[node].State & NodeState.Directory) != 0;

    /// <summary>Does this rank act as authority over the node? It does as it does over its dirfrag.</summary>
    public bool IsAuth(NodeId node)
    {
        ref NodeSide side = ref Nodes[node];
        return side.Dir == 0 ? (side.State & NodeState.BaseAuth) != 0 : _dirs[side.Dir]!.IsAuth;
    }

    /// <summary>Sets or clears state bits of migrations and of renames over several ranks.</summary>
    public void SetState(NodeId node, NodeState bits, bool value)
    {
        Invariant.That((bits & ~(NodeState.Freezing | NodeState.Frozen | NodeState.FrozenAuthPin | NodeState.AmbiguousAuth
            | NodeState.ExportingCaps | NodeState.EvalStaleCaps | NodeState.QueuedExportPin | NodeState.Purging)) == 0);
        ref NodeSide side = ref Nodes[node];
        side.State = value ? side.State | bits : side.State & ~bits;
    }

    /// <summary>Adds a base inode.</summary>
    /// <returns>ENOMEM when the pool is exhausted.</returns>
    public IoError TryAddBase(Ino ino, uint mode, bool isAuth, out NodeId node)
    {
        node = NodeId.None;
        Invariant.That(ino.IsBase && FindInode(ino).IsNone);
        IoError error = _baseChain.TryAdd(RecordKind.Entry, [], 0, out RecordRef at);
        if (error.Failed)
            return error;
        node = Nodes.Add();
        SetPlace(node, at);
        ref NodeSide side = ref Nodes[node];
        side.State |= NodeState.Base | (isAuth ? NodeState.BaseAuth : NodeState.None);
        BecomeInode(node, ino, mode);
        _bases.Add(node);
        return IoError.None;
    }

    /// <summary>Adds a primary entry with an inode of zeroes but for number and mode, in place of a null entry or of
    /// nothing.</summary>
    /// <returns>ENOMEM when the pool is exhausted; nothing has changed.</returns>
    public IoError TryLinkPrimary(Dir dir, ReadOnlySpan<byte> name, Ino ino, uint mode, out NodeId node)
    {
        uint hash = NameHash.Of(name);
        int position = dir.Index.Find(new NameSource(this), hash, name);
        return TryLinkPrimary(dir, name, hash, position, ino, mode, out node);
    }

    /// <summary>The same, the name's hash and its place in the index given.</summary>
    internal IoError TryLinkPrimary(
        Dir dir, ReadOnlySpan<byte> name, uint hash, int position, Ino ino, uint mode, out NodeId node)
    {
        IoError error = TryPlaceEntry(dir, name, hash, position, RecordKind.Entry, out node);
        if (error.Failed)
            return error;
        Nodes[node].State |= NodeState.Primary;
        BecomeInode(node, ino, mode);
        return IoError.None;
    }

    /// <summary>Adds a primary entry that is known whole where there is none, as a change of a dirfrag that is marked dirty.
    /// </summary>
    /// <param name="dir">Where.</param>
    /// <param name="image">The entry, checked, of the version of that change; its inode is not in memory.</param>
    /// <param name="name">The name.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="position">Its place in the index, complemented.</param>
    /// <param name="coming">How many entries come in a row for the dirfrag, this one included.</param>
    /// <param name="node">The entry.</param>
    /// <returns>ENOMEM when the pool is exhausted; nothing has changed.</returns>
    internal IoError TryLinkImage(
        Dir dir, in EntryRecord image, ReadOnlySpan<byte> name, uint hash, int position, int coming, out NodeId node)
    {
        Invariant.That(position < 0 && dir.IsDirty && dir.Frag.Contains(hash) && !name.IsEmpty);
        node = NodeId.None;
        IoError error = dir.Pages.TryAddImage(image, name, hash, out RecordRef at, coming);
        if (error.Failed)
            return error;
        node = Nodes.Add();
        ref NodeSide side = ref Nodes[node];
        side.Page = at.Page;
        side.Slot = at.Slot;
        bool isDirectory = FileMode.IsDirectory(image.Inode.Mode);
        side.State |= NodeState.Primary | NodeState.Dirty | (isDirectory ? NodeState.Directory : NodeState.None);
        dir.Index.Reserve(_arena, dir.Count + coming);
        AddToDir(dir, node, ~position, hash);
        dir.DirtyNodes.AddLast(new NodeDirtyLinks(Nodes), node.Value);
        Pin(node, PinKind.Dirty);
        bool isNew = TryAddInode(image.Inode.Ino, node);
        Invariant.That(isNew);
        return IoError.None;
    }

    /// <summary>Adds a remote entry, in place of a null entry or of nothing.</summary>
    /// <param name="dir">Where.</param>
    /// <param name="name">The name.</param>
    /// <param name="ino">The inode that it leads to.</param>
    /// <param name="type">Its type, as in dirent's d_type.</param>
    /// <param name="node">The entry.</param>
    /// <returns>ENOMEM when the pool is exhausted; nothing has changed.</returns>
    public IoError TryLinkRemote(Dir dir, ReadOnlySpan<byte> name, Ino ino, byte type, out NodeId node)
    {
        IoError error = TryPlaceEntry(dir, name, RecordKind.Link, out node);
        if (error.Failed)
            return error;
        Nodes[node].State |= NodeState.Remote;
        ref LinkRecord link = ref WriteLink(node);
        link.Linkage = DentryLinkage.Remote;
        link.RemoteIno = ino;
        link.RemoteType = type;
        return IoError.None;
    }

    /// <summary>Adds a null entry where there is no entry.</summary>
    /// <returns>ENOMEM when the pool is exhausted; nothing has changed.</returns>
    public IoError TryAddNull(Dir dir, ReadOnlySpan<byte> name, out NodeId node)
    {
        Invariant.That(dir.Index.Find(new NameSource(this), NameHash.Of(name), name) < 0);
        IoError error = TryPlaceEntry(dir, name, RecordKind.Link, out node);
        if (!error.Failed)
            dir.NullCount++;
        return error;
    }

    /// <summary>Makes a null entry of a primary or remote one. The inode, without open dirfrags, is gone.</summary>
    /// <returns>ENOMEM when the pool is exhausted; the entry is as it was but may lack extended attributes.</returns>
    public IoError TryMakeNull(NodeId node)
    {
        ref NodeSide side = ref Nodes[node];
        Invariant.That(side.FirstDir == 0 && side.Dir != 0 && !IsNull(node));
        Dir dir = _dirs[side.Dir]!;
        RecordRef at = PlaceOf(node);
        if ((side.State & NodeState.Primary) != 0)
        {
            ulong ino = Inode(node).Ino.Value;
            _inos.TryRemove(new InoSource(this), ino);
            IoError error = dir.Pages.TryConvert(ref at, RecordKind.Link);
            SetPlace(node, at);
            if (error.Failed)
            {
                _inos.TryAdd(new InoSource(this), ino, node);
                return error;
            }
        }
        else
        {
            WriteLink(node).Linkage = DentryLinkage.Null;
            WriteLink(node).RemoteIno = default;
            WriteLink(node).RemoteType = 0;
        }

        side.State &= ~(NodeState.Primary | NodeState.Remote | NodeState.Directory);
        dir.NullCount++;
        DropTree(node);
        return IoError.None;
    }

    /// <summary>Removes an entry that nobody pins, but for being dirty, with its record.</summary>
    /// <returns>ENOMEM when a page under I/O could not be cloned; nothing has changed then.</returns>
    public IoError TryRemove(NodeId node)
    {
        ref NodeSide side = ref Nodes[node];
        Invariant.That(side.Dir != 0);
        Dir dir = _dirs[side.Dir]!;
        Invariant.That(side.Pins == ((side.State & NodeState.Dirty) != 0 ? 1 : 0));
        return Drop(dir, node, PositionOf(dir, node));
    }

    /// <summary>
    /// Moves an entry, with what hangs on it, to another name or dirfrag; the node stays the same. A null entry of that name
    /// gives way. Subtree roots below follow: see <see cref="SubtreeMap"/>. The node is clean afterwards: the caller marks
    /// it dirty at its new place, and the dirfrag that it left.
    /// </summary>
    /// <returns>ENOMEM when the pool is exhausted; nothing has changed then.</returns>
    public IoError TryMove(NodeId node, Dir to, ReadOnlySpan<byte> name)
    {
        uint hash = NameHash.Of(name);
        Invariant.That(to.Frag.Contains(hash));
        int existing = to.Index.Find(new NameSource(this), hash, name);
        if (existing >= 0)
        {
            NodeId inTheWay = new(to.Index.Items[existing].Node);
            Invariant.That(inTheWay != node && IsNull(inTheWay));
            IoError removed = TryRemove(inTheWay);
            if (removed.Failed)
                return removed;
        }

        Authority old = Subtrees.AuthorityOf(DirOf(node));
        IoError error = TryRename(node, to, name);
        if (error.IsNone)
            Subtrees.AdjustAfterRename(node, old);
        return error;
    }

    /// <summary>
    /// Gives two entries each other's name and place; neither lies below the other. Otherwise as <see cref="TryMove"/>.
    /// </summary>
    /// <returns>ENOMEM when the pool is exhausted; the first may have moved then, beside the other, and the cache is of no more
    /// use: who has made sure of <see cref="HasRoomToMove"/> is not told so.</returns>
    internal IoError TryExchange(NodeId one, NodeId other)
    {
        Dir oneDir = DirOf(one);
        Dir otherDir = DirOf(other);
        Authority oneAuth = Subtrees.AuthorityOf(oneDir);
        Authority otherAuth = Subtrees.AuthorityOf(otherDir);
        Invariant.That(one != other && !IsNull(one) && !IsNull(other));
        byte[] oneName = NameOf(one).ToArray();
        IoError error = TryRename(one, otherDir, NameOf(other).ToArray(), mayShareName: true);
        if (error.IsNone)
            error = TryRename(other, oneDir, oneName);
        if (error.Failed)
            return error;
        Subtrees.AdjustAfterRename(one, oneAuth);
        Subtrees.AdjustAfterRename(other, otherAuth);
        return IoError.None;
    }

    /// <summary>Does the node lie in, or below, the directory? To refuse to move a directory into itself.</summary>
    public bool IsBelow(NodeId node, NodeId directory)
    {
        for (NodeId at = node; ; at = _dirs[Nodes[at].Dir]!.Inode)
        {
            if (at == directory)
                return true;
            if (Nodes[at].Dir == 0)
                return false;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private NodeId UsedAt(Dir dir, int at)
    {
        NodeId node = new(dir.Index.Items[at].Node);
        ref NodeSide side = ref Nodes[node];
        if ((side.State & NodeState.Referenced) == 0)
            side.State |= NodeState.Referenced;
        return node;
    }

    private int PositionOf(Dir dir, NodeId node)
    {
        int at = dir.Index.FindNode(Dentry(node).Hash, node);
        Invariant.That(at >= 0);
        return at;
    }
}
