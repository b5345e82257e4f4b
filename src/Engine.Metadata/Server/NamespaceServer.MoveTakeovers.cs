// Directories that come from another rank: the coordinator's side.

using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Directories that other ranks promised, and that come. Source: migrator specification, 4.5.</content>
internal sealed partial class NamespaceServer
{
    /// <summary>Empty dirfrags that take no more memory than an entry with long attributes that moves. Some have room where a
    /// rename within a rank changes the directory that the name leaves.</summary>
    private const int DirsInLongMove = 64;

    /// <summary>Puts a directory that was promised in the place of the new name.</summary>
    private Progress ReceiveDirectory(RequestContext context, Takeover takeover, in PathWalk target, out IoError error)
    {
        NameOffered answer = takeover.Answer!;
        EntryReplica entry = answer.Entry!;
        error = IoError.None;
        NodeId known = _cache.FindInode(ReplicaImage.InodeOf(entry).Ino);
        if (answer.Dirs.Count == 0 || (!known.IsNone && !IsCopyOf(known, entry)))
        {
            // A later life's promise, or a copy that is on its way out.
            Abandon(takeover);
            return AskLater(context);
        }

        if (AwaitWay(context, target.Parent) == Progress.Waits)
            return Progress.Waits;
        Progress progress = LockNames(context, NodeId.None, target.Parent, NodeId.None, target.Node, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = CheckReceiveDirectory(context.Request.Caller, known, target);
        if (error.Failed)
            return Progress.Done;
        if (!target.Node.IsNone)
            progress = CheckEmpty(context, target.Node, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = OpenTarget(context, target, out Dir? stray, out Dir? to, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = known.IsNone ? Progress.Done : PrepareKnown(context, takeover.Participant, known, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        bool isLong = BytesOf(entry) - EntryBytes > ExtLimits.InlineMax;
        context.LongMoves = (isLong ? 1 : 0) + (answer.Dirs.Count / DirsInLongMove)
            + (target.Node.IsNone ? 0 : CountLong(target.Node));
        error = _cache.HasRoomToMove(context.LongMoves) ? IoError.None : IoError.NoMemory;
        if (error.Failed)
            return Progress.Done;
        long bytes = BytesOf(entry) + (answer.Dirs.Count * (DirBytes + BoundPart.Bytes));
        if (!target.Node.IsNone)
            bytes += ExtBytes(target.Node) + DirsBytes(target.Node);
        progress = Begin(context, bytes, out error, to);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        context.ReleaseLocks();
        if (!target.Node.IsNone)
            RemoveEmptyDirectory(to!, target.Node, stray);
        NodeId node = AddDirectory(to!, target.Name, takeover, known);
        _journal.GrowHead(ExtBytes(node) + PromiseBytes);
        Ino ino = _cache.Inode(node).Ino;
        long seq = Decide(takeover, context, ino, ino);
        ReplyToChange(context, new ClientReply(context.Request.Tid, IoError.None) { Stat = StatOf(node) }, seq);
        return Progress.Done;
    }

    /// <summary>Is it a copy of the directory at its old place, divided as that one is?</summary>
    private bool IsCopyOf(NodeId known, EntryReplica entry)
    {
        if (_cache.IsAuth(known) || !_cache.IsDirectory(known) || (_cache.StateOf(known) & NodeState.AmbiguousAuth) != 0
            || _cache.TryDirOf(known) is not { } home || home.Name.Ino != entry.Dir
            || !_cache.NameOf(known).SequenceEqual(entry.Name))
            return false;
        byte[] told = entry.Attributes.FirstOrDefault(static each => each.Kind == ExtKind.FragTree)?.Value ?? [];
        byte[] divided = new byte[_cache.TreeOf(known)?.EncodedLength ?? 0];
        _cache.TreeOf(known)?.Encode(divided);
        return told.AsSpan().SequenceEqual(divided);
    }

    private IoError CheckReceiveDirectory(Credential caller, NodeId known, in PathWalk target)
    {
        if (!known.IsNone && _cache.IsBelow(target.Parent, known))
            return IoError.Invalid;
        if (target.Node.IsNone)
            return CheckModify(target.Parent, caller);
        IoError error = CheckRemove(target.Parent, target.Node, caller);
        return error.IsNone && !_cache.IsDirectory(target.Node) ? IoError.NotDirectory : error;
    }

    /// <summary>A copy of what comes is here, and what this rank owns may lie below it: nothing of that is on its way to
    /// anywhere.</summary>
    private Progress PrepareKnown(RequestContext context, RankId participant, NodeId known, out IoError error)
    {
        error = _clients.IsOpen(_cache.Inode(known).Ino) ? s_crossRank
            : LeadsToThird(known, participant) ? IoError.Busy : IoError.None;
        if (error.Failed)
            return Progress.Done;
        List<Dir> roots = [];
        AddRootsIn(known, roots);
        foreach (Dir root in roots)
        {
            if (root.DirAuth.IsAmbiguous)
                return AwaitSingle(context, root);
        }

        for (Dir? dir = _cache.FirstDirOf(known); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            if (dir.Has(DirState.Importing))
                return AskLater(context);
            if (dir.IsAuth && AwaitThaw(context, dir) == Progress.Waits)
                return Progress.Waits;
        }

        return HasFreeLocks(known) ? Progress.Done : AskLater(context);
    }

    /// <summary>The directory is this rank's from here on, within an event; its dirfrags are whose they were.</summary>
    private NodeId AddDirectory(Dir to, ReadOnlySpan<byte> name, Takeover takeover, NodeId node)
    {
        EntryReplica entry = takeover.Answer!.Entry!;
        InodeFields image = ReplicaImage.InodeOf(entry);
        if (node.IsNone)
        {
            Require(_cache.TryLinkPrimary(to, name, image.Ino, image.Mode, out node));
        }
        else
        {
            LockObject on = ObjectOf(node);
            _clients.Locks.Reset(item => item.Object == on);
            Require(_cache.TryMove(node, to, name));
            _cache.ClearReplicas(node);
        }

        Require(ReplicaImage.StoreOwn(_cache, node, entry));
        bool isDivided = _cache.FirstDirOf(node) is not null || _cache.TryLoadTree(node);
        Invariant.That(isDivided, "how the directory is divided was looked at as it came");
        ref InodeFields inode = ref _cache.WriteInode(node);
        inode.Ctime = _nowNanos;
        inode.ChangeAttr++;
        CountEntry(to, _cache.Inode(node), 1);
        MarkDirty(node);
        EmitDir(to);
        EmitEntry(node);
        foreach (DirReplica part in takeover.Answer.Dirs)
            AddPart(node, part, takeover.Participant);
        return node;
    }

    /// <summary>A dirfrag of a directory that came. What is counted of it in the inode the rank said that has counted.</summary>
    private void AddPart(NodeId node, DirReplica part, RankId participant)
    {
        Dir? dir = _cache.FindDir(node, part.Name.Frag);
        DirRecord told = MemoryMarshal.Read<DirRecord>(part.Record);
        if (dir is { IsAuth: true })
        {
            ref DirRecord own = ref _cache.Write(dir);
            (own.AccountedStat, own.AccountedRecursive) = (told.AccountedStat, told.AccountedRecursive);
            _cache.MarkDirty(dir, _journal.Segment, Seq);
            EmitDir(dir);
            return;
        }

        if (dir is null)
        {
            Require(_cache.TryOpen(node, part.Name.Frag, out dir));
            MetadataCache.SetAuth(dir!, false);
            _cache.SetOwnNonce(dir!, MetadataCache.ExportNonce);
        }

        _cache.Subtrees.AdjustAuth(dir!, Authority.Of(participant));
        ref DirRecord record = ref _cache.Write(dir!);
        // What came since it was counted comes again as a share of its owner's.
        (told.Stat, told.Recursive) = (told.AccountedStat, told.AccountedRecursive);
        (told.Header, told.ExtHead, told.Replicas) = (record.Header, record.ExtHead, record.Replicas);
        record = told;
        EmitBound(dir!);
    }
}
