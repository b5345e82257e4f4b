// What changes nothing, and opens.
//
// Invariant: an answer tells nothing that a crash could take back: it waits for the newest event that it depends on.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>What changes nothing. Answers wait until what they tell is durable.</content>
internal sealed partial class NamespaceServer
{
    private const int ListingMax = 4096;

    private static readonly IoError s_badHandle = new(9);

    /// <summary>Attributes of an inode in memory.</summary>
    public FileStat StatOf(NodeId node)
    {
        ref readonly InodeFields inode = ref _cache.Inode(node);
        FileStat stat = StatOf(inode);
        if (stat.Type != InodeType.Directory)
            return stat;
        SumOf(node, out FragStat entries, out RecursiveStat below);
        return stat with
        {
            Links = inode.LinkCount == 0 ? 0 : entries.Subdirs + 2,
            Size = entries.Files + (long)entries.Subdirs,
            ModifiedAt = Math.Max(inode.Mtime, entries.Mtime),
            ChangedAt = Math.Max(inode.Ctime, entries.Mtime),
            ChangeCount = inode.ChangeAttr + entries.ChangeAttr,
            RecursiveBytes = (long)below.Bytes,
            RecursiveFiles = (long)below.Files,
            RecursiveDirectories = below.Subdirs,
        };
    }

    private static FileStat StatOf(in InodeFields inode) => new()
    {
        Ino = inode.Ino,
        Type = Access.TypeOf(inode.Mode),
        Mode = inode.Mode & Access.PermissionMask,
        Uid = inode.Uid,
        Gid = inode.Gid,
        Links = inode.LinkCount,
        Size = (long)inode.Size,
        AccessedAt = inode.Atime,
        ModifiedAt = inode.Mtime,
        ChangedAt = inode.Ctime,
        ChangeCount = inode.ChangeAttr,
    };

    /// <summary>Attributes by number, where the inode is in memory.</summary>
    public bool TryStat(Ino ino, out FileStat stat)
    {
        NodeId node = _cache.FindInode(ino);
        stat = node.IsNone ? default : StatOf(node);
        return !node.IsNone;
    }

    /// <summary>Attributes of what a name of a directory leads to, where all of it is in memory.</summary>
    public bool TryLookup(Ino directory, ReadOnlySpan<byte> name, out FileStat stat)
    {
        stat = default;
        NodeId node = _cache.FindInode(directory);
        if (node.IsNone || !_cache.IsDirectory(node))
            return false;
        NodeId entry = _cache.Lookup(node, name);
        if (entry.IsNone || _cache.IsNull(entry))
            return false;
        if (_cache.IsRemote(entry))
            entry = _cache.FindInode(_cache.Link(entry).RemoteIno);
        if (entry.IsNone)
            return false;
        stat = StatOf(entry);
        return true;
    }

    /// <summary>The newest event that an inode's attributes, or the way to it, depend on.</summary>
    private long ChangedAt(NodeId node, NodeId entry)
    {
        long changedAt = Math.Max(_cache.TryDirOf(node)?.ChangedAt ?? 0, _cache.TryDirOf(entry)?.ChangedAt ?? 0);
        for (Dir? dir = _cache.FirstDirOf(node); dir is not null; dir = MetadataCache.NextDirOf(dir))
            changedAt = Math.Max(changedAt, dir.ChangedAt);
        return changedAt;
    }

    private static PathTail TailOf(ClientRequest request) => request.Follow ? PathTail.Target : PathTail.Link;

    private Progress Stat(RequestContext context, out IoError error)
    {
        ClientRequest request = context.Request;
        Progress progress = WalkToInode(context, request.Base, request.Path.Span, TailOf(request), out PathWalk walk, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        if (!_cache.IsAuth(walk.Node))
            return SendOn(context, walk.Node, out error);
        progress = LockToRead(context, walk.Node, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        ClientReply reply = new(request.Tid, IoError.None) { Stat = StatOf(walk.Node) };
        ReplyWhenStable(context, reply, ChangedAt(walk.Node, walk.Entry));
        return Progress.Done;
    }

    private Progress Open(RequestContext context, out IoError error)
    {
        ClientRequest request = context.Request;
        Progress progress = WalkToInode(context, request.Base, request.Path.Span, TailOf(request), out PathWalk walk, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        return OpenNode(context, walk.Node, walk.Entry, out error);
    }

    /// <summary>Opens what is there: checks, and cuts a file where asked.</summary>
    private Progress OpenNode(RequestContext context, NodeId node, NodeId entry, out IoError error)
    {
        ClientRequest request = context.Request;
        if (!_cache.IsAuth(node))
            return SendOn(context, node, out error);
        // What a client is given while the region goes elsewhere, nobody there would know of.
        bool keeps = (request.Flags & OpenFlags.Keep) != 0;
        if (keeps && _cache.TryDirOf(node) is { } dir && AwaitThaw(context, dir) == Progress.Waits)
        {
            error = IoError.None;
            return Progress.Waits;
        }

        bool cuts = (request.Flags & OpenFlags.Truncate) != 0;
        Progress locked = LockAttributes(context, node, new AttributeChanges { Size = cuts ? 0 : null }, out error);
        if (locked == Progress.Waits || error.Failed)
            return locked;
        ref readonly InodeFields inode = ref _cache.Inode(node);
        InodeType type = Access.TypeOf(inode.Mode);
        bool writes = (request.Flags & (OpenFlags.Write | OpenFlags.Truncate)) != 0;
        error = IoError.None;
        if (type == InodeType.SymbolicLink)
            error = (request.Flags & OpenFlags.Directory) != 0 ? IoError.NotDirectory : IoError.Loop;
        else if ((request.Flags & OpenFlags.Directory) != 0 && type != InodeType.Directory)
            error = IoError.NotDirectory;
        else if (type == InodeType.Directory && (writes || request.Op == ClientOp.Create))
            error = IoError.IsDirectory;
        if (error.Failed)
            return Progress.Done;
        uint wanted = (writes ? Access.Write : 0) | ((request.Flags & OpenFlags.Read) != 0 ? Access.Read : 0);
        error = Access.Check(inode, request.Caller, wanted);
        if (error.Failed)
            return Progress.Done;
        if ((request.Flags & OpenFlags.Truncate) != 0 && type == InodeType.File)
        {
            Progress progress = ApplyAttributes(context, node, new AttributeChanges { Size = 0, ModifiedNow = true }, out error);
            if (progress == Progress.Done && error.IsNone)
                NoteOpen(context, node);
            return progress;
        }

        error = RefusalToTell(ChangedAt(node, entry));
        if (error.Failed)
            return Progress.Done;
        NoteOpen(context, node);
        ReplyWhenStable(context, new ClientReply(request.Tid, IoError.None) { Stat = StatOf(node) }, ChangedAt(node, entry));
        return Progress.Done;
    }

    private void NoteOpen(RequestContext context, NodeId node)
    {
        if (context.Request.Op is not (ClientOp.Open or ClientOp.Create) || (context.Request.Flags & OpenFlags.Keep) == 0)
            return;
        context.Opened = _cache.Inode(node).Ino;
        _clients.Open(context.Session, context.Opened, node, context.Request.Flags);
        NoteOpened(context.Opened);
    }

    /// <summary>Ends what the client has open of an inode: it has nothing of it any more. The base names the inode.</summary>
    private Progress Close(RequestContext context, out IoError error)
    {
        Ino ino = context.Request.Base;
        NodeId node = _cache.FindInode(ino);
        error = IoError.None;
        if (_clients.Caps.IsMoving(ino, context.Asker) && _cache.IsFrozen(node))
        {
            _cache.Wait(node, WaitMask.Unfreeze, context);
            return Progress.Waits;
        }

        bool isDropped = _clients.Caps.TryDrop(context.Session, ino);
        if (!isDropped && !node.IsNone && !_cache.IsAuth(node))
            return SendOn(context, node, out error);
        error = isDropped ? IoError.None : s_badHandle;
        if (error.IsNone)
            ReplyWhenStable(context, new ClientReply(context.Request.Tid, IoError.None), 0);
        return Progress.Done;
    }

    private Progress ReadLink(RequestContext context, out IoError error)
    {
        ClientRequest request = context.Request;
        Progress progress = WalkToInode(context, request.Base, request.Path.Span, PathTail.Link, out PathWalk walk, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        if (!_cache.IsAuth(walk.Node))
            return SendOn(context, walk.Node, out error);
        if (!IsLink(walk.Node))
        {
            error = IoError.Invalid;
            return Progress.Done;
        }

        ClientReply reply = new(request.Tid, IoError.None) { Value = _cache.ReadExt(walk.Node, ExtKind.Symlink) };
        ReplyWhenStable(context, reply, ChangedAt(walk.Node, walk.Entry));
        return Progress.Done;
    }

    private Progress ReadXattr(RequestContext context, out IoError error)
    {
        ClientRequest request = context.Request;
        Progress progress = WalkToInode(context, request.Base, request.Path.Span, TailOf(request), out PathWalk walk, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        if (!_cache.IsAuth(walk.Node))
            return SendOn(context, walk.Node, out error);
        progress = LockPart(context, walk.Node, LockKind.Xattr, LockMode.Read, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        byte[] stored = _cache.ReadExt(walk.Node, ExtKind.Xattrs);
        byte[]? value = request.Op == ClientOp.ListXattr ? XattrNames(walk.Node, stored) : null;
        if (request.Op == ClientOp.GetXattr)
        {
            error = XattrSet.CheckName(request.XattrName, request.Caller);
            if (error.IsNone && !XattrSet.IsVirtual(request.XattrName))
                error = Access.Check(_cache.Inode(walk.Node), request.Caller, Access.Read);
            if (error.IsNone)
                error = GetXattr(walk.Node, stored, request.XattrName, out value);
            if (error.Failed)
                return Progress.Done;
        }

        ClientReply reply = new(request.Tid, IoError.None) { Value = value };
        ReplyWhenStable(context, reply, ChangedAt(walk.Node, walk.Entry));
        return Progress.Done;
    }

    /// <summary>All names, each ended by a zero byte; the pin's too, where the directory has one.</summary>
    private byte[] XattrNames(NodeId node, byte[] stored)
    {
        byte[] names = XattrSet.Names(stored);
        return _cache.Inode(node).ExportPin < 0 ? names : [.. XattrSet.PinName, 0, .. names];
    }

    private IoError GetXattr(NodeId node, byte[] stored, string name, out byte[]? value)
    {
        if (!XattrSet.IsVirtual(name))
            return XattrSet.TryGet(stored, name, out value) ? IoError.None : IoError.NoData;
        int pin = _cache.Inode(node).ExportPin;
        value = System.Text.Encoding.ASCII.GetBytes(pin.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return pin < 0 ? IoError.NoData : IoError.None;
    }

    private Progress ReadDirectory(RequestContext context, out IoError error)
    {
        ClientRequest request = context.Request;
        Progress progress = WalkToInode(context, request.Base, request.Path.Span, PathTail.Target, out PathWalk walk, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = _cache.IsDirectory(walk.Node) ? IoError.None : IoError.NotDirectory;
        if (error.Failed)
            return Progress.Done;
        uint hash = Math.Min(request.Cursor.Hash, Frag.HashMax);
        progress = OpenFor(context, walk.Node, hash, out Dir? dir, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        if (!dir!.IsAuth)
            return SendOn(context, dir, out error);
        progress = LockToRead(context, walk.Node, out error);
        if (progress == Progress.Done && error.IsNone)
            error = Access.Check(_cache.Inode(walk.Node), request.Caller, Access.Read);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        if (!dir.IsComplete)
            return Fetch(context, dir, out error);
        _seen = Math.Max(_seen, ChangedAt(walk.Node, walk.Entry));
        List(context, walk.Node, dir, hash);
        return Progress.Done;
    }

    /// <summary>Entries of one dirfrag, from the cursor on.</summary>
    private void List(RequestContext context, NodeId directory, Dir dir, uint hash)
    {
        ClientRequest request = context.Request;
        int limit = Math.Clamp(request.Limit, 1, ListingMax);
        List<DirectoryItem> items = [];
        int position = _cache.PositionAfter(dir, hash, request.Cursor.Name.Span);
        DirectoryCursor cursor = request.Cursor;
        while (position < dir.Count && items.Count < limit)
        {
            NodeId entry = MetadataCache.EntryAt(dir, position++);
            if (_cache.IsNull(entry))
                continue;
            DirectoryItem item = ItemOf(entry);
            items.Add(item);
            cursor = new DirectoryCursor(_cache.Dentry(entry).Hash, item.Name);
        }

        bool isOver = position >= dir.Count;
        uint last = dir.Frag.Last;
        bool isEnd = isOver && last >= Frag.HashMax;
        ClientReply reply = new(request.Tid, IoError.None)
        {
            Stat = StatOf(directory),
            Items = items,
            IsEnd = isEnd,
            Cursor = isEnd ? default : isOver ? DirectoryCursor.Behind(last) : cursor,
        };
        ReplyWhenStable(context, reply, dir.ChangedAt);
    }

    private DirectoryItem ItemOf(NodeId entry)
    {
        byte[] name = _cache.NameOf(entry).ToArray();
        if (!_cache.IsRemote(entry))
        {
            ref readonly InodeFields inode = ref _cache.Inode(entry);
            return new DirectoryItem(name, inode.Ino, Access.TypeOf(inode.Mode));
        }

        ref readonly LinkRecord link = ref _cache.Link(entry);
        return new DirectoryItem(name, link.RemoteIno, Access.TypeOf((uint)link.RemoteType << 12));
    }
}
