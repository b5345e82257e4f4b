// What clients have to do with requests beside asking them: what was done already, flushes, inodes without names.
//
// Invariants: a request that a client may send twice is done once: the event that does it says so, and so does the session from
// then on; an inode without names goes when no client has it open, at the latest after the next restart.

using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Requests that come again, flushes of capabilities, inodes without names.</content>
internal sealed partial class NamespaceServer
{
    /// <summary>Requests under way of clients that may send them again, as they came last.</summary>
    private readonly Dictionary<(ClientId Client, ulong Tid), RequestContext> _underWay = [];

    /// <summary>The store takes nothing, or does again.</summary>
    public void NoteReadOnly(bool isReadOnly) => _clients.NoteReadOnly(isReadOnly);

    /// <summary>Has the inode no names left?</summary>
    public bool IsNameless(NodeId node)
    {
        if (!_cache.HasInode(node))
            return false;
        ref readonly InodeFields inode = ref _cache.Inode(node);
        return inode.LinkCount == 0 && !inode.Ino.IsSystem;
    }

    /// <summary>Does the inode lie in a directory that is damaged?</summary>
    public bool IsDamaged(Ino ino)
    {
        NodeId node = _cache.FindInode(ino);
        return !node.IsNone && _cache.TryDirOf(node) is { } dir && dir.Has(DirState.Bad);
    }

    /// <summary>Removes an inode without names soon, unless it is open by then.</summary>
    public void PurgeLater(Ino ino)
    {
        RequestCount++;
        _cache.Ready.Add(new Purging(this, ino), IoError.None);
    }

    /// <summary>Clients have come back: inodes without names that none of them has open go.</summary>
    public void PurgeNameless()
    {
        RequestCount++;
        _cache.Ready.Add(new StraySearch(this), IoError.None);
    }

    /// <summary>Finds an inode that a client had open: in memory, among the strays, or where the client knew it; none where it is
    /// nowhere.</summary>
    public Progress FindAnywhere(Continuation waiter, Ino ino, ReadOnlySpan<byte> path, out NodeId node)
    {
        MakeRoom(forChange: false);
        Progress progress = FindByNumber(waiter, ino, out node, out _);
        if (progress == Progress.Waits || !node.IsNone)
            return progress;
        progress = FindByPath(waiter, path, out node);
        if (progress == Progress.Done && !node.IsNone && _cache.Inode(node).Ino != ino)
            node = NodeId.None;
        return progress;
    }

    /// <summary>Journals what a client changed under its capabilities.</summary>
    public Progress TryFlush(Continuation waiter, Session session, CapUpdate update, out IoError error)
    {
        MakeRoom(forChange: true);
        NodeId node = _cache.FindInode(update.Ino);
        Invariant.That(!node.IsNone, "an inode with capabilities is in memory");
        _nowNanos = _environment.NowMicros * 1000;
        Progress progress = BeginNodeChange(waiter, node, 0, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        long sizeBefore = (long)_cache.Inode(node).Size;
        ref InodeFields inode = ref _cache.WriteInode(node);
        TakeFlushed(ref inode, update.Dirty, update.Attributes);
        inode.ChangeAttr++;
        CountSize(node, (long)_cache.Inode(node).Size - sizeBefore);
        EmitChanged(node);
        _event!.Add(EventTag.Flushed, new FlushedPart { Client = session.Client, FlushTid = update.FlushTid });
        session.FlushedTid = update.FlushTid;
        EndChange();
        return Progress.Done;
    }

    private static void TakeFlushed(ref InodeFields inode, CapBits dirty, in CapAttributes said)
    {
        const CapBits Writing = CapBits.FileExclusive | CapBits.FileWrite | CapBits.FileBuffer;
        if ((dirty & CapBits.AuthExclusive) != 0)
        {
            inode.Mode = (inode.Mode & FileMode.TypeMask) | (said.Mode & Access.PermissionMask);
            inode.Uid = said.Uid;
            inode.Gid = said.Gid;
        }

        if ((dirty & Writing) != 0 && !FileMode.IsDirectory(inode.Mode))
        {
            if (said.Size > (long)inode.Size && said.Size <= FileBytesMax)
                inode.Size = (ulong)said.Size;
            bool isAlone = (dirty & CapBits.FileExclusive) != 0;
            inode.Mtime = isAlone ? said.ModifiedAt : Math.Max(inode.Mtime, said.ModifiedAt);
            inode.Atime = isAlone ? said.AccessedAt : Math.Max(inode.Atime, said.AccessedAt);
        }

        inode.Ctime = Math.Max(inode.Ctime, said.ChangedAt);
    }

    /// <summary>Counts a request as under way. False for one that is so already, by the same channel: the answer to the first
    /// sending is that to both.</summary>
    private bool TryBegin(RequestContext context)
    {
        if (context.Request.OldestTid != 0)
        {
            ref RequestContext? known = ref CollectionsMarshal.GetValueRefOrAddDefault(_underWay, KeyOf(context), out _);
            if (known is { IsOrphan: false, IsAskedAgain: false })
                return false;
            known = context;
        }

        RequestCount++;
        return true;
    }

    /// <summary>A request is over.</summary>
    private void End(RequestContext context)
    {
        if (context.Takeover is { } takeover)
            Abandon(takeover);
        RequestCount--;
        if (context.Request.OldestTid != 0 && _underWay.GetValueOrDefault(KeyOf(context)) == context)
            _underWay.Remove(KeyOf(context));
    }

    private static (ClientId Client, ulong Tid) KeyOf(RequestContext context) => (context.Asker, context.Request.Tid);

    /// <summary>Answers a request that was done before; false where it is new.</summary>
    private bool IsDone(RequestContext context)
    {
        ClientRequest request = context.Request;
        if (request.Tid < context.Session.AcknowledgedBelow)
        {
            // It waited while the client sent it again, and got its answer.
            End(context);
            return true;
        }

        if (!context.Session.TryGetCompleted(request.Tid, out Ino made))
            return false;
        NodeId node = _cache.FindInode(made);
        FileStat stat = node.IsNone ? new FileStat { Ino = made } : StatOf(node);
        // Where the inode is another rank's by now, the client has what it opened there, or asks for it anew.
        if (!node.IsNone && _cache.IsAuth(node) && !_cache.IsFrozen(node))
            NoteOpen(context, node);
        ReplyWhenStable(context, new ClientReply(request.Tid, IoError.None) { Stat = stat }, _journal.LastSeq, isChange: true);
        return true;
    }

    /// <summary>The event is complete, and carries the request out.</summary>
    /// <param name="context">The request.</param>
    /// <param name="told">The inode that the answer tells of; none if none.</param>
    private long EndChange(RequestContext context, Ino told)
    {
        ClientRequest request = context.Request;
        if (request.OldestTid == 0)
            return EndChange();
        CompletedPart part = new()
        {
            Client = context.Asker,
            Tid = request.Tid,
            Made = told,
            OldestTid = context.Session.AcknowledgedBelow,
        };
        _event!.Add(EventTag.Completed, part);
        bool isNew = _clients.Sessions.TryComplete(context.Session, new CompletedRequest(request.Tid, told));
        Invariant.That(isNew);
        return EndChange();
    }

    /// <summary>An inode by its number alone: in memory, or among the strays.</summary>
    private Progress FindByNumber(Continuation waiter, Ino ino, out NodeId node, out IoError error)
    {
        node = _cache.FindInode(ino);
        error = IoError.None;
        if (!node.IsNone || ino.IsSystem)
            return Progress.Done;
        Progress progress = FindStray(waiter, ino, out NodeId stray, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        Span<byte> name = stackalloc byte[StrayNameBytes];
        StrayName(ino, name);
        return Find(waiter, stray, name, out _, out node, out error);
    }

    /// <summary>A path from the root, name by name; links are not followed.</summary>
    private Progress FindByPath(Continuation waiter, ReadOnlySpan<byte> path, out NodeId node)
    {
        node = Root;
        foreach (Range part in path.Split((byte)'/'))
        {
            ReadOnlySpan<byte> name = path[part];
            if (name.IsEmpty)
                continue;
            if (node.IsNone || !_cache.IsDirectory(node) || MetadataName.Check(name).Failed)
            {
                node = NodeId.None;
                return Progress.Done;
            }

            Progress progress = Find(waiter, node, name, out _, out node, out IoError error);
            if (progress == Progress.Waits)
                return progress;
            if (error.Failed)
                node = NodeId.None;
        }

        return Progress.Done;
    }

    private Progress PurgeNameless(Continuation waiter, Ino ino)
    {
        MakeRoom(forChange: true);
        Progress progress = FindByNumber(waiter, ino, out NodeId node, out IoError error);
        if (progress == Progress.Waits || error.Failed || node.IsNone || !IsNameless(node) || _clients.IsOpen(ino))
            return progress;
        progress = OpenToChange(waiter, _cache.DirOf(node).Inode, _cache.NameOf(node), out _, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        if (_cache.IsDirectory(node))
        {
            progress = CheckEmpty(waiter, node, out error);
            if (progress == Progress.Waits || error.Failed)
                return progress;
        }

        _nowNanos = _environment.NowMicros * 1000;
        progress = Begin(waiter, DirsBytes(node), out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        Purge(node);
        EndChange();
        return Progress.Done;
    }

    /// <summary>Looks through a stray directory, all of its dirfrags, and has what has no names removed.</summary>
    private Progress SearchStray(Continuation waiter, int index, ref uint hash)
    {
        MakeRoom(forChange: false);
        Ino ino = Ino.StrayOf(_options.Id, index);
        Progress progress = FindStrayDirectory(waiter, ino, out NodeId directory, out IoError error);
        while (progress == Progress.Done && error.IsNone && hash <= Frag.HashMax)
        {
            progress = OpenFor(waiter, directory, hash, out Dir? dir, out error);
            if (error.IsNone && !dir!.IsComplete)
                progress = Fetch(waiter, dir, out error);
            if (progress == Progress.Waits || error.Failed)
                return progress;
            for (int position = 0; position < dir!.Count; position++)
            {
                NodeId entry = MetadataCache.EntryAt(dir, position);
                if (_cache.HasInode(entry) && IsNameless(entry) && !_clients.IsOpen(_cache.Inode(entry).Ino))
                    PurgeLater(_cache.Inode(entry).Ino);
            }

            hash = dir.Frag.Last + 1;
        }

        return progress;
    }

    /// <summary>How many inodes lie in the stray directories.</summary>
    public Progress CountStrays(Continuation waiter, out int count, out IoError error)
    {
        count = 0;
        error = IoError.None;
        for (int index = 0; index < Ino.StrayCount; index++)
        {
            Ino ino = Ino.StrayOf(_options.Id, index);
            Progress progress = FindStrayDirectory(waiter, ino, out NodeId directory, out error);
            for (uint hash = 0; progress == Progress.Done && error.IsNone && hash <= Frag.HashMax;)
            {
                progress = OpenFor(waiter, directory, hash, out Dir? dir, out error);
                if (progress == Progress.Waits || error.Failed)
                    break;
                if (!dir!.IsComplete)
                    progress = Fetch(waiter, dir, out error);
                count += dir.Count - dir.NullCount;
                hash = dir.Frag.Last + 1;
            }

            if (progress == Progress.Waits || error.Failed)
                return progress;
        }

        return Progress.Done;
    }

    private sealed class Purging(NamespaceServer server, Ino ino) : Continuation
    {
        public override void Run(IoError error)
        {
            if (error.Failed || server.PurgeNameless(this, ino) == Progress.Done)
                server.RequestCount--;
        }
    }

    private sealed class StraySearch(NamespaceServer server) : Continuation
    {
        private int _index;
        private uint _hash;

        public override void Run(IoError error)
        {
            while (error.IsNone && _index < Ino.StrayCount)
            {
                if (server.SearchStray(this, _index, ref _hash) == Progress.Waits)
                    return;
                _index++;
                _hash = 0;
            }

            server.RequestCount--;
        }
    }
}
