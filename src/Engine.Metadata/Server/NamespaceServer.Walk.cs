// From a path to nodes, component by component.
//
// Ownership: the path lies in a buffer of the server's, and the walk's last name in it, until the next walk. A
// component that is not in memory parks the request on its dirfrag; the walk begins anew then.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>From paths to nodes. Source: path_resolution(7); migrator specification, appendix B.</content>
internal sealed partial class NamespaceServer
{
    private const int PathBytesMax = MetadataName.PathBytesMax;
    private const int LinksMax = 40;

    /// <summary>The path that is being walked, and one that a symbolic link turned it into.</summary>
    private byte[] _path = new byte[2 * (PathBytesMax + 1)];

    private byte[] _spare = new byte[2 * (PathBytesMax + 1)];

    /// <summary>Is the walk at its last name?</summary>
    private bool _isAtLast;

    /// <summary>Whose walk it is, and whether of a request's second path.</summary>
    private (RequestContext Of, bool IsSecond) _walked;

    /// <summary>Where the path begins that symbolic links have turned the walk's into, and how long it is; 0 where they have
    /// not.</summary>
    private (NodeId From, int Length) _turned;

    /// <summary>What they have turned the request's first path into, once the second is walked.</summary>
    private byte[] _turnedFirst = [];

    /// <summary>Walks a path.</summary>
    /// <param name="context">Who asks: waits where something must be read first.</param>
    /// <param name="from">Where a relative path begins.</param>
    /// <param name="path">The path.</param>
    /// <param name="tail">What to do with a symbolic link at its end.</param>
    /// <param name="walk">Where it leads; <see cref="PathWalk.Node"/> is none where only the last component is missing.</param>
    /// <param name="error">Why it leads nowhere.</param>
    private Progress Walk(
        RequestContext context, Ino from, ReadOnlySpan<byte> path, PathTail tail, out PathWalk walk, out IoError error)
    {
        walk = default;
        Progress begun = BeginWalk(context, from, path, ref walk, out error);
        if (begun == Progress.Waits || error.Failed)
            return begun;
        path.CopyTo(_path);
        int length = path.Length;
        int position = 0;
        int links = 0;
        while (TryComponent(ref position, length, out int end, out int after))
        {
            bool isLast = after == length;
            bool hasSlash = after > end;
            Progress way = CheckWay(context, walk.Node, _path.AsSpan(position, end - position), tail, isLast, out error);
            if (way == Progress.Waits || error.Failed)
                return way;
            walk.ReachedLast = _isAtLast = isLast;
            if (isLast && EndsAway(tail, hasSlash, _path.AsSpan(position, end - position), ref walk))
                return Progress.Done;

            bool mustBeFile = isLast && hasSlash && tail == PathTail.TargetFile;
            Progress step = StepInto(context, _path.AsSpan(position, end - position), mustBeFile, ref walk, out error);
            walk.HasTrailingSlash = isLast && hasSlash;
            if (step == Progress.Waits || error.Failed)
                return step;
            if (walk.Node.IsNone)
            {
                error = isLast ? IoError.None : IoError.NoEntry;
                return Progress.Done;
            }

            bool expands = IsLink(walk.Node) && (!isLast || tail >= PathTail.Target || (tail == PathTail.Link && hasSlash));
            if (!expands)
            {
                position = after;
                continue;
            }

            if (Root.IsNone)
                return LearnRoot(context, out error);
            error = ++links > LinksMax ? IoError.Loop : Expand(ref walk, ref length, end);
            position = 0;
            if (error.Failed)
                return Progress.Done;
            _turned = (walk.Node, length);
            if (AwaitDecision(context, walk.Node) == Progress.Waits)
                return Progress.Waits;
        }

        if (walk.HasTrailingSlash && !_cache.IsDirectory(walk.Node))
            error = IoError.NotDirectory;
        return Progress.Done;
    }

    /// <summary>Ends the walk where only another rank can tell of the last name.</summary>
    private bool EndsAway(PathTail tail, bool hasSlash, ReadOnlySpan<byte> name, ref PathWalk walk)
    {
        bool isDots = name is [(byte)'.'] or [(byte)'.', (byte)'.'];
        bool mayBeAway = tail is PathTail.NameAnywhere or PathTail.OwnWay && !isDots && MetadataName.Check(name).IsNone;
        if (!mayBeAway || !IsElsewhere(walk.Node, name))
            return false;
        walk.HasTrailingSlash = hasSlash;
        walk.Parent = walk.Node;
        walk.Name = name;
        walk.Node = walk.Entry = NodeId.None;
        walk.IsAway = true;
        walk.EndsInDots = false;
        return true;
    }

    /// <summary>May the directory be searched for a name, by this rank?</summary>
    private Progress CheckWay(
        RequestContext context, NodeId directory, ReadOnlySpan<byte> name, PathTail tail, bool isLast, out IoError error)
    {
        if (_cache.IsShared(directory))
        {
            Progress searchable = AwaitSearchable(context, directory, out error);
            if (searchable == Progress.Waits || error.Failed)
                return searchable;
        }

        error = CheckSearch(directory, context.Request.Caller);
        bool mayBeAway = tail == PathTail.OwnWay && isLast && error.IsNone && IsElsewhere(directory, name);
        if (tail is (PathTail.OwnName or PathTail.OwnWay) && !mayBeAway && !IsOwn(directory, name, tail, isLast, error))
            return EndCrossing(context, directory, name, out error);
        return error.IsNone || _cache.IsAuth(directory) ? Progress.Done : SendOn(context, directory, out error);
    }

    /// <summary>Can this rank tell whether the directory may be searched and, at the end, what becomes of the name?</summary>
    private bool IsOwn(NodeId directory, ReadOnlySpan<byte> name, PathTail tail, bool isLast, IoError error)
    {
        if (error.Failed)
            return _cache.IsAuth(directory);
        bool isDots = name is [(byte)'.'] or [(byte)'.', (byte)'.'];
        if (isDots)
            return true;
        Dir? dir = _cache.FindDirFor(directory, NameHash.Of(name));
        NodeId entry = dir is null ? NodeId.None : _cache.Lookup(dir, name);
        if (!entry.IsNone && IsMadeElsewhere(entry))
            return false;
        if (!IsElsewhere(directory, name))
            return true;
        // That a name is free only its authority says, which may be sent what need not be served here.
        bool isKnown = dir is not null && (entry.IsNone || !_cache.IsNull(entry));
        return !isLast && (isKnown || tail == PathTail.OwnWay);
    }

    /// <summary>Is it a name of an inode that another rank made and keeps, and that is not known here?</summary>
    private bool IsMadeElsewhere(NodeId entry) =>
        _cache.IsRemote(entry) && _cache.Link(entry).RemoteIno is var ino && ino.Maker != _options.Id
        && _cache.FindInode(ino).IsNone;

    /// <summary>EXDEV, or a wait where it is in doubt whose the name is.</summary>
    private Progress EndCrossing(Continuation waiter, NodeId directory, ReadOnlySpan<byte> name, out IoError error)
    {
        error = IoError.None;
        if (_cache.FindDirFor(directory, NameHash.Of(name)) is { } dir && _cache.Subtrees.AuthorityOf(dir).IsAmbiguous)
            return AwaitSingle(waiter, dir);
        error = s_crossRank;
        return Progress.Done;
    }

    /// <summary>Where a path begins.</summary>
    private Progress BeginWalk(
        RequestContext context, Ino from, ReadOnlySpan<byte> path, ref PathWalk walk, out IoError error)
    {
        bool isSecond = context.Request.Path2.Span.Overlaps(path);
        _turnedFirst = isSecond && _walked == (context, false) ? TurnedPath() : [];
        _turned = default;
        _walked = (context, isSecond);
        error = path.Length > PathBytesMax ? IoError.NameTooLong : IoError.None;
        if (error.Failed)
            return Progress.Done;
        bool isAbsolute = path.Length > 0 && path[0] == '/';
        if ((from == Ino.Root || isAbsolute) && Root.IsNone)
            return LearnRoot(context, out error);
        // What is the rank's own is nobody's to begin from.
        NodeId at = from.IsSystem && from != Ino.Root ? NodeId.None : _cache.FindInode(from);
        error = at.IsNone ? IoError.Stale : IoError.None;
        walk.Node = walk.Entry = isAbsolute ? Root : at;
        return error.Failed ? Progress.Done : AwaitDecision(context, walk.Node);
    }

    /// <summary>The next component of the path, and where what follows its slashes begins; false at the end.</summary>
    private bool TryComponent(ref int position, int length, out int end, out int after)
    {
        while (position < length && _path[position] == '/')
            position++;
        end = position;
        while (end < length && _path[end] != '/')
            end++;
        after = end;
        while (after < length && _path[after] == '/')
            after++;
        return position < length;
    }

    /// <summary>The same, where the path must lead to something.</summary>
    private Progress WalkToInode(
        RequestContext context, Ino from, ReadOnlySpan<byte> path, PathTail tail, out PathWalk walk, out IoError error)
    {
        Progress progress = Walk(context, from, path, tail, out walk, out error);
        if (progress == Progress.Done && error.IsNone && walk.Node.IsNone)
            error = IoError.NoEntry;
        return progress;
    }

    private IoError CheckSearch(NodeId directory, Credential caller)
    {
        if (!_cache.IsDirectory(directory))
            return IoError.NotDirectory;
        return Access.Check(_cache.Inode(directory), caller, Access.Execute);
    }

    private bool IsLink(NodeId node) => (_cache.Inode(node).Mode & FileMode.TypeMask) == FileMode.SymbolicLink;

    /// <summary>One component down, or up.</summary>
    private Progress StepInto(
        RequestContext context, ReadOnlySpan<byte> name, bool mustBeFile, ref PathWalk walk, out IoError error)
    {
        error = IoError.None;
        walk.EndsInDots = name is [(byte)'.'] or [(byte)'.', (byte)'.'];
        if (walk.EndsInDots)
        {
            walk.Parent = NodeId.None;
            walk.Name = name;
            if (name.Length == 2)
                walk.Node = ParentOf(walk.Node);
            walk.Entry = walk.Node;
            return AwaitDecision(context, walk.Node);
        }

        walk.Parent = walk.Node;
        walk.Name = name;
        error = mustBeFile ? IoError.IsDirectory : MetadataName.Check(name);
        if (error.Failed)
        {
            walk.Node = walk.Entry = NodeId.None;
            return Progress.Done;
        }

        return Find(context, walk.Parent, name, out walk.Entry, out walk.Node, out error);
    }

    /// <summary>The directory above; the directory itself at the root, and where it has no name any more: what it lies in is the
    /// rank's own.</summary>
    private NodeId ParentOf(NodeId directory) =>
        _cache.TryDirOf(directory) is { } dir && !_cache.Inode(dir.Inode).Ino.IsStray ? dir.Inode : directory;

    /// <summary>The entry of that name, and the inode behind it; none where the name is free.</summary>
    private Progress Find(
        Continuation context, NodeId directory, ReadOnlySpan<byte> name, out NodeId entry, out NodeId inode, out IoError error)
    {
        inode = NodeId.None;
        entry = NodeId.None;
        Progress progress = OpenFor(context, directory, NameHash.Of(name), out Dir? dir, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        entry = _cache.Lookup(dir!, name);
        if (entry.IsNone && !dir!.IsAuth)
            return LearnEntry(context, dir, name, out error);
        if (!entry.IsNone && AwaitDecision(context, entry) == Progress.Waits)
            return Progress.Waits;
        // That a name is free only its authority says: a copy may be old for as long as the end of a channel is not known.
        if (!dir!.IsAuth && _cache.IsNull(entry))
            return ConfirmFree(context, dir, ref entry, name, out error);
        if (entry.IsNone && !dir!.IsComplete)
            return Fetch(context, dir, out error);
        if (entry.IsNone || _cache.IsNull(entry))
        {
            entry = NodeId.None;
            return Progress.Done;
        }

        inode = entry;
        return _cache.IsRemote(entry) ? FindRemote(context, entry, out inode, out error) : Progress.Done;
    }

    /// <summary>The dirfrag in which a hash belongs, open, though not complete perhaps; or the copy of another rank's.</summary>
    private Progress OpenFor(Continuation context, NodeId directory, uint hash, out Dir? dir, out IoError error)
    {
        error = IoError.None;
        dir = _cache.FindDirFor(directory, hash);
        if (dir is null && !_cache.IsAuth(directory))
            return LearnDir(context, directory, _cache.LeafOf(directory, hash), out error);
        if (dir is null)
        {
            error = _cache.TryOpen(directory, _cache.LeafOf(directory, hash), out dir);
            if (error.Failed)
                return Progress.Done;
        }

        _seen = Math.Max(_seen, dir!.ChangedAt);
        if (IsBad(dir))
            error = IoError.Io;
        return AwaitArrival(context, dir);
    }

    /// <summary>Waits where a region has come that is not decided: who gives it may have taken it back, and changed it.</summary>
    private Progress AwaitArrival(Continuation waiter, Dir dir)
    {
        bool isUndecided = _undecided.Count > 0 && dir.IsAuth && _undecided.ContainsKey(_cache.Subtrees.RootOf(dir).Name);
        return isUndecided ? AwaitSingle(waiter, dir) : Progress.Done;
    }

    /// <summary>The inode of a remote entry: it lies in a stray directory of the rank that made it, under its number, wherever
    /// its names went.</summary>
    private Progress FindRemote(Continuation context, NodeId entry, out NodeId inode, out IoError error)
    {
        Ino ino = _cache.Link(entry).RemoteIno;
        inode = _cache.FindInode(ino);
        error = IoError.None;
        if (!inode.IsNone)
            return AwaitDecision(context, inode);
        Dir dir = _cache.DirOf(entry);
        if (ino.Maker != _options.Id)
            return FindRemoteElsewhere(context, dir, ino.Maker, out error);
        Progress progress = FindStray(context, ino, out NodeId stray, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        Span<byte> name = stackalloc byte[StrayNameBytes];
        StrayName(ino, name);
        progress = Find(context, stray, name, out _, out inode, out error);
        if (progress == Progress.Waits || error.Failed || !inode.IsNone)
            return progress;
        // Whose the name is knows better.
        if (!dir.IsAuth)
            return SendOn(context, dir, out error);
        error = IoError.Damaged;
        return Progress.Done;
    }

    /// <summary>The inode of a remote entry is another rank's. Who has the name says so, and sends on what concerns the inode
    /// alone; what changes a name and an inode of two ranks together ends with EXDEV, unless it goes on from there.</summary>
    private Progress FindRemoteElsewhere(Continuation context, Dir dir, RankId maker, out IoError error)
    {
        if (!dir.IsAuth)
            return SendOn(context, dir, out error);
        bool changesNames = context is RequestContext { Request.Op: ClientOp.Rename }
            || (_isAtLast && context is RequestContext { Request.Op: ClientOp.Unlink })
            || (_isAtLast && context is RequestContext { Request: { Op: ClientOp.Link } request } && !Follows(request));
        if (!changesNames)
            return SendOn(context, null, Authority.Of(maker), out error);
        error = s_crossRank;
        return Progress.Done;
    }

    /// <summary>The request as it is to be sent on: with the paths that symbolic links have turned its own into.</summary>
    private ClientForward ForwardOf(RequestContext context, RankId to)
    {
        ClientForward forward = new(context.Request.Tid, to, (byte)(context.Request.Hops + 1));
        if (_walked.Of != context)
            return forward;
        byte[] path = TurnedPath();
        return _walked.IsSecond ? forward with { Path = _turnedFirst, Path2 = path } : forward with { Path = path };
    }

    /// <summary>The path from the root that symbolic links have turned the walk's into; empty where they have not.</summary>
    private byte[] TurnedPath()
    {
        ReadOnlySpan<byte> left = _path.AsSpan(0, _turned.Length);
        if (left is [] or [(byte)'/', ..])
            return left.ToArray();
        int above = _cache.TryWritePath(_turned.From, _spare);
        return above >= 0 && above + 1 + left.Length <= PathBytesMax
            ? [.. _spare.AsSpan(0, above), (byte)'/', .. left]
            : [];
    }

    /// <summary>Puts a symbolic link's target in front of what is left of the path.</summary>
    private IoError Expand(ref PathWalk walk, ref int length, int end)
    {
        int rest = length - end;
        PageChain chain = _cache.ChainOf(walk.Node);
        if (!chain.TryGetExt(_cache.PlaceOf(walk.Node), ExtKind.Symlink, _scratch, out ReadOnlySpan<byte> target))
            return IoError.Damaged;
        if (target.Length + rest > PathBytesMax)
            return IoError.NameTooLong;
        target.CopyTo(_spare);
        _path.AsSpan(end, rest).CopyTo(_spare.AsSpan(target.Length));
        length = target.Length + rest;
        (_path, _spare) = (_spare, _path);
        NodeId directory = _cache.DirOf(walk.Entry).Inode;
        walk.Node = walk.Entry = length > 0 && _path[0] == '/' ? Root : directory;
        return IoError.None;
    }
}
