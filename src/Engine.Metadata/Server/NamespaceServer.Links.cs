// Names that come and go.
//
// Invariants: an inode has one primary entry; with one name that is the name itself, with several (or none, while it is
// open) it lies in a stray directory; a removed name leaves a dirty null entry until its dirfrag is committed.

using System.Buffers.Text;
using Engine.Buffers;

namespace Engine.Metadata;

/// <content>
/// Names come and go: link, unlink. Source: link(2), unlink(2). A file with several names lies in a stray
/// directory under its number, and all of its names are remote entries: whoever has its number finds it, whatever became of
/// its first name.
/// </content>
internal sealed partial class NamespaceServer
{
    /// <summary>Most names of a file.</summary>
    private const uint LinksPerInodeMax = 65000;

    /// <summary>Digits of a number in hexadecimal.</summary>
    private const int StrayNameBytes = 16;

    private static void StrayName(Ino ino, Span<byte> name)
    {
        bool fits = Utf8Formatter.TryFormat(ino.Value, name, out int written, new('x', StrayNameBytes));
        Invariant.That(fits && written == name.Length);
    }

    private Progress Link(RequestContext context, out IoError error)
    {
        ClientRequest request = context.Request;
        if (TryResume(context, out Progress progress, out error))
            return progress;
        bool follows = Follows(request);
        progress = Walk(
            context, request.Base, request.Path.Span, follows ? TailOf(request) : PathTail.NameAnywhere, out PathWalk walk,
            out error);
        LinkSource source = SourceOf(walk, follows ? IoError.None : error);
        if (progress == Progress.Waits || (error.Failed && !source.IsAway))
            return progress;
        error = (walk.Node.IsNone && !source.IsAway) || request.Path2.IsEmpty ? IoError.NoEntry : IoError.None;
        if (error.Failed)
            return Progress.Done;
        NodeId node = walk.Node;
        NodeId entry = walk.Entry;
        if (!source.IsAway && !_cache.IsAuth(node))
            return SendOn(context, node, out error);
        PathTail tail = follows ? PathTail.OwnName : source.IsAway ? PathTail.NameAnywhere : PathTail.OwnWay;
        progress = Walk(context, request.Base2, request.Path2.Span, tail, out PathWalk target, out error);
        if (progress == Progress.Waits)
            return progress;
        if (target.IsAway)
            return SendOn(context, target.Parent, target.Name, out error);
        error = ErrorOf(target, error);
        if (source.IsAway)
            return LinkElsewhere(context, source, target, error, out error);
        if (error.Failed)
            return Progress.Done;
        progress = LockNames(context, NodeId.None, target.Parent, node, NodeId.None, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = CheckLink(request, node, target);
        if (error.IsNone && _cache.Inode(node).Ino.Maker != _options.Id)
            error = s_crossRank;
        if (error.Failed)
            return Progress.Done;
        progress = OpenToChange(context, target.Parent, target.Name, out Dir? to, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = CheckRoomIn(to!);
        if (error.Failed)
            return Progress.Done;
        progress = BeginLink(context, node, entry, to!, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        AddLink(node, to!, target.Name);
        long seq = EndChange(context, _cache.Inode(node).Ino);
        ReplyToChange(context, new ClientReply(request.Tid, IoError.None) { Stat = StatOf(node) }, seq);
        return Progress.Done;
    }

    /// <summary>Begins the event of a link; an inode that has one name goes into a stray directory.</summary>
    private Progress BeginLink(RequestContext context, NodeId node, NodeId entry, Dir to, out IoError error)
    {
        if (entry != node || _cache.Inode(node).Ino.IsSystem)
            return BeginNodeChange(context, node, 0, out error, to);
        Progress progress = OpenStray(context, node, out Dir? stray, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = OpenToChange(context, _cache.DirOf(node).Inode, _cache.NameOf(node), out Dir? from, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = CheckRoomToMove(context, node);
        if (error.Failed)
            return Progress.Done;
        progress = Begin(context, 2 * ExtBytes(node), out error, to, from);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        MoveToStray(node, stray!, leavesLink: true);
        return Progress.Done;
    }

    /// <summary>ENOMEM where the inode cannot be moved beside all else that a change does.</summary>
    private IoError CheckRoomToMove(RequestContext context, NodeId node)
    {
        context.LongMoves = CountLong(node);
        return _cache.HasRoomToMove(context.LongMoves) ? IoError.None : IoError.NoMemory;
    }

    /// <summary>What is to be followed is looked for here, and so is what was sent to and fro.</summary>
    private static bool Follows(ClientRequest request) =>
        request.Follow || request.Hops >= HopsMax / 2 || request.Path.Span is [.., (byte)'/'];

    private IoError CheckLink(ClientRequest request, NodeId node, in PathWalk target)
    {
        if (!target.Node.IsNone)
            return IoError.Exists;
        if (target.HasTrailingSlash)
            return IoError.NoEntry;
        IoError error = Access.CheckLinkable(_cache.Inode(node), request.Caller);
        if (error.IsNone)
            error = CheckModify(target.Parent, request.Caller);
        if (error.IsNone && _cache.IsDirectory(node))
            error = IoError.NotPermitted;
        return error.Failed ? error
            : _cache.Inode(node).LinkCount >= LinksPerInodeMax ? IoError.TooManyLinks : IoError.None;
    }

    /// <summary>One more name for an inode that lies in a stray directory, within an event.</summary>
    private void AddLink(NodeId node, Dir to, ReadOnlySpan<byte> name)
    {
        NoteLink(node);
        ref readonly InodeFields inode = ref _cache.Inode(node);
        AddRemote(inode.Ino, inode.Mode, to, name);
    }

    private void NoteLink(NodeId node)
    {
        ref InodeFields inode = ref _cache.WriteInode(node);
        inode.LinkCount++;
        inode.Ctime = _nowNanos;
        inode.ChangeAttr++;
        EmitChanged(node);
    }

    private void AddRemote(Ino ino, uint mode, Dir to, ReadOnlySpan<byte> name)
    {
        Require(_cache.TryLinkRemote(to, name, ino, FileMode.DirentType(mode), out NodeId link));
        CountRemote(to, 1);
        MarkDirty(link);
        EmitDir(to);
        EmitEntry(link);
    }

    /// <summary>The dirfrag of the stray directory in which the inode is to lie.</summary>
    private Progress OpenStray(RequestContext context, NodeId node, out Dir? stray, out IoError error)
    {
        Ino ino = _cache.Inode(node).Ino;
        Span<byte> name = stackalloc byte[StrayNameBytes];
        StrayName(ino, name);
        stray = null;
        Progress progress = FindStray(context, ino, out NodeId directory, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = OpenToChange(context, directory, name, out stray, out error);
        if (progress == Progress.Done && error.IsNone && _cache.TryDirOf(node) != stray)
            error = CheckRoomIn(stray!);
        return progress;
    }

    /// <summary>The stray directory of an inode. After a restart the rank's private directory is read first.</summary>
    private Progress FindStray(Continuation context, Ino ino, out NodeId stray, out IoError error) =>
        FindStrayDirectory(context, StrayOf(ino), out stray, out error);

    private Progress FindStrayDirectory(Continuation context, Ino ino, out NodeId stray, out IoError error)
    {
        error = IoError.None;
        stray = _cache.FindInode(ino);
        if (!stray.IsNone)
            return Progress.Done;
        NodeId own = _cache.FindInode(Ino.PrivateOf(_options.Id));
        Progress progress = OpenFor(context, own, 0, out Dir? home, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        if (!home!.IsComplete)
            return Fetch(context, home, out error);
        error = IoError.Damaged;
        return Progress.Done;
    }

    /// <summary>Moves a primary entry into a stray directory, within an event; a remote entry, or nothing, takes its
    /// place.</summary>
    private void MoveToStray(NodeId node, Dir stray, bool leavesLink)
    {
        Dir from = _cache.DirOf(node);
        byte[] name = _cache.NameOf(node).ToArray();
        Ino ino = _cache.Inode(node).Ino;
        byte type = FileMode.DirentType(_cache.Inode(node).Mode);
        Span<byte> strayName = stackalloc byte[StrayNameBytes];
        StrayName(ino, strayName);
        CountEntry(from, _cache.Inode(node), -1, touches: !leavesLink);
        Require(_cache.TryMove(node, stray, strayName));
        CountEntry(stray, _cache.Inode(node), 1);
        MarkDirty(node);
        EmitDir(stray);
        EmitEntry(node);
        if (leavesLink)
        {
            Require(_cache.TryLinkRemote(from, name, ino, type, out NodeId link));
            CountRemote(from, 1, touches: false);
            MarkDirty(link);
            EmitDir(from);
            EmitEntry(link);
            return;
        }

        LeaveNull(from, name);
    }

    /// <summary>Says in memory and in the event that a name is gone: the null entry keeps the store's copy from coming back.
    /// </summary>
    private void LeaveNull(Dir dir, ReadOnlySpan<byte> name)
    {
        NodeId entry = _cache.Lookup(dir, name);
        if (entry.IsNone)
            Require(_cache.TryAddNull(dir, name, out entry));
        MarkDirty(entry);
        EmitDir(dir);
        EmitRemoved(name);
    }

    private Progress Unlink(RequestContext context, out IoError error)
    {
        ClientRequest request = context.Request;
        if (TryResume(context, out Progress progress, out error))
            return progress;
        progress = WalkToInode(context, request.Base, request.Path.Span, PathTail.Name, out PathWalk walk, out error);
        if (progress == Progress.Done && SourceOf(walk, error) is { IsAway: true } away)
            return UnlinkElsewhere(context, away.Inode, walk, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = LockNames(context, NodeId.None, walk.Parent, NodeId.None, walk.Node, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        bool isAsked = walk.HasTrailingSlash && _cache.IsDirectory(walk.Node);
        error = walk.EndsInDots || walk.Parent.IsNone || isAsked
            ? IoError.IsDirectory
            : CheckRemove(walk.Parent, walk.Node, request.Caller);
        if (error.IsNone && _cache.IsDirectory(walk.Node))
            error = IoError.IsDirectory;
        if (error.Failed)
            return Progress.Done;
        progress = OpenStrayOfOpen(context, walk.Node, out Dir? stray, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = OpenToChange(context, walk.Parent, walk.Name, out Dir? dir, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = Begin(context, ExtBytes(walk.Node), out error, dir);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        RemoveName(dir!, walk.Entry, walk.Node, stray);
        ReplyToChange(context, new ClientReply(request.Tid, IoError.None), EndChange(context, default));
        return Progress.Done;
    }

    private IoError CheckRemove(NodeId parent, NodeId node, Credential caller)
    {
        IoError error = CheckModify(parent, caller);
        return error.Failed ? error : Access.CheckSticky(_cache.Inode(parent), _cache.Inode(node), caller);
    }

    /// <summary>Where an inode goes whose last name is removed while it is open, or while a lock of it is not at rest; null
    /// where it is not. Where it lies in a stray directory already, that one is made ready to be changed.</summary>
    private Progress OpenStrayOfOpen(RequestContext context, NodeId node, out Dir? stray, out IoError error)
    {
        stray = null;
        error = IoError.None;
        if (_cache.IsShared(node))
            return OpenStray(context, node, out stray, out error);
        return _cache.TryDirOf(node) is { } dir && _cache.Inode(dir.Inode).Ino.IsStray
            ? OpenStray(context, node, out _, out error)
            : Progress.Done;
    }

    /// <summary>Removes a name of a file, within an event: the inode goes with its last one, or into the stray directory where
    /// it is open.</summary>
    private void RemoveName(Dir dir, NodeId entry, NodeId node, Dir? stray)
    {
        byte[] name = _cache.NameOf(entry).ToArray();
        if (entry == node && stray is not null)
        {
            Orphan(node, stray);
            return;
        }

        if (entry == node)
        {
            CountEntry(dir, _cache.Inode(node), -1);
            Require(_cache.TryMakeNull(node));
        }
        else
        {
            CountRemote(dir, -1);
            Require(_cache.TryMakeNull(entry));
            DropLink(node);
        }

        LeaveNull(dir, name);
    }

    /// <summary>The last name of an inode goes while it is in use, within an event.</summary>
    private void Orphan(NodeId node, Dir stray)
    {
        ref InodeFields inode = ref _cache.WriteInode(node);
        inode.LinkCount = 0;
        inode.Ctime = _nowNanos;
        inode.ChangeAttr++;
        MoveToStray(node, stray, leavesLink: false);
        if (!_clients.IsOpen(_cache.Inode(node).Ino))
            PurgeLater(_cache.Inode(node).Ino);
    }

    /// <summary>An inode in a stray directory has one name less.</summary>
    private void DropLink(NodeId node)
    {
        ref InodeFields inode = ref _cache.WriteInode(node);
        inode.LinkCount -= inode.LinkCount > 0 ? 1u : 0;
        inode.Ctime = _nowNanos;
        inode.ChangeAttr++;
        if (inode.LinkCount > 0 || _clients.IsOpen(inode.Ino))
            EmitChanged(node);
        else
            Purge(node);
    }

    /// <summary>Removes an inode without names from its stray directory, within an event.</summary>
    private void Purge(NodeId node)
    {
        Dir stray = _cache.DirOf(node);
        byte[] name = _cache.NameOf(node).ToArray();
        CountEntry(stray, _cache.Inode(node), -1);
        RemoveDirs(node);
        Require(_cache.TryMakeNull(node));
        LeaveNull(stray, name);
    }
}
