// What is another rank's: a request for it is sent on there; the way through it is learned by copies.
//
// A request that is sent on is over here. It is sent on at first, and learns the way only when that has not helped: what is asked
// for a second time may lead through several ranks (a link, two paths).
// Invariant: nothing of another rank's is changed or read from the store here.

using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Requests that concern other ranks. Source: migrator specification, appendix B.</content>
internal sealed partial class NamespaceServer
{
    /// <summary>A request that was sent on so often, or more, learns the way instead.</summary>
    private const int HopsToLearn = 2;

    /// <summary>A request that was sent on more often is given up.</summary>
    private const int HopsMax = 8;

    /// <summary>Beside one for each byte of its paths, answers of other ranks that a request waits for.</summary>
    private const int QuestionsMax = 64;

    /// <summary>EREMOTE: what is asked for is with another rank, and cannot be had through it.</summary>
    private static readonly IoError s_remote = new(66);

    /// <summary>EXDEV: a change that would concern two ranks.</summary>
    private static readonly IoError s_crossRank = new(18);

    /// <summary>The other ranks.</summary>
    public PeerServer Peers { get; set; } = null!;

    /// <summary>Requests that were sent on so often that they were given up.</summary>
    public long HopsExceeded { get; private set; }

    /// <summary>What the dirfrags of other ranks count goes into the inode, in the journal; false while there is no room, or
    /// the directory above is not in memory or stands still.</summary>
    public bool TryCountShares(NodeId node)
    {
        // The rank that it is promised to has been told what is counted.
        if (IsPromised(node))
            return false;
        if (_cache.TryDirOf(node) is { } home)
        {
            // Its own count has to be known for that.
            if (!home.IsComplete && !home.Has(DirState.Fetching))
                Fetch(new Idle(), home, out _);
            if (!home.IsComplete || _cache.IsFrozen(home))
                return false;
        }

        for (Dir? dir = _cache.FirstDirOf(node); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            if (Fold(dir).Failed)
                return false;
        }

        return true;
    }

    /// <summary>The authority over a directory has counted what this rank's dirfrags of it told.</summary>
    public void NoteCounted(NodeId node, LockKind kind, ReadOnlySpan<byte> share)
    {
        for (int at = 0; at < share.Length; at += PeerServer.ShareBytes(kind))
        {
            bool isFrag = Frag.TryFromRaw(MemoryMarshal.Read<uint>(share[at..]), out Frag frag);
            Invariant.That(isFrag);
            // Without room for the event it is told again with the next share; so it is where the dirfrag goes elsewhere.
            if (_cache.FindDir(node, frag) is not { IsAuth: true, IsComplete: true } dir || _cache.IsFrozenTree(dir)
                || BeginChange(EventKind.Update, DirBytes, dir).Failed)
                continue;
            ref DirRecord record = ref _cache.Write(dir);
            if (kind == LockKind.File)
                record.AccountedStat = MemoryMarshal.Read<FragStat>(share[(at + sizeof(uint))..]);
            else
                record.AccountedRecursive = MemoryMarshal.Read<RecursiveStat>(share[(at + sizeof(uint))..]);
            _cache.MarkDirty(dir, _journal.Segment, Seq);
            EmitDir(dir);
            EndChange();
        }
    }

    /// <summary>The authority over the dirfrag serves the request; where there is doubt about it, the request waits.</summary>
    private Progress SendOn(Continuation waiter, Dir dir, out IoError error) =>
        SendOn(waiter, dir, _cache.Subtrees.AuthorityOf(dir), out error);

    /// <summary>The authority over the inode serves the request.</summary>
    private Progress SendOn(Continuation waiter, NodeId node, out IoError error) =>
        SendOn(waiter, _cache.TryDirOf(node), Peers.AuthorityOf(node), out error);

    /// <summary>The authority over a name serves the request.</summary>
    private Progress SendOn(Continuation waiter, NodeId directory, ReadOnlySpan<byte> name, out IoError error) =>
        _cache.FindDirFor(directory, NameHash.Of(name)) is { } dir
            ? SendOn(waiter, dir, out error)
            : SendOn(waiter, directory, out error);

    private Progress SendOn(Continuation waiter, Dir? dir, Authority authority, out IoError error)
    {
        error = IoError.None;
        if (authority.IsAmbiguous && dir is not null)
            return AwaitSingle(waiter, dir);
        if (waiter is not RequestContext context || authority.First < 0 || context.Request.Hops >= HopsMax)
        {
            HopsExceeded += waiter is NameOffer ? 0 : 1;
            error = s_remote;
            return Progress.Done;
        }

        End(context);
        context.ReleaseLocks();
        if (!context.IsOrphan)
            _effects.Send(context.From, ForwardOf(context, new RankId(authority.First)));
        return Progress.Waits;
    }

    private Progress AwaitSingle(Continuation waiter, Dir dir)
    {
        (waiter as RequestContext)?.ReleaseLocks();
        _cache.Wait(dir, WaitMask.SingleAuth, waiter);
        return Progress.Waits;
    }

    /// <summary>Waits for a copy of the root.</summary>
    private Progress LearnRoot(Continuation waiter, out IoError error) => Learn(
        waiter, null, Authority.Of(new RankId(0)), new Discover(0, Ino.Root, Frag.Root, [], true, true, false), out error);

    /// <summary>Waits for a copy of a dirfrag of another rank's directory.</summary>
    private Progress LearnDir(Continuation waiter, NodeId directory, Frag frag, out IoError error) => Learn(
        waiter, _cache.TryDirOf(directory), Peers.AuthorityOf(directory),
        new Discover(0, _cache.Inode(directory).Ino, frag, [], false, true, false), out error);

    /// <summary>An entry that no copy tells of: the authority serves the request, or tells of it.</summary>
    private Progress LearnEntry(Continuation waiter, Dir dir, ReadOnlySpan<byte> name, out IoError error)
    {
        if (waiter is RequestContext { Request.Hops: < HopsToLearn })
            return SendOn(waiter, dir, out error);
        Discover question = new(0, dir.Name.Ino, dir.Frag, [name.ToArray()], false, false, false);
        return Learn(waiter, dir, _cache.Subtrees.AuthorityOf(dir), question, out error);
    }

    /// <summary>A copy says that a name is free, and may be old. The authority serves the request; for one that has been sent on
    /// before it is asked, since who has the name may not know the way to it.</summary>
    private Progress ConfirmFree(
        Continuation waiter, Dir dir, ref NodeId entry, ReadOnlySpan<byte> name, out IoError error)
    {
        if (waiter is not RequestContext { Request.Hops: >= HopsToLearn } context)
            return SendOn(waiter, dir, out error);
        error = IoError.None;
        (DirFrag, uint) asked = (dir.Name, NameHash.Of(name));
        if (context.KnownFree == asked)
        {
            entry = NodeId.None;
            return Progress.Done;
        }

        Discover question = new(0, dir.Name.Ino, dir.Frag, [name.ToArray()], false, false, false);
        return Learn(waiter, dir, _cache.Subtrees.AuthorityOf(dir), question, out error, () => context.KnownFree = asked);
    }

    private Progress Learn(
        Continuation waiter, Dir? dir, Authority authority, Discover question, out IoError error, Action? isFree = null)
    {
        error = IoError.None;
        if (authority.IsAmbiguous && dir is not null)
            return AwaitSingle(waiter, dir);
        RequestContext? context = waiter as RequestContext;
        bool isTooMuch = context is not null
            && ++context.Questions > QuestionsMax + context.Request.Path.Length + context.Request.Path2.Length;
        if (isTooMuch || authority.First < 0 || authority.First == _options.Id.Value)
        {
            error = s_remote;
            return Progress.Done;
        }

        context?.ReleaseLocks();
        RankId to = new(authority.First);
        return isFree is null ? Peers.Ask(waiter, to, question) : Peers.AskAnew(waiter, to, question, isFree);
    }

    /// <summary>Makes sure that no other rank has a copy of an entry that is to be changed; EBUSY by way of the waiter where one
    /// keeps its copy.</summary>
    /// <param name="waiter">Who waits.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="but">A rank that may have one.</param>
    public Progress AwaitUnreplicated(Continuation waiter, NodeId entry, ulong but = 0)
    {
        if (!HasCopies(entry, but))
            return Progress.Done;
        (waiter as RequestContext)?.ReleaseLocks();
        _cache.Wait(entry, WaitMask.Unreplicated, waiter);
        Peers.Recall(entry, but);
        return Progress.Waits;
    }

    /// <summary>Is a name's dirfrag another rank's?</summary>
    private bool IsElsewhere(NodeId directory, ReadOnlySpan<byte> name)
    {
        Dir? dir = _cache.FindDirFor(directory, NameHash.Of(name));
        return dir is null ? !_cache.IsAuth(directory) : !dir.IsAuth;
    }

    /// <summary>Waits while an owner of a part of a directory has no copy of its inode, after a restart of one of the two: what
    /// it counts is not known before.</summary>
    private Progress AwaitOwners(RequestContext context, NodeId directory)
    {
        if (!_cache.IsDirectory(directory) || !_cache.IsAuth(directory))
            return Progress.Done;
        for (Dir? dir = _cache.FirstDirOf(directory); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            bool isUnknown = !dir.IsAuth && dir.DirAuth is { IsAmbiguous: false, First: >= 0 }
                && (_cache.ReplicasOf(directory) & (1UL << dir.DirAuth.First)) == 0;
            if (!isUnknown)
                continue;
            context.ReleaseLocks();
            _cache.Wait(directory, WaitMask.Replica, context);
            return Progress.Waits;
        }

        return Progress.Done;
    }

    /// <summary>Waits while an owner of something below a directory that moves has no copy of its inode, after a restart or the
    /// end of a channel: it would go on with the way that was, since it cannot be called back.</summary>
    private Progress AwaitOwnersBelow(RequestContext context, NodeId directory)
    {
        if (directory.IsNone || !_cache.IsDirectory(directory) || !_cache.IsAuth(directory))
            return Progress.Done;
        for (Dir? dir = _cache.FirstDirOf(directory); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            if (AwaitOwner(context, directory, dir) == Progress.Waits)
                return Progress.Waits;
            List<Dir> roots = [];
            if (dir.Spine is not null)
                _cache.Subtrees.AddRootsBelow(dir, roots);
            for (int i = 0; i < roots.Count; i++)
            {
                if (AwaitOwner(context, directory, roots[i]) == Progress.Waits)
                    return Progress.Waits;
                _cache.Subtrees.AddRootsBelow(roots[i], roots);
            }
        }

        return Progress.Done;
    }

    private Progress AwaitOwner(RequestContext context, NodeId directory, Dir root)
    {
        if (root.IsAuth || !root.IsSubtreeRoot)
            return Progress.Done;
        if (root.DirAuth.IsAmbiguous)
            return AwaitSingle(context, root);
        int owner = root.DirAuth.First;
        if (owner < 0 || owner == _options.Id.Value || (_cache.ReplicasOf(directory) & (1UL << owner)) != 0)
            return Progress.Done;
        context.ReleaseLocks();
        _cache.Wait(directory, WaitMask.Replica | WaitMask.Owner, context);
        return Progress.Waits;
    }

    private bool HasCopies(NodeId entry, ulong but)
    {
        if (entry.IsNone)
            return false;
        bool hasCopies = (_cache.StateOf(entry) & NodeState.Replicated) != 0 && (_cache.ReplicasOf(entry) & ~but) != 0;
        for (Dir? dir = _cache.FirstDirOf(entry); dir is not null && !hasCopies; dir = MetadataCache.NextDirOf(dir))
            hasCopies = dir.IsAuth && (_cache.ReplicasOf(dir) & ~but) != 0;
        return hasCopies;
    }

    /// <summary>Waits for something that is looked at again in any case.</summary>
    private sealed class Idle : Continuation
    {
        public override void Run(IoError error)
        {
        }
    }
}
