// Directories that go from one rank to another: what both sides of it have in common.
//
// Only the inode goes. Whose the dirfrags of the directory are, and what lies below, stays as it was: they are subtrees of their
// own under the new parent, or one with it where they were the coordinator's already. What a third rank owns below would have to
// learn another way, as with a rename within a rank: the rename ends with EBUSY then.
// A directory is in doubt at the participant from the promise on, and at the coordinator from the decision until the participant
// has it at its new place too: whoever comes upon it waits. Whoever decides, or gives, looks at the way to the new place: it
// leads through no directory in doubt. So of renames that would make a loop the last to be decided sees all others, and ends with
// EINVAL.
// Invariants: nobody but the two has a copy of a directory in doubt; what is counted of its dirfrags does not change while it is
// promised.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Directories between ranks. Source: migrator specification, 1.5, 4.5.</content>
internal sealed partial class NamespaceServer
{
    /// <summary>Directories that came, of which the rank that gave them does not know yet that they have.</summary>
    private readonly Dictionary<UpdateId, NodeId> _come = [];

    private int ComeCount => _come.Count;

    /// <summary>Is the directory promised to another rank, and still this rank's?</summary>
    private bool IsPromised(NodeId node)
    {
        if (_offers.Count == 0 || (_cache.StateOf(node) & NodeState.AmbiguousAuth) == 0)
            return false;
        foreach (NameOffer offer in _offers.Values)
        {
            if (offer.Entry == node && !offer.HasGone)
                return true;
        }

        return false;
    }

    /// <summary>Does something below the directory belong to a rank that is neither this one nor the other of the two?</summary>
    private bool LeadsToThird(NodeId directory, RankId other)
    {
        List<Dir> roots = [];
        AddRootsIn(directory, roots);
        foreach (Dir root in roots)
        {
            if (root.DirAuth.First != _options.Id.Value && root.DirAuth.First != other.Value)
                return true;
        }

        return false;
    }

    /// <summary>All roots of subtrees in and below a directory, as far as they are known here.</summary>
    private void AddRootsIn(NodeId directory, List<Dir> roots)
    {
        for (Dir? dir = _cache.FirstDirOf(directory); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            if (dir.IsSubtreeRoot)
                roots.Add(dir);
            else if (dir.Spine is not null)
                _cache.Subtrees.AddRootsBelow(dir, roots);
        }

        for (int i = 0; i < roots.Count; i++)
        {
            if (roots[i].Spine is not null)
                _cache.Subtrees.AddRootsBelow(roots[i], roots);
        }
    }

    /// <summary>Does nobody hold a lock of the directory, once requests that wait have given back theirs?</summary>
    private bool HasFreeLocks(NodeId directory)
    {
        _clients.Locks.ReleaseHeld();
        return LocksOf(directory).TrueForAll(static item => item is { Readers: 0, Writers: 0, Owner: 0 });
    }

    private List<MetadataLock> LocksOf(NodeId directory)
    {
        LockObject on = ObjectOf(directory);
        return _clients.Locks.List(item => item.Object == on);
    }

    /// <summary>Waits while a directory on the way to this one, or it, is in doubt.</summary>
    private Progress AwaitWay(RequestContext context, NodeId directory)
    {
        for (NodeId at = directory; _cache.TryDirOf(at) is { } above; at = above.Inode)
        {
            if (AwaitDecision(context, at) == Progress.Waits)
                return Progress.Waits;
        }

        return Progress.Done;
    }

    /// <summary>The names from the root to a directory that came.</summary>
    private List<byte[]> WayTo(Ino directory)
    {
        List<byte[]> way = [];
        NodeId node = directory.IsNone ? NodeId.None : _cache.FindInode(directory);
        for (; !node.IsNone && _cache.TryDirOf(node) is { } above; node = above.Inode)
            way.Insert(0, _cache.NameOf(node).ToArray());
        return way;
    }

    /// <summary>A directory that came is in doubt until the rank that gave it has it where it is now.</summary>
    private void KeepCome(DecidedUpdate update)
    {
        NodeId node = update.Directory.IsNone ? NodeId.None : _cache.FindInode(update.Directory);
        if (node.IsNone || !_cache.CanAuthPin(node))
            return;
        _cache.AuthPin(node);
        _cache.SetState(node, NodeState.AmbiguousAuth, true);
        _come.Add(update.Id, node);
    }

    private void EndCome(DecidedUpdate update)
    {
        if (!_come.Remove(update.Id, out NodeId node))
            return;
        _cache.Wake(node, WaitMask.SingleAuth);
        _cache.SetState(node, NodeState.AmbiguousAuth, false);
        _cache.AuthUnpin(node);
    }

    /// <summary>Puts a directory that came, and the way to it, into a segment's head: a later life tells that way.</summary>
    private void EmitCome(DecidedUpdate update)
    {
        if (!_come.TryGetValue(update.Id, out NodeId node))
            return;
        EmitContext(_cache.DirOf(node));
        EmitWay(node);
    }
}
