using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Directories that go. Source: rmdir(2).</content>
internal sealed partial class NamespaceServer
{
    private Progress RemoveDirectory(RequestContext context, out IoError error)
    {
        ClientRequest request = context.Request;
        Progress progress = WalkToInode(context, request.Base, request.Path.Span, PathTail.Name, out PathWalk walk, out error);
        // What is no directory is told after what the parent forbids, a slash at the end or not.
        if (error == IoError.NotDirectory && walk.ReachedLast && !walk.Node.IsNone)
            error = IoError.None;
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = LockNames(context, NodeId.None, walk.Parent, NodeId.None, walk.Node, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = walk.EndsInDots ? (walk.Name.Length == 1 ? IoError.Invalid : IoError.NotEmpty)
            : walk.Parent.IsNone ? IoError.Busy : CheckRemove(walk.Parent, walk.Node, request.Caller);
        if (error.IsNone && !_cache.IsDirectory(walk.Node))
            error = IoError.NotDirectory;
        if (error.Failed)
            return Progress.Done;
        progress = CheckEmpty(context, walk.Node, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = OpenStrayOfOpen(context, walk.Node, out Dir? stray, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = OpenToChange(context, walk.Parent, walk.Name, out Dir? dir, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = Begin(context, ExtBytes(walk.Node) + DirsBytes(walk.Node), out error, dir);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        RemoveEmptyDirectory(dir!, walk.Entry, stray);
        ReplyToChange(context, new ClientReply(request.Tid, IoError.None), EndChange(context, default));
        return Progress.Done;
    }

    /// <summary>ENOTEMPTY unless all dirfrags of the directory are in memory and have no entries; reads those that are
    /// not.</summary>
    private Progress CheckEmpty(Continuation context, NodeId directory, out IoError error)
    {
        error = IoError.None;
        if (AwaitDecisionsIn(context, directory) == Progress.Waits)
            return Progress.Waits;
        SumOf(directory, out FragStat entries, out _);
        if (entries.Files + entries.Subdirs > 0)
        {
            _seen = Math.Max(_seen, ChangedAt(directory, directory));
            error = IoError.NotEmpty;
            return Progress.Done;
        }

        for (uint hash = 0; hash <= Frag.HashMax;)
        {
            Progress progress = OpenFor(context, directory, hash, out Dir? dir, out error);
            if (progress == Progress.Waits || error.Failed)
                return progress;
            if (!dir!.IsAuth)
            {
                // Another rank's subtree: it has to come home first.
                error = IoError.Busy;
                return Progress.Done;
            }

            if (!dir.IsComplete)
                return Fetch(context, dir, out error);
            if (AwaitThaw(context, dir) == Progress.Waits)
                return Progress.Waits;
            if (dir.Has(DirState.Exporting))
            {
                // An export holds it that has not begun to freeze it.
                (context as RequestContext)?.ReleaseLocks();
                _cache.Wait(dir, WaitMask.Exported, context);
                return Progress.Waits;
            }

            if (dir.Has(DirState.Committing))
            {
                // Its object is on its way to the store: it is removed after that.
                _cache.Wait(dir, WaitMask.Committed, context);
                return Progress.Waits;
            }

            if (dir.Count > dir.NullCount)
            {
                error = IoError.NotEmpty;
                return Progress.Done;
            }

            hash = dir.Frag.Last + 1;
        }

        return Progress.Done;
    }

    /// <summary>Removes a directory that was found empty, within an event; into the stray directory where it is open.</summary>
    private void RemoveEmptyDirectory(Dir parent, NodeId node, Dir? stray)
    {
        if (stray is not null)
        {
            Orphan(node, stray);
            return;
        }

        byte[] name = _cache.NameOf(node).ToArray();
        CountEntry(parent, _cache.Inode(node), -1);
        RemoveDirs(node);
        Require(_cache.TryMakeNull(node));
        LeaveNull(parent, name);
    }

    /// <summary>Removes the dirfrags of an empty directory, within an event.</summary>
    private void RemoveDirs(NodeId node)
    {
        while (_cache.FirstDirOf(node) is { } dir)
        {
            _journal.RemoveLater(dir.Name);
            _event!.Add(EventTag.DirRemoved, new DirPart(dir.Name));
            _cache.ForgetDirty(dir);
            _cache.Close(dir);
        }
    }
}
