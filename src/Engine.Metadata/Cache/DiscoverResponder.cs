// The authority's side of obtaining copies.
//
// A walk from the base along the path, which copies what it passes and counts the copies. Where it cannot go on it sends
// what it has; where it has nothing yet it says what to wait for, and the whole question is asked again. Nothing is copied
// out of a frozen tree, so that nobody gets a copy of what is moving.

using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Answers one <see cref="Discover"/> from a cache.</summary>
public sealed class DiscoverResponder(MetadataCache cache, IDiscoverHost host)
{
    private readonly List<ReplicaStep> _trace = [];
    private readonly List<NodeId> _wanted = [];
    private RankId _from;

    /// <summary>Where to wait, after anything but <see cref="DiscoverStop.None"/>.</summary>
    public NodeId WaitAt { get; private set; }

    /// <summary>The frozen dirfrag, after <see cref="DiscoverStop.Frozen"/>; null where it is the node that is.</summary>
    public Dir? WaitIn { get; private set; }

    /// <summary>Of what the answer gave copies of, what somebody waits for nobody to have copies of: what called them back may
    /// have crossed with the question.</summary>
    public IReadOnlyList<NodeId> CalledBack => _wanted;

    /// <summary>The frag that is to be read, after <see cref="DiscoverStop.Fetch"/>.</summary>
    public Frag FetchFrag { get; private set; }

    /// <summary>Answers, or says what has to come first.</summary>
    public DiscoverStop TryAnswer(RankId from, Discover question, out DiscoverReply? reply)
    {
        ArgumentNullException.ThrowIfNull(question);
        _trace.Clear();
        _wanted.Clear();
        _from = from;
        DiscoverOutcome outcome = DiscoverOutcome.Answered;
        RankId hint = RankId.None;
        byte[]? errorName = null;
        NodeId node = cache.FindInode(question.Base);
        DiscoverStop stop = DiscoverStop.None;
        if (node.IsNone)
            outcome = DiscoverOutcome.Gone;
        else if (question.WantBaseInode && (cache.StateOf(node) & NodeState.Base) != 0)
            stop = TryAddEntry(node);
        for (int i = 0; outcome == DiscoverOutcome.Answered && stop == DiscoverStop.None && !node.IsNone; i++)
        {
            byte[]? name = i < question.Path.Count ? question.Path[i] : null;
            bool wantDir = i > 0 || question.WantBaseDir;
            if (name == null && !(i == 0 && wantDir))
                break;
            outcome = Step(question, ref node, name, wantDir, i == question.Path.Count - 1, out stop, ref hint);
            if (outcome != DiscoverOutcome.Answered)
                errorName = name;
            if (name == null)
                break;
        }

        if (stop != DiscoverStop.None && _trace.Count == 0)
        {
            reply = null;
            return stop;
        }

        reply = new DiscoverReply(question.Tid, question.Base, outcome, errorName, hint, [.. _trace]);
        return DiscoverStop.None;
    }

    /// <summary>One name further: the dirfrag, and the entry in it, which becomes the node.</summary>
    private DiscoverOutcome Step(
        Discover question, ref NodeId node, byte[]? name, bool wantDir, bool isTail, out DiscoverStop stop, ref RankId hint)
    {
        WaitAt = node;
        WaitIn = null;
        stop = DiscoverStop.None;
        if (!cache.IsDirectory(node))
            return DiscoverOutcome.NotDirectory;
        uint hash = name == null ? question.BaseFrag.Value : NameHash.Of(name);
        Dir? dir = cache.FindDirFor(node, hash);
        if (dir == null ? !cache.IsAuth(node) : !dir.IsAuth)
        {
            // What was copied so far is good; the sender asks on from there.
            if (_trace.Count > 0)
            {
                node = NodeId.None;
                return DiscoverOutcome.Answered;
            }

            Dir? known = dir ?? cache.TryDirOf(node);
            hint = known is null ? cache.Inode(node).Ino.Maker
                : cache.Subtrees.AuthorityOf(known) is { First: >= 0 } authority ? new RankId(authority.First) : RankId.None;
            return DiscoverOutcome.NotAuthority;
        }

        stop = WhyNotRead(dir, node, name, hash);
        if (stop != DiscoverStop.None)
            return DiscoverOutcome.Answered;
        if (wantDir)
            stop = TryAddDir(dir!);
        if (name == null || stop != DiscoverStop.None)
            return DiscoverOutcome.Answered;
        return StepToEntry(dir!, ref node, name, isTail && question.WantXlocked, out stop);
    }

    private DiscoverStop WhyNotRead(Dir? dir, NodeId node, byte[]? name, uint hash)
    {
        // Of what is being divided there is not to be a copy that nobody tells of the parts.
        bool isFrozen = dir == null ? cache.IsFrozen(node)
            : dir.Has(DirState.Fragmenting) || (cache.IsFrozenTree(dir) && !cache.AwaitsCaps(dir));
        if (isFrozen)
        {
            WaitAt = dir != null && dir.Count > 0 ? MetadataCache.EntryAt(dir, 0) : node;
            WaitIn = dir;
            return DiscoverStop.Frozen;
        }

        bool isKnown = dir != null && (name == null || dir.IsComplete || !cache.Lookup(dir, name).IsNone);
        FetchFrag = cache.LeafOf(node, hash);
        return isKnown ? DiscoverStop.None : DiscoverStop.Fetch;
    }

    private DiscoverOutcome StepToEntry(Dir dir, ref NodeId node, byte[] name, bool mayBeLocked, out DiscoverStop stop)
    {
        stop = DiscoverStop.None;
        NodeId child = cache.Lookup(dir, name);
        if (child.IsNone && cache.TryAddNull(dir, name, out child).Failed)
        {
            stop = DiscoverStop.Memory;
            return DiscoverOutcome.Answered;
        }

        WaitAt = child;
        if (host.IsXlocked(child) && !mayBeLocked)
            stop = DiscoverStop.Locked;
        else if ((cache.StateOf(child) & NodeState.Frozen) != 0)
            stop = DiscoverStop.Frozen;
        else if ((cache.StateOf(child) & NodeState.AmbiguousAuth) != 0)
            stop = DiscoverStop.InDoubt;
        if (stop != DiscoverStop.None)
            return DiscoverOutcome.Answered;
        if ((cache.StateOf(child) & NodeState.Purging) != 0)
            return DiscoverOutcome.Gone;
        stop = TryAddEntry(child);
        node = cache.HasInode(child) ? child : NodeId.None;
        return DiscoverOutcome.Answered;
    }

    private DiscoverStop TryAddDir(Dir dir)
    {
        if (cache.TryAddReplica(dir, _from, out uint nonce).Failed)
            return DiscoverStop.Memory;
        _trace.Add(ReplicaImage.OfDir(cache, dir, nonce));
        NoteWanted(dir.Inode);
        return DiscoverStop.None;
    }

    private DiscoverStop TryAddEntry(NodeId node)
    {
        if (cache.TryAddReplica(node, _from, out uint nonce).Failed)
            return DiscoverStop.Memory;
        NoteWanted(node);
        Ino of = cache.TryDirOf(node) is Dir dir ? dir.Name.Ino : default;
        _trace.Add(ReplicaImage.OfEntry(cache, node, of, nonce, cache.HasInode(node) ? LocksOf(node) : default));
        return DiscoverStop.None;
    }

    private void NoteWanted(NodeId node)
    {
        if ((cache.WaitedFor(node) & WaitMask.Unreplicated) != 0)
            _wanted.Add(node);
    }

    private LockStates LocksOf(NodeId node)
    {
        LockStates states = default;
        for (LockKind kind = LockKind.Snap; kind <= LockKind.Dft; kind++)
            states[LockRules.PlaceOf(kind)] = (byte)host.StateForReplica(node, kind, _from);
        return states;
    }
}
