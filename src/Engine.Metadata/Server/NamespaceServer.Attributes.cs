// Attributes of inodes: chmod, chown, truncate, utimens, extended attributes, the export pin.
//
// Invariant: an attempt checks everything first and changes nothing unless it changes all; every change of an inode goes through
// BeginNodeChange and EndNodeChange, which stamp the change time and describe the inode in the event.

using System.Globalization;
using System.Text;
using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Attributes. Source: chmod(2), chown(2), truncate(2), utimensat(2), setxattr(2).</content>
internal sealed partial class NamespaceServer
{
    /// <summary>Longest file, as ext4 has it with blocks of 4 KiB.</summary>
    private const long FileBytesMax = (16L << 40) - 4096;

    private static readonly IoError s_fileTooBig = new(27);

    private Progress SetAttributes(RequestContext context, out IoError error)
    {
        ClientRequest request = context.Request;
        error = CheckSize(request.Changes.Size);
        if (error.Failed)
            return Progress.Done;
        Progress progress = WalkToInode(context, request.Base, request.Path.Span, TailOf(request), out PathWalk walk, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        if (!_cache.IsAuth(walk.Node))
            return SendOn(context, walk.Node, out error);
        progress = LockAttributes(context, walk.Node, request.Changes, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = CheckChanges(_cache.Inode(walk.Node), request.Caller, request.Changes);
        if (error.Failed)
            return Progress.Done;
        if (request.Changes != default)
            return ApplyAttributes(context, walk.Node, request.Changes, out error);
        ClientReply reply = new(request.Tid, IoError.None) { Stat = StatOf(walk.Node) };
        ReplyWhenStable(context, reply, ChangedAt(walk.Node, walk.Entry));
        return Progress.Done;
    }

    private static IoError CheckSize(long? size) =>
        size < 0 ? IoError.Invalid : size > FileBytesMax ? s_fileTooBig : IoError.None;

    private static IoError CheckChanges(in InodeFields inode, Credential caller, in AttributeChanges changes)
    {
        IoError error = IoError.None;
        bool isOwner = caller.IsRoot || caller.Uid == inode.Uid;
        if (changes.Size is not null)
        {
            error = Access.TypeOf(inode.Mode) == InodeType.Directory ? IoError.IsDirectory
                : Access.TypeOf(inode.Mode) != InodeType.File ? IoError.Invalid
                : Access.Check(inode, caller, Access.Write);
        }

        if (error.IsNone && changes.Mode is not null)
            error = Access.CheckOwner(inode, caller);
        if (error.IsNone && changes.Uid is { } uid && !caller.IsRoot && (!isOwner || uid != inode.Uid))
            error = IoError.NotPermitted;
        if (error.IsNone && changes.Gid is { } gid && !caller.IsRoot && (!isOwner || !(caller.IsIn(gid) || gid == inode.Gid)))
            error = IoError.NotPermitted;
        bool isTouch = changes.AccessedNow && changes.ModifiedNow;
        bool setsTimes = changes.AccessedNow || changes.ModifiedNow || (changes.AccessedAt ?? changes.ModifiedAt) is not null;
        if (error.IsNone && setsTimes && !isOwner)
            error = isTouch ? Access.Check(inode, caller, Access.Write) : IoError.NotPermitted;
        return error;
    }

    private Progress ApplyAttributes(RequestContext context, NodeId node, in AttributeChanges changes, out IoError error)
    {
        Progress progress = BeginNodeChange(context, node, DirsBytes(node), out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        long sizeBefore = (long)_cache.Inode(node).Size;
        ref InodeFields inode = ref _cache.WriteInode(node);
        ApplyOwner(ref inode, context.Request.Caller, changes);
        if (changes.Size is { } size)
        {
            inode.Size = (ulong)size;
            inode.Mtime = _nowNanos;
            ClearSetIds(ref inode, context.Request.Caller);
        }

        if (changes.AccessedAt is { } accessed || changes.AccessedNow)
            inode.Atime = changes.AccessedNow ? _nowNanos : changes.AccessedAt!.Value;
        if (changes.ModifiedAt is not null || changes.ModifiedNow)
        {
            inode.Mtime = changes.ModifiedNow ? _nowNanos : changes.ModifiedAt!.Value;
            inode.Stat.Mtime = 0;
            ForgetContentTimes(node);
        }

        CountSize(node, (long)_cache.Inode(node).Size - sizeBefore);
        EndNodeChange(context, node);
        return Progress.Done;
    }

    private static void ApplyOwner(ref InodeFields inode, Credential caller, in AttributeChanges changes)
    {
        bool changesOwner = changes.Uid is not null || changes.Gid is not null;
        if (changesOwner && !FileMode.IsDirectory(inode.Mode))
        {
            // Linux clears these for the superuser too, and keeps set-group-id without group execution (mandatory locking).
            inode.Mode &= ~Access.SetUid;
            if ((inode.Mode & Access.GroupExecute) != 0 || !(caller.IsRoot || caller.IsIn(inode.Gid)))
                inode.Mode &= ~Access.SetGid;
        }

        inode.Uid = changes.Uid ?? inode.Uid;
        inode.Gid = changes.Gid ?? inode.Gid;
        if (changes.Mode is not { } mode)
            return;
        if ((mode & Access.SetGid) != 0 && !caller.IsRoot && !caller.IsIn(inode.Gid))
            mode &= ~Access.SetGid;
        inode.Mode = (inode.Mode & FileMode.TypeMask) | (mode & Access.PermissionMask);
    }

    /// <summary>A change of content by somebody else than the superuser takes the set-id bits away.</summary>
    private static void ClearSetIds(ref InodeFields inode, Credential caller)
    {
        if (caller.IsRoot)
            return;
        inode.Mode &= ~Access.SetUid;
        if ((inode.Mode & Access.GroupExecute) != 0 || !caller.IsIn(inode.Gid))
            inode.Mode &= ~Access.SetGid;
    }

    /// <summary>A directory's time was set: older changes of its entries no longer count.</summary>
    private void ForgetContentTimes(NodeId node)
    {
        for (Dir? dir = _cache.FirstDirOf(node); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            if (!dir.IsAuth)
                continue;
            ref DirRecord record = ref _cache.Write(dir);
            record.Stat.Mtime = 0;
            _cache.MarkDirty(dir, _journal.Segment, Seq);
            EmitDir(dir);
        }
    }

    private void CountSize(NodeId node, long change)
    {
        if (change == 0 || _cache.TryDirOf(node) is not { } dir)
            return;
        ref DirRecord record = ref _cache.Write(dir);
        record.Recursive.Bytes = (ulong)((long)record.Recursive.Bytes + change);
        record.Recursive.Ctime = Math.Max(record.Recursive.Ctime, _nowNanos);
    }

    private Progress ChangeXattr(RequestContext context, out IoError error)
    {
        ClientRequest request = context.Request;
        Progress progress = WalkToInode(context, request.Base, request.Path.Span, TailOf(request), out PathWalk walk, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = XattrSet.CheckName(request.XattrName, request.Caller);
        if (error.Failed)
            return Progress.Done;
        if (!_cache.IsAuth(walk.Node))
            return SendOn(context, walk.Node, out error);
        LockKind kind = XattrSet.IsVirtual(request.XattrName) ? LockKind.Policy : LockKind.Xattr;
        progress = LockPart(context, walk.Node, kind, LockMode.Exclusive, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        if (kind == LockKind.Policy)
            return SetPin(context, walk.Node, out error);
        byte[] stored = _cache.ReadExt(walk.Node, ExtKind.Xattrs);
        bool exists = XattrSet.TryGet(stored, request.XattrName, out byte[]? value);
        error = request.Value.Length > XattrSet.ValueBytesMax
            ? IoError.TooBig
            : CheckXattr(walk.Node, request, exists);
        if (error.Failed)
            return Progress.Done;
        if (request.Op == ClientOp.SetXattr && exists && value.AsSpan().SequenceEqual(request.Value.Span))
        {
            // Nothing changes, the change time neither.
            ClientReply same = new(request.Tid, IoError.None) { Stat = StatOf(walk.Node) };
            ReplyWhenStable(context, same, ChangedAt(walk.Node, walk.Entry));
            return Progress.Done;
        }

        byte[] made = request.Op == ClientOp.SetXattr
            ? XattrSet.With(stored, request.XattrName, request.Value)
            : XattrSet.With(stored, request.XattrName, null);
        if (made.Length > _journal.AttributeBytesMax)
        {
            error = IoError.NoSpace;
            return Progress.Done;
        }

        progress = BeginNodeChange(context, walk.Node, made.Length, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        Require(_cache.WriteExt(walk.Node, ExtKind.Xattrs, made));
        _cache.WriteInode(walk.Node).XattrVersion++;
        EndNodeChange(context, walk.Node);
        return Progress.Done;
    }

    private IoError CheckXattr(NodeId node, ClientRequest request, bool exists)
    {
        ref readonly InodeFields inode = ref _cache.Inode(node);
        InodeType type = Access.TypeOf(inode.Mode);
        if (type is not (InodeType.File or InodeType.Directory))
            return IoError.NotPermitted;
        if (type == InodeType.Directory && (inode.Mode & Access.Sticky) != 0 && Access.CheckOwner(inode, request.Caller).Failed)
            return IoError.NotPermitted;
        IoError error = Access.Check(inode, request.Caller, Access.Write);
        if (error.Failed)
            return error;
        if (exists && (request.Flags & OpenFlags.NoReplace) != 0)
            return IoError.Exists;
        bool mustExist = request.Op == ClientOp.RemoveXattr || (request.Flags & OpenFlags.MustReplace) != 0;
        return mustExist && !exists ? IoError.NoData : IoError.None;
    }

    private Progress SetPin(RequestContext context, NodeId node, out IoError error)
    {
        ClientRequest request = context.Request;
        int pin = -1;
        error = _cache.IsDirectory(node) ? Access.CheckOwner(_cache.Inode(node), request.Caller) : IoError.NotDirectory;
        if (error.IsNone && request.Op == ClientOp.SetXattr)
        {
            string text = Encoding.ASCII.GetString(request.Value.Span);
            bool isRank = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out pin);
            if (!isRank || pin < -1 || pin >= RankId.CountMax)
                error = IoError.Invalid;
        }

        if (error.Failed)
            return Progress.Done;
        Progress progress = BeginNodeChange(context, node, 0, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        _cache.WriteInode(node).ExportPin = pin;
        EndNodeChange(context, node);
        return Progress.Done;
    }

    /// <summary>Begins a change of one inode alone.</summary>
    private Progress BeginNodeChange(Continuation context, NodeId node, long bytes, out IoError error, Dir? other = null)
    {
        error = IoError.None;
        if (_cache.TryDirOf(node) is { } dir)
        {
            if (!dir.IsAuth)
            {
                error = IoError.Stale;
                return Progress.Done;
            }

            if (!dir.IsComplete)
                return Fetch(context, dir, out error);
            if (AwaitThaw(context, dir) == Progress.Waits)
                return Progress.Waits;
        }

        return Begin(context, ExtBytes(node) + bytes, out error, _cache.TryDirOf(node), other);
    }

    private void EndNodeChange(RequestContext context, NodeId node)
    {
        ref InodeFields inode = ref _cache.WriteInode(node);
        inode.Ctime = _nowNanos;
        inode.ChangeAttr++;
        EmitChanged(node);
        ClientReply reply = new(context.Request.Tid, IoError.None) { Stat = StatOf(node) };
        ReplyToChange(context, reply, EndChange(context, _cache.Inode(node).Ino));
    }

    /// <summary>Puts a changed inode, wherever it lies, into the event.</summary>
    private void EmitChanged(NodeId node)
    {
        if (_cache.TryDirOf(node) is not { } dir)
        {
            EmitBase(node);
            return;
        }

        MarkDirty(node);
        EmitDir(dir);
        EmitEntry(node);
    }
}
