// Names that move.
//
// Invariants: both names are judged before either is changed; what is replaced goes first, within the same event; two names that
// are exchanged are so in one event, which says it before it says what lies there now.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Rename, and of its flags NOREPLACE and EXCHANGE; another is refused with EINVAL, as rename(2) has it for a file
/// system that does not support it.</content>
internal sealed partial class NamespaceServer
{
    private Progress Rename(RequestContext context, out IoError error)
    {
        ClientRequest request = context.Request;
        bool exchanges = request.Flags == OpenFlags.Exchange;
        error = exchanges || (request.Flags & ~OpenFlags.NoReplace) == 0 ? IoError.None : IoError.Invalid;
        if (error.Failed)
            return Progress.Done;
        if (TryResume(context, out Progress progress, out error))
            return progress;
        progress = Walk(context, request.Base, request.Path.Span, PathTail.NameAnywhere, out PathWalk walk, out error);
        if (progress == Progress.Waits || (error.Failed && !walk.ReachedLast))
            return progress;
        // A slash behind what is no directory is told when the target is known too.
        IoError sourceError = !walk.Node.IsNone ? IoError.None : error.IsNone ? IoError.NoEntry : error;
        NodeId entry = walk.Entry;
        NodeId node = walk.Node;
        NodeId parent = walk.Parent;
        bool fromDots = walk.EndsInDots || parent.IsNone;
        bool fromSlash = walk.HasTrailingSlash;
        error = request.Path2.IsEmpty ? IoError.NoEntry : IoError.None;
        if (error.Failed)
            return Progress.Done;
        byte[]? away = walk.IsAway ? walk.Name.ToArray() : null;
        PathTail tail = away is null && !fromDots ? PathTail.OwnWay : PathTail.NameAnywhere;
        progress = Walk(context, request.Base2, request.Path2.Span, tail, out PathWalk target, out error);
        if (progress == Progress.Waits || (error.Failed && !target.ReachedLast))
            return progress;
        if (target.IsAway)
            return SendOn(context, target.Parent, target.Name, out error);
        bool isNamed = !fromDots && !target.EndsInDots && !target.Parent.IsNone;
        if (away is not null && isNamed)
            return TakeOver(context, parent, away, fromSlash, target, target.Node.IsNone ? error : IoError.None, out error);
        if (fromDots || target.EndsInDots || target.Parent.IsNone)
            error = fromDots || request.Flags != OpenFlags.NoReplace ? IoError.Busy : IoError.Exists;
        else if (sourceError.Failed)
            error = sourceError;
        else if (error.IsNone || !target.Node.IsNone)
            progress = LockAndCheckRename(context, node, entry, parent, target, fromSlash, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        if (target.Node == node)
        {
            // Two names of one file, or the same name twice: nothing happens.
            ReplyWhenStable(context, new ClientReply(request.Tid, IoError.None) { Stat = StatOf(node) }, ChangedAt(node, entry));
            return Progress.Done;
        }

        progress = PlaceRename(context, entry, node, target, out Dir? from, out Dir? to, out Dir? stray, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        // What is replaced leaves a null entry that gives way at once: nothing may be held on it then.
        context.ReleaseLocks();
        if (exchanges)
            ExchangeEntries(entry, from!, target.Entry, to!);
        else
            ReplaceEntry(entry, from!, target, to!, stray);
        long seq = EndChange(context, _cache.Inode(node).Ino);
        ReplyToChange(context, new ClientReply(request.Tid, IoError.None) { Stat = StatOf(node) }, seq);
        return Progress.Done;
    }

    /// <summary>Moves an entry to a name, which what has it loses, within an event.</summary>
    private void ReplaceEntry(NodeId entry, Dir from, in PathWalk target, Dir to, Dir? stray)
    {
        if (!target.Node.IsNone && _cache.IsDirectory(target.Node))
            RemoveEmptyDirectory(to, target.Node, stray);
        else if (!target.Node.IsNone)
            RemoveName(to, target.Entry, target.Node, stray);
        MoveEntry(entry, from, to, target.Name);
    }

    /// <summary>Makes sure of everything that a rename changes, and begins it.</summary>
    private Progress PlaceRename(
        RequestContext context, NodeId entry, NodeId node, in PathWalk target, out Dir? from, out Dir? to, out Dir? stray,
        out IoError error)
    {
        NodeId parent = _cache.DirOf(entry).Inode;
        from = to = stray = null;
        bool exchanges = context.Request.Flags == OpenFlags.Exchange;
        NodeId replaced = exchanges ? NodeId.None : target.Node;
        Progress progress = exchanges
            ? PrepareExchange(context, entry, node, target, out error)
            : PrepareRename(context, entry, node, replaced, out stray, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = OpenToChange(context, parent, _cache.NameOf(entry), out from, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = OpenToChange(context, target.Parent, target.Name, out to, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        context.LongMoves = CountLong(node) + CountLong(target.Node);
        if (!_cache.HasRoomToMove(context.LongMoves))
        {
            error = IoError.NoMemory;
            return Progress.Done;
        }

        return exchanges
            ? Begin(context, ExtBytes(node) + ExtBytes(target.Node), out error, from, to)
            : BeginRename(context, node, replaced, from!, to!, out error);
    }

    /// <summary>1 for an inode with attributes that lie on pages of their own.</summary>
    private int CountLong(NodeId node) => !node.IsNone && ExtBytes(node) > ExtLimits.InlineMax ? 1 : 0;

    /// <summary>Makes sure that files which lie in stray directories can be changed there.</summary>
    private Progress PrepareExchange(
        RequestContext context, NodeId entry, NodeId node, in PathWalk target, out IoError error)
    {
        error = IoError.None;
        Progress progress = entry == node ? Progress.Done : OpenStray(context, node, out _, out error);
        return progress == Progress.Waits || error.Failed || target.Entry == target.Node
            ? progress
            : OpenStray(context, target.Node, out _, out error);
    }

    /// <summary>Makes sure that what a rename replaces can go (a directory is empty, what is open has somewhere to go), and
    /// that a file that lies in a stray directory can be changed there.</summary>
    private Progress PrepareRename(
        RequestContext context, NodeId entry, NodeId node, NodeId replaced, out Dir? stray, out IoError error)
    {
        stray = null;
        error = IoError.None;
        Progress progress = Progress.Done;
        if (!replaced.IsNone && _cache.IsDirectory(replaced))
            progress = CheckEmpty(context, replaced, out error);
        if (!replaced.IsNone && progress == Progress.Done && error.IsNone)
            progress = OpenStrayOfOpen(context, replaced, out stray, out error);
        if (entry != node && progress == Progress.Done && error.IsNone)
            progress = OpenStray(context, node, out _, out error);
        return progress;
    }

    private Progress BeginRename(RequestContext context, NodeId node, NodeId replaced, Dir from, Dir to, out IoError error)
    {
        error = from == to || !replaced.IsNone ? IoError.None : CheckRoomIn(to);
        if (error.Failed)
            return Progress.Done;
        long bytes = ExtBytes(node) + (replaced.IsNone ? 0 : ExtBytes(replaced) + DirsBytes(replaced));
        return Begin(context, bytes, out error, from, to);
    }

    private Progress LockAndCheckRename(
        RequestContext context, NodeId node, NodeId entry, NodeId parent, in PathWalk target, bool fromSlash, out IoError error)
    {
        NodeId other = target.Node == node ? NodeId.None : target.Node;
        bool staysNamed = context.Request.Flags == OpenFlags.Exchange;
        Progress progress = LockNames(context, parent, target.Parent, node, other, out error, staysNamed);
        if (progress == Progress.Done && error.IsNone)
            error = CheckRename(context.Request, node, entry, parent, target, fromSlash);
        return progress;
    }

    private IoError CheckRename(
        ClientRequest request, NodeId node, NodeId entry, NodeId parent, in PathWalk target, bool fromSlash)
    {
        bool isDirectory = _cache.IsDirectory(node);
        if (request.Flags == OpenFlags.Exchange)
            return CheckExchange(request.Caller, node, parent, target, fromSlash);
        if (!target.Node.IsNone && (request.Flags & OpenFlags.NoReplace) != 0)
            return IoError.Exists;
        if (!isDirectory && (fromSlash || target.HasTrailingSlash))
            return IoError.NotDirectory;
        if (isDirectory && _cache.IsBelow(target.Parent, node))
            return IoError.Invalid;
        if (target.Node == node)
            return IoError.None;
        if (!target.Node.IsNone && _cache.IsDirectory(target.Node) && _cache.IsBelow(parent, target.Node))
            return IoError.NotEmpty;
        IoError error = CheckRemove(parent, node, request.Caller);
        if (error.IsNone)
        {
            error = target.Node.IsNone
                ? CheckModify(target.Parent, request.Caller)
                : CheckRemove(target.Parent, target.Node, request.Caller);
        }

        if (error.IsNone && !target.Node.IsNone && target.Node != node)
        {
            bool replacesDirectory = _cache.IsDirectory(target.Node);
            error = isDirectory && !replacesDirectory ? IoError.NotDirectory
                : !isDirectory && replacesDirectory ? IoError.IsDirectory : IoError.None;
        }

        // The ".." of a directory that gets another parent is written.
        if (error.IsNone && isDirectory && parent != target.Parent)
            error = Access.Check(_cache.Inode(node), request.Caller, Access.Write);
        return error;
    }

    private IoError CheckExchange(Credential caller, NodeId node, NodeId parent, in PathWalk target, bool fromSlash)
    {
        NodeId other = target.Node;
        if (other.IsNone)
            return IoError.NoEntry;
        bool isDirectory = _cache.IsDirectory(node);
        bool isOtherDirectory = _cache.IsDirectory(other);
        if ((!isDirectory && fromSlash) || (!isOtherDirectory && target.HasTrailingSlash))
            return IoError.NotDirectory;
        if (isDirectory && _cache.IsBelow(target.Parent, node))
            return IoError.Invalid;
        if (other == node)
            return IoError.None;
        if (isOtherDirectory && _cache.IsBelow(parent, other))
            return IoError.Invalid;
        IoError error = CheckRemove(parent, node, caller);
        if (error.IsNone)
            error = CheckRemove(target.Parent, other, caller);
        if (error.Failed || parent == target.Parent)
            return error;
        if (isDirectory)
            error = Access.Check(_cache.Inode(node), caller, Access.Write);
        return error.IsNone && isOtherDirectory ? Access.Check(_cache.Inode(other), caller, Access.Write) : error;
    }

    /// <summary>Gives two entries each other's name, within an event. What the event says of both at once is needed where a
    /// replay has them in memory: each is in the other's way.</summary>
    private void ExchangeEntries(NodeId one, Dir oneDir, NodeId other, Dir otherDir)
    {
        CountAway(one, oneDir);
        CountAway(other, otherDir);
        EmitExchange(one, oneDir, other, otherDir);
        Require(_cache.TryExchange(one, other));
        CountCome(one, otherDir);
        CountCome(other, oneDir);
        EmitMoved(one, otherDir);
        EmitMoved(other, oneDir);
        EmitRemoteNode(one);
        EmitRemoteNode(other);
    }

    /// <summary>Moves an entry to a free name, within an event.</summary>
    private void MoveEntry(NodeId entry, Dir from, Dir to, ReadOnlySpan<byte> name)
    {
        byte[] oldName = _cache.NameOf(entry).ToArray();
        CountAway(entry, from);
        Require(_cache.TryMove(entry, to, name));
        CountCome(entry, to);
        EmitMoved(entry, to);
        LeaveNull(from, oldName);
        EmitRemoteNode(entry);
    }

    private void CountAway(NodeId entry, Dir from)
    {
        if (_cache.IsRemote(entry))
            CountRemote(from, -1);
        else
            CountEntry(from, _cache.Inode(entry), -1);
    }

    private void CountCome(NodeId entry, Dir to)
    {
        if (_cache.IsRemote(entry))
            CountRemote(to, 1);
        else
            CountEntry(to, _cache.Inode(entry), 1);
    }

    /// <summary>Puts an entry that got its name into the event.</summary>
    private void EmitMoved(NodeId entry, Dir to)
    {
        ref InodeFields inode = ref _cache.WriteInode(NodeOf(entry));
        inode.Ctime = _nowNanos;
        inode.ChangeAttr++;
        MarkDirty(entry);
        EmitDir(to);
        EmitEntry(entry);
    }

    /// <summary>Puts the inode of a remote entry into the event, where it lies.</summary>
    private void EmitRemoteNode(NodeId entry)
    {
        if (_cache.IsRemote(entry))
            EmitChanged(NodeOf(entry));
    }

    /// <summary>The inode of an entry, which is in memory.</summary>
    private NodeId NodeOf(NodeId entry) =>
        _cache.IsRemote(entry) ? _cache.FindInode(_cache.Link(entry).RemoteIno) : entry;
}
