// Which dirfrags are roots of subtrees, and how they lie within one another.
//
// Bounds of a root are not stored as sets. Every root is linked to the dirfrags above it as far as the next root: the spine, a
// tree of just those dirfrags that have roots below them. Bounds of x are the first roots met walking down the spine from x. So
// making or merging a root costs its distance to the next root, whatever the number of its siblings, and nothing has to be moved
// from one set to another.
// Ownership: one map a cache; links lie in the dirfrags.
// Invariants: a dirfrag has links exactly if it is a root or has spine children; it is a child of the dirfrag that holds its
// inode, if there is one; roots, and only they, hold one Subtree pin and are in the list of roots.

using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>The subtree map of one cache. Source: migrator specification, 1.5.</summary>
public sealed partial class SubtreeMap
{
    private readonly MetadataCache _cache;
    private readonly List<NodeId> _toEvaluate = [];
    private Dir? _firstRoot;
    private Dir? _lastRoot;

    internal SubtreeMap(MetadataCache cache) => _cache = cache;

    /// <summary>Roots.</summary>
    public int Count { get; private set; }

    /// <summary>Dirfrags visited by all operations so far: what they cost.</summary>
    public long Steps { get; private set; }

    /// <summary>Inodes that stopped being delegation points, whose locks are to be looked at again. Emptied by the
    /// caller.</summary>
    public IReadOnlyList<NodeId> ToEvaluate => _toEvaluate;

    /// <summary>Forgets the inodes of <see cref="ToEvaluate"/>.</summary>
    public void ClearToEvaluate() => _toEvaluate.Clear();

    /// <summary>All roots, in the order in which they became roots.</summary>
    public IEnumerable<Dir> Roots()
    {
        for (Dir? root = _firstRoot; root != null; root = root.Spine!.NextRoot)
            yield return root;
    }

    /// <summary>The root of the subtree that the dirfrag is in; null when nothing above it is one.</summary>
    public Dir? TryFindRoot(Dir dir)
    {
        for (Dir? at = dir; at != null; at = _cache.ParentOf(at))
        {
            Steps++;
            if (at.IsSubtreeRoot)
                return at;
        }

        return null;
    }

    /// <summary>The root of the subtree that the dirfrag is in.</summary>
    public Dir RootOf(Dir dir)
    {
        Dir? root = TryFindRoot(dir);
        if (root == null)
            Invariant.Fail($"{dir} is in no subtree");
        return root;
    }

    /// <summary>Authority over the dirfrag.</summary>
    public Authority AuthorityOf(Dir dir) => TryFindRoot(dir)?.DirAuth ?? Authority.Undefined;

    /// <summary>The direct bounds of a root, added to the list in a fixed order.</summary>
    public void AddBounds(Dir root, List<Dir> bounds)
    {
        Invariant.That(root.IsSubtreeRoot);
        AddRootsBelow(root, bounds);
    }

    /// <summary>The bounds that the dirfrag would have if it were a root; those it has if it is one.</summary>
    public void AddWouldBeBounds(Dir dir, List<Dir> bounds) => AddRootsBelow(dir, bounds);

    /// <summary>Makes the dirfrag a root with this authority, or changes that of a root.</summary>
    public void AdjustAuth(Dir dir, Authority authority)
    {
        Invariant.That(authority.IsSubtreeRoot);
        if (dir.IsSubtreeRoot)
        {
            SetAuth(dir, authority);
            return;
        }

        Dir? outer = TryFindRoot(dir);
        Invariant.That(outer != null || _cache.ParentOf(dir) == null);
        AddRoot(dir);
        SetAuth(dir, authority);
        if (outer != null && dir.IsAuth)
            _cache.AdjustSubtreePopularity(dir, outer, add: false);
    }

    /// <summary>Merges the dirfrag, and then its bounds, into what is around them wherever that has the same authority.</summary>
    public void TryMerge(Dir dir)
    {
        if (!dir.IsSubtreeRoot)
            return;
        List<Dir> bounds = [];
        AddRootsBelow(dir, bounds);
        TryMergeAt(dir);
        foreach (Dir bound in bounds)
            TryMergeAt(bound);
    }

    /// <summary>Merges a root into the subtree around it if both have one and the same authority and nothing forbids
    /// it.</summary>
    public bool TryMergeAt(Dir dir)
    {
        if (!IsMergeable(dir))
            return false;
        Merge(dir);
        return true;
    }

    /// <summary>Would <see cref="TryMergeAt"/> merge?</summary>
    public bool IsMergeable(Dir dir) =>
        dir.IsSubtreeRoot
        && !dir.DirAuth.IsAmbiguous
        && !dir.Has(DirState.ExportBound | DirState.AuxSubtree)
        && _cache.ParentOf(dir) is Dir parent
        && TryFindRoot(parent) is Dir outer
        && outer.DirAuth == dir.DirAuth;

    /// <summary>
    /// Makes the dirfrag a root with this authority and exactly these bounds: those that are no roots become ones with the
    /// authority that the dirfrag had; every other root between is swallowed. False when one of the bounds does not lie below
    /// the dirfrag, or lies below another: the rest is done. A root that is to be kept, and what lies below it, stays as it is.
    /// </summary>
    public bool AdjustBounded(Dir dir, IReadOnlyList<Dir> bounds, Authority authority, Predicate<Dir>? keeps = null)
    {
        Authority old = AuthorityOf(dir);
        AdjustAuth(dir, authority);
        HashSet<Dir> wanted = [.. bounds];
        foreach (Dir bound in bounds)
        {
            if (!bound.IsSubtreeRoot && IsBelow(bound, dir, keeps))
                AdjustAuth(bound, old);
        }

        List<Dir> found = [];
        AddRootsBelow(dir, found);
        for (int i = 0; i < found.Count; i++)
        {
            if (wanted.Contains(found[i]) || keeps?.Invoke(found[i]) == true)
                continue;
            // What lay below the swallowed root lies below this one now.
            AddRootsBelow(found[i], found);
            SetAuth(found[i], authority);
            Merge(found[i]);
        }

        return found.Count(wanted.Contains) == wanted.Count;
    }

    /// <summary>Is the dirfrag somewhere below the other, with no root between them that is to be kept?</summary>
    public bool IsBelow(Dir dir, Dir above, Predicate<Dir>? keeps = null)
    {
        for (Dir? at = _cache.ParentOf(dir); at != null; at = _cache.ParentOf(at))
        {
            Steps++;
            if (at == above)
                return true;
            if (at.IsSubtreeRoot && keeps?.Invoke(at) == true)
                return false;
        }

        return false;
    }

    /// <summary>
    /// After a directory's entry moved between dirfrags: its open dirfrags keep their authority. They become roots where that
    /// differs from the one around their new place, and merge where it does not any more.
    /// </summary>
    internal void AdjustAfterRename(NodeId inode, Authority old)
    {
        for (Dir? dir = _cache.FirstDirOf(inode); dir != null; dir = dir.NextOfInode)
        {
            if (dir.Spine != null)
            {
                Detach(dir);
                Attach(dir);
            }

            if (dir.IsSubtreeRoot)
                TryMergeAt(dir);
            else if (AuthorityOf(dir) != old && old.IsSubtreeRoot)
                AdjustAuth(dir, old);
        }
    }
}
