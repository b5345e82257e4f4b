// What makes inodes, and what all changes do first: find the dirfrag, wait for it, make sure of room.
//
// Invariant: between Begin and EndChange nothing waits and nothing fails.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>What makes inodes: mkdir, create, symlink. Source: mkdir(2), open(2), symlink(2).</content>
internal sealed partial class NamespaceServer
{
    private Progress Make(RequestContext context, out IoError error)
    {
        ClientRequest request = context.Request;
        bool opens = request.Op == ClientOp.Create && (request.Flags & OpenFlags.OrOpen) != 0;
        bool follows = opens && request.Follow && (request.Flags & OpenFlags.Exclusive) == 0;
        PathTail tail = follows ? PathTail.TargetFile : PathTail.Name;
        Progress progress = Walk(context, request.Base, request.Path.Span, tail, out PathWalk walk, out error);
        if (progress == Progress.Waits)
            return progress;
        if (walk.HasTrailingSlash && request.Op == ClientOp.Create && (error.IsNone || error == IoError.NotDirectory))
            error = IoError.IsDirectory;
        else if (error == IoError.NotDirectory && walk.HasTrailingSlash && !walk.Node.IsNone)
            error = IoError.Exists;
        if (error.Failed)
            return Progress.Done;
        if (!walk.Node.IsNone)
        {
            if (opens && (request.Flags & OpenFlags.Exclusive) == 0)
                return OpenNode(context, walk.Node, walk.Entry, out error);
            error = IoError.Exists;
            return Progress.Done;
        }

        progress = LockNames(context, NodeId.None, walk.Parent, NodeId.None, NodeId.None, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = CheckMake(request, walk);
        if (error.Failed)
            return Progress.Done;
        return MakeEntry(context, walk.Parent, walk.Name, out error);
    }

    private IoError CheckMake(ClientRequest request, in PathWalk walk)
    {
        if (request.Op != ClientOp.MakeDirectory && walk.HasTrailingSlash)
            return IoError.NoEntry;
        if (request.Op == ClientOp.SymbolicLink && request.Value.IsEmpty)
            return IoError.NoEntry;
        if (request.Op == ClientOp.SymbolicLink && request.Value.Length > ExtLimits.SymlinkMax)
            return IoError.NameTooLong;
        if (request.Op == ClientOp.Create && CheckSize(request.Changes.Size) is { Failed: true } impossible)
            return impossible;
        if (_cache.TryDirOf(walk.Parent) is null && _cache.Inode(walk.Parent).Ino != Ino.Root)
            return IoError.NotPermitted;
        return CheckModify(walk.Parent, request.Caller);
    }

    /// <summary>May the caller add to and remove from the directory? One whose own name is gone takes nothing any more.</summary>
    private IoError CheckModify(NodeId directory, Credential caller) => IsNameless(directory)
        ? IoError.NoEntry
        : Access.Check(_cache.Inode(directory), caller, Access.Write | Access.Execute);

    private Progress MakeEntry(RequestContext context, NodeId parent, ReadOnlySpan<byte> name, out IoError error)
    {
        ClientRequest request = context.Request;
        Progress progress = OpenToChange(context, parent, name, out Dir? dir, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = CheckRoomIn(dir!);
        if (error.Failed)
            return Progress.Done;
        int attributes = request.Op == ClientOp.SymbolicLink ? request.Value.Length : 0;
        progress = Begin(context, attributes, out error, dir);
        if (progress == Progress.Waits || error.Failed)
            return progress;

        bool isDirectory = request.Op == ClientOp.MakeDirectory;
        uint type = isDirectory ? FileMode.Directory
            : request.Op == ClientOp.SymbolicLink ? FileMode.SymbolicLink : FileMode.Regular;
        uint permissions = request.Op == ClientOp.SymbolicLink ? 0x1FF : request.Changes.Mode ?? (isDirectory ? 0x1EDu : 0x1A4u);
        if (isDirectory)
            permissions &= ~(Access.SetUid | Access.SetGid);
        uint mode = Access.NewMode(permissions, type, _cache.Inode(parent), out bool inheritsGroup);
        uint gid = inheritsGroup ? _cache.Inode(parent).Gid : request.Caller.Gid;
        if (request.Caller.IsRoot && request.Changes.Gid is { } given)
            gid = given;
        bool isSetGidProgram = !isDirectory && (mode & Access.SetGid) != 0 && (mode & Access.GroupExecute) != 0;
        if (isSetGidProgram && !request.Caller.IsRoot && !request.Caller.IsIn(gid))
            mode &= ~Access.SetGid;
        Ino ino = TakeIno();
        Require(_cache.TryLinkPrimary(dir!, name, ino, mode, out NodeId node));
        InitializeInode(node, request, gid);
        Dir? made = null;
        if (isDirectory)
        {
            Require(_cache.TryOpen(node, Frag.Root, out made));
            MetadataCache.SetState(made!, DirState.Complete, true);
        }
        else if (attributes > 0)
        {
            Require(_cache.WriteExt(node, ExtKind.Symlink, request.Value.Span));
        }

        CountEntry(dir!, _cache.Inode(node), 1);
        MarkDirty(node);
        EmitDir(dir!);
        EmitEntry(node);
        if (made is not null)
        {
            _cache.MarkDirty(made, _journal.Segment, Seq);

            // The way to it is the entry above.
            made.ContextSegment = _journal.Segment;
            _event!.Add(EventTag.NewDir, default);
        }

        NoteOpen(context, node);
        long seq = EndChange(context, ino);
        ReplyToChange(context, new ClientReply(request.Tid, IoError.None) { Stat = StatOf(node) }, seq);
        return Progress.Done;
    }

    private void InitializeInode(NodeId node, ClientRequest request, uint gid)
    {
        ref InodeFields inode = ref _cache.WriteInode(node);
        inode.Uid = request.Caller.IsRoot ? request.Changes.Uid ?? 0 : request.Caller.Uid;
        inode.Gid = gid;
        inode.LinkCount = 1;
        inode.Size = (ulong)request.Value.Length;
        inode.Atime = request.Changes.AccessedAt ?? _nowNanos;
        inode.Mtime = request.Changes.ModifiedAt ?? _nowNanos;
        inode.Ctime = _nowNanos;
        inode.Btime = _nowNanos;
        inode.ChangeAttr = 1;
        inode.ExportPin = -1;
        inode.Loner = -1;
        if (request.Op == ClientOp.Create && request.Changes.Size is { } size)
            inode.Size = (ulong)size;
    }

    /// <summary>The dirfrag in which a name is to be changed: complete, this rank's own, and not frozen.</summary>
    private Progress OpenToChange(
        Continuation context, NodeId directory, ReadOnlySpan<byte> name, out Dir? dir, out IoError error)
    {
        Progress progress = OpenFor(context, directory, NameHash.Of(name), out dir, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        if (!dir!.IsAuth)
            return SendOn(context, dir, out error);
        if (!dir.IsComplete)
            return Fetch(context, dir, out error);
        if (AwaitThaw(context, dir) == Progress.Waits)
            return Progress.Waits;
        return AwaitUnreplicated(context, _cache.Lookup(dir, name));
    }

    /// <summary>Waits while the dirfrag is freezing or frozen.</summary>
    private Progress AwaitThaw(Continuation context, Dir dir)
    {
        if (_cache.CanAuthPin(dir))
            return Progress.Done;
        // Who freezes the dirfrag may need what is held.
        (context as RequestContext)?.ReleaseLocks();
        _cache.Wait(dir, dir.IsAuth ? WaitMask.Unfreeze : WaitMask.SingleAuth, context);
        return Progress.Waits;
    }

    /// <summary><see cref="BeginChange"/>; where the journal is full for the moment, the request waits for it, and so it does
    /// where the cache is full of what is not written back yet.</summary>
    private Progress Begin(Continuation context, long bytes, out IoError error, Dir? dir = null, Dir? other = null)
    {
        error = IoError.None;
        long wanted = bytes + WayBytes(dir) + WayBytes(other);
        JournalRoom room = _journal.Failure.Failed ? JournalRoom.Open : _journal.Ask(wanted);
        if (room == JournalRoom.Expiring)
        {
            _journal.WaitForRoom(context);
            return Progress.Waits;
        }

        if (room != JournalRoom.Flushing)
        {
            error = room == JournalRoom.Full ? _journal.Refuse(wanted) : BeginChange(EventKind.Update, bytes, dir, other);
            _journal.WantsMemory |= error == IoError.NoMemory;
            if (error == IoError.NoMemory && _journal.CanFree)
            {
                error = IoError.None;
                _journal.WaitForRoom(context);
                return Progress.Waits;
            }

            // With nothing on its way, waiting would change nothing.
            if (error != IoError.Again || _journal.LastSeq == _journal.DurableSeq)
                return Progress.Done;
            error = IoError.None;
        }

        _journal.WhenDurable(_journal.LastSeq, context);
        return Progress.Waits;
    }

    /// <summary>What <see cref="BeginChange"/> made sure of cannot fail.</summary>
    private static void Require(IoError error) =>
        Invariant.That(error.IsNone, "a change was begun without room for it");
}
