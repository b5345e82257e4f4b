// The bytes. References into pages are good until the next call that adds, removes, resizes or prepares to write a
// record of the same dirfrag. What writes asks Write... in the same step: the page is cloned first if I/O refers to it.

using System.Runtime.CompilerServices;
using System.Text;
using Engine.Buffers;

namespace Engine.Metadata;

public sealed unsafe partial class MetadataCache
{
    /// <summary>Room that the pool must have for a change to be begun: clones of pages under I/O, and the pages that one
    /// entry may need. Below it a request fails before it changes anything.</summary>
    private const long ChangeBytesMax = 8L * PageSize.BytesMax;

    /// <summary>Beside that, for each entry that moves with attributes on pages of their own: those are cloned, and written anew.
    /// </summary>
    private const long LongMoveBytesMax = 4L * PageSize.BytesMax;

    /// <summary>Room for what a look-up opens.</summary>
    private const long ReadBytesMax = PageSize.BytesMax;

    /// <summary>May a change be begun? If not, it fails for want of memory.</summary>
    public bool HasRoomForChange => HasRoom(ChangeBytesMax);

    /// <summary>The same with room for the empty dirfrags that are opened on the way to it.</summary>
    public bool HasRoomToBegin => HasRoom(ChangeBytesMax + ReadBytesMax);

    /// <summary>May a change be begun that moves so many entries with long attributes, beside all else?</summary>
    public bool HasRoomToMove(int entries) => HasRoom(ChangeBytesMax + (entries * LongMoveBytesMax));

    /// <summary>The same with room for the empty dirfrags that are opened on the way to it.</summary>
    public bool HasRoomToBeginMove(int entries) => HasRoom(ChangeBytesMax + ReadBytesMax + (entries * LongMoveBytesMax));

    /// <summary>Is there room for the empty dirfrags that a look-up opens?</summary>
    public bool HasRoomToRead => HasRoom(ReadBytesMax);

    /// <summary>Can what a dirfrag counts be folded into its inode? That takes memory only for clones of pages under I/O: in
    /// the end, with none under way, it is always possible, however full the cache is.</summary>
    public bool HasRoomToFold(Dir dir)
    {
        long bytes = CloneBytes(dir.Pages.Dir.Page) + CloneBytes(PlaceOf(dir.Inode).Page);
        if (ParentOf(dir) is { } above)
            bytes += CloneBytes(above.Pages.Dir.Page);
        return HasRoom(bytes);
    }

    /// <summary>The entry of a node.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref readonly DentryFields Dentry(NodeId node) => ref *Pool.Dentry(PlaceOf(node));

    /// <summary>The inode of a primary or base node.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref readonly InodeFields Inode(NodeId node) => ref Pool.Entry(PlaceOf(node))->Inode;

    /// <summary>What a remote or null node says.</summary>
    public ref readonly LinkRecord Link(NodeId node) => ref *Pool.Link(PlaceOf(node));

    /// <summary>The whole record of a primary or base node.</summary>
    public ref readonly EntryRecord Entry(NodeId node) => ref *Pool.Entry(PlaceOf(node));

    /// <summary>The name of a node; empty for a base inode.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> NameOf(NodeId node) => Pool.Name(PlaceOf(node));

    /// <summary>What the dirfrag says of itself.</summary>
    public ref readonly DirRecord Read(Dir dir) => ref *Pool.Dir(dir.Pages.Dir);

    /// <summary>The entry of a node, to be changed now.</summary>
    public ref DentryFields WriteDentry(NodeId node) => ref *Pool.Dentry(PlaceToWrite(node));

    /// <summary>The inode of a primary or base node, to be changed now.</summary>
    public ref InodeFields WriteInode(NodeId node) => ref Pool.Entry(PlaceToWrite(node))->Inode;

    /// <summary>The record of a remote or null node, to be changed now.</summary>
    public ref LinkRecord WriteLink(NodeId node) => ref *Pool.Link(PlaceToWrite(node));

    /// <summary>What the dirfrag says of itself, to be changed now.</summary>
    public ref DirRecord Write(Dir dir)
    {
        RecordRef at = dir.Pages.Dir;
        if (!dir.Pages.TryWrite(ref at))
            Invariant.Fail("a change was begun without room for it");
        return ref *Pool.Dir(at);
    }

    /// <summary>Where the node's record is now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RecordRef PlaceOf(NodeId node)
    {
        ref NodeSide side = ref Nodes[node];
        return new RecordRef(side.Page, side.Slot);
    }

    /// <summary>The chain that the node's record is in.</summary>
    public PageChain ChainOf(NodeId node) => TryDirOf(node)?.Pages ?? _baseChain;

    /// <summary>An attribute of variable length of the node, copied out; empty when it has none.</summary>
    public byte[] ReadExt(NodeId node, ExtKind kind)
    {
        int length = ExtLength(node, kind);
        if (length <= 0)
            return [];
        byte[] copy = new byte[length];
        ChainOf(node).TryGetExt(PlaceOf(node), kind, copy, out ReadOnlySpan<byte> value);
        value.CopyTo(copy);
        return copy;
    }

    /// <summary>Length of an attribute; -1 when the node has none of the kind.</summary>
    public int ExtLength(NodeId node, ExtKind kind) => ChainOf(node).ExtLength(PlaceOf(node), kind);

    /// <summary>Sets an attribute of variable length of the node; an empty one is removed.</summary>
    /// <returns>ENOMEM when the pool is exhausted, E2BIG when it is longer than may be; unchanged then.</returns>
    public IoError WriteExt(NodeId node, ExtKind kind, ReadOnlySpan<byte> value)
    {
        RecordRef at = PlaceOf(node);
        PageChain chain = ChainOf(node);
        return value.IsEmpty ? chain.TryRemoveExt(ref at, kind) : chain.TrySetExt(ref at, kind, value);
    }

    /// <summary>The path of a node from its base inode, byte for byte, each name behind a slash.</summary>
    /// <returns>Its bytes; -1 when they do not fit.</returns>
    public int TryWritePath(NodeId node, Span<byte> path)
    {
        int length = 0;
        for (NodeId at = node; Nodes[at].Dir != 0; at = DirOf(at).Inode)
            length += 1 + NameOf(at).Length;
        if (length > path.Length)
            return -1;
        int end = length;
        for (NodeId at = node; Nodes[at].Dir != 0; at = DirOf(at).Inode)
        {
            ReadOnlySpan<byte> name = NameOf(at);
            end -= name.Length;
            name.CopyTo(path[end..]);
            path[--end] = (byte)'/';
        }

        return length;
    }

    /// <summary>The path of a node from its base inode, for people: <c>/a/b</c>.</summary>
    public string PathOf(NodeId node)
    {
        List<NodeId> nodes = [];
        NodeId at = node;
        for (; Nodes[at].Dir != 0; at = DirOf(at).Inode)
            nodes.Add(at);
        StringBuilder path = new();
        if (Inode(at).Ino != Ino.Root)
            path.Append(Inode(at).Ino);
        if (nodes.Count == 0 && path.Length == 0)
            path.Append('/');
        for (int i = nodes.Count - 1; i >= 0; i--)
            path.Append('/').Append(NameText.Show(NameOf(nodes[i])));
        return path.ToString();
    }

    /// <summary>The chain of base inodes moved a record: the node follows.</summary>
    void IRecordMoves.RecordMoved(RecordRef from, RecordRef to)
    {
        if (Pool.KindOf(to) != RecordKind.Entry)
            return;
        NodeId node = FindInode(Pool.Entry(to)->Inode.Ino);
        if (!node.IsNone && PlaceOf(node) == from)
            SetPlace(node, to);
    }

    /// <summary>A dirfrag's chain moved a record: the node follows. A record that is not indexed yet, or not any more, has
    /// none.</summary>
    internal void RecordMoved(Dir dir, RecordRef from, RecordRef to)
    {
        if (Pool.KindOf(to) is not (RecordKind.Entry or RecordKind.Link))
            return;
        uint hash = Pool.Dentry(to)->Hash;
        Span<DirIndexEntry> items = dir.Index.Items;
        for (int at = dir.Index.LowerBound(hash); at < items.Length && items[at].Hash == hash; at++)
        {
            NodeId node = new(items[at].Node);
            if (PlaceOf(node) == from)
            {
                SetPlace(node, to);
                return;
            }
        }
    }

    private bool HasRoom(long bytes) => Pool.BytesMax - Pool.BytesUsed >= bytes;

    private long CloneBytes(PageId page) => Pool.IsShared(page) ? PageSize.Of(page.SizeClass) : 0;

    private void SetPlace(NodeId node, RecordRef at)
    {
        ref NodeSide side = ref Nodes[node];
        side.Page = at.Page;
        side.Slot = at.Slot;
    }

    private RecordRef PlaceToWrite(NodeId node)
    {
        RecordRef at = PlaceOf(node);
        if (!ChainOf(node).TryWrite(ref at))
            Invariant.Fail("a change was begun without room for it");
        return at;
    }

    private void StampVersion(NodeId node, ulong version)
    {
        RecordRef at = PlaceToWrite(node);
        Pool.Dentry(at)->Version = version;
        if (Pool.KindOf(at) == RecordKind.Entry)
            Pool.Entry(at)->Inode.Version = version;
    }
}
