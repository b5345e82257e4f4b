using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Rename, in all forms that one rank can do. Source: rename(2).</content>
internal sealed partial class NamespaceServer
{
    private Progress Rename(RequestContext context, out IoError error)
    {
        ClientRequest request = context.Request;
        Progress progress = Walk(context, request.Base, request.Path.Span, PathTail.Name, out PathWalk walk, out error);
        bool isSourceFile = error == IoError.NotDirectory && walk.HasTrailingSlash && !walk.Node.IsNone;
        if (progress == Progress.Waits || (error.Failed && !isSourceFile))
            return progress;
        NodeId entry = walk.Entry;
        NodeId node = walk.Node;
        NodeId parent = walk.Parent;
        bool fromDots = walk.EndsInDots || parent.IsNone;
        bool fromSlash = walk.HasTrailingSlash;
        progress = Walk(context, request.Base2, request.Path2.Span, PathTail.Name, out PathWalk target, out error);
        bool isTargetFile = error == IoError.NotDirectory && target.HasTrailingSlash && !target.Node.IsNone;
        if (progress == Progress.Waits || (error.Failed && !isTargetFile))
            return progress;
        if (fromDots || target.EndsInDots || target.Parent.IsNone)
            error = IoError.Busy;
        else if (node.IsNone)
            error = IoError.NoEntry;
        else if (!_cache.IsDirectory(node) && (fromSlash || target.HasTrailingSlash))
            error = IoError.NotDirectory;
        else
            error = CheckRename(request, node, entry, parent, target);
        if (error.Failed)
            return Progress.Done;
        if (target.Node == node)
        {
            // Two names of one file, or the same name twice: nothing happens.
            ReplyWhenStable(context, new ClientReply(request.Tid, IoError.None) { Stat = StatOf(node) }, ChangedAt(node, entry));
            return Progress.Done;
        }

        bool replacesDirectory = !target.Node.IsNone && _cache.IsDirectory(target.Node);
        progress = replacesDirectory ? CheckEmpty(context, target.Node, out error) : Progress.Done;
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = OpenStrays(context, entry, node, target, out Dir? stray, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = OpenToChange(context, parent, _cache.NameOf(entry), out Dir? from, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = OpenToChange(context, target.Parent, target.Name, out Dir? to, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = Begin(context, 2 * ExtLimits.BytesMax, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        if (replacesDirectory)
            RemoveEmptyDirectory(to!, target.Node, stray);
        else if (!target.Node.IsNone)
            RemoveName(to!, target.Entry, target.Node, stray);
        MoveEntry(entry, node, from!, to!, target.Name);
        ReplyToChange(context, new ClientReply(request.Tid, IoError.None) { Stat = StatOf(node) }, EndChange());
        return Progress.Done;
    }

    /// <summary>Makes ready the stray directories of what moves and of what it replaces.</summary>
    private Progress OpenStrays(
        RequestContext context, NodeId entry, NodeId node, in PathWalk target, out Dir? stray, out IoError error)
    {
        stray = null;
        error = IoError.None;
        Progress progress = entry == node ? Progress.Done : OpenStray(context, node, out _, out error);
        if (progress == Progress.Waits || error.Failed || target.Node.IsNone)
            return progress;
        return OpenStrayOfOpen(context, target.Node, out stray, out error);
    }

    private IoError CheckRename(ClientRequest request, NodeId node, NodeId entry, NodeId parent, in PathWalk target)
    {
        bool isDirectory = _cache.IsDirectory(node);
        if (isDirectory && _cache.IsBelow(target.Parent, node))
            return IoError.Invalid;
        if (!target.Node.IsNone && (request.Flags & OpenFlags.NoReplace) != 0)
            return IoError.Exists;
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

    /// <summary>Moves an entry to a free name, within an event.</summary>
    private void MoveEntry(NodeId entry, NodeId node, Dir from, Dir to, ReadOnlySpan<byte> name)
    {
        byte[] oldName = _cache.NameOf(entry).ToArray();
        bool isRemote = entry != node;
        if (isRemote)
            CountRemote(from, -1);
        else
            CountEntry(from, _cache.Inode(node), -1);
        Require(_cache.TryMove(entry, to, name));
        if (isRemote)
            CountRemote(to, 1);
        else
            CountEntry(to, _cache.Inode(node), 1);
        ref InodeFields inode = ref _cache.WriteInode(node);
        inode.Ctime = _nowNanos;
        inode.ChangeAttr++;
        MarkDirty(entry);
        EmitDir(to);
        EmitEntry(entry);
        LeaveNull(from, oldName);
        if (isRemote)
            EmitChanged(node);
    }
}
