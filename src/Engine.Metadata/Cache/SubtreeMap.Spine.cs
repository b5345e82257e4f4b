// Roots, the spine between them, and what follows from a change of a dirfrag's authority.

using Engine.Buffers;

namespace Engine.Metadata;

public sealed partial class SubtreeMap
{
    /// <summary>The first roots met below the dirfrag.</summary>
    internal void AddRootsBelow(Dir dir, List<Dir> roots)
    {
        for (Dir? at = NextOnSpine(dir, dir, descend: true); at != null; at = NextOnSpine(dir, at, descend: !at.IsSubtreeRoot))
        {
            Steps++;
            if (at.IsSubtreeRoot)
                roots.Add(at);
        }
    }

    /// <summary>Forgets a dirfrag that is about to be closed.</summary>
    internal void Drop(Dir dir)
    {
        if (dir.IsSubtreeRoot)
            Merge(dir);
        Invariant.That(dir.Spine == null);
    }

    /// <summary>The entries of a dirfrag moved to others, as it was split or merged: the spine below it follows.</summary>
    internal void ReattachChildren(Dir dir)
    {
        while (dir.Spine?.FirstChild is Dir child)
        {
            Detach(child);
            Attach(child);
        }
    }

    private static Dir? NextOnSpine(Dir top, Dir at, bool descend)
    {
        if (descend && at.Spine?.FirstChild is Dir child)
            return child;
        while (at != top)
        {
            SubtreeLinks links = at.Spine!;
            if (links.NextSibling != null)
                return links.NextSibling;
            at = links.Parent!;
        }

        return null;
    }

    /// <summary>Sets the authority of a dirfrag, with what depends on it being a root or not, and on it being
    /// ambiguous.</summary>
    private void SetAuth(Dir dir, Authority authority)
    {
        bool wasRoot = dir.IsSubtreeRoot;
        bool wasAmbiguous = dir.DirAuth.IsAmbiguous;
        bool isOthers = dir.DirAuth.First != authority.First;
        dir.DirAuth = authority;
        if (wasRoot != authority.IsSubtreeRoot)
            _cache.SubtreeRootChanged(dir);
        if (wasAmbiguous && !authority.IsAmbiguous)
            _cache.Wake(dir, WaitMask.SingleAuth);
        // Who waits until an owner below has a copy may wait for another one now, or for none.
        for (Dir? at = dir; isOthers && at is not null; at = _cache.ParentOf(at))
            _cache.Wake(at.Inode, WaitMask.Owner);
    }

    private void Merge(Dir dir)
    {
        Dir? outer = _cache.ParentOf(dir) is Dir parent ? TryFindRoot(parent) : null;
        SetAuth(dir, Authority.Default);
        RemoveRoot(dir);
        _toEvaluate.Add(dir.Inode);
        if (outer != null && dir.IsAuth)
            _cache.AdjustSubtreePopularity(dir, outer, add: true);
    }

    private void AddRoot(Dir dir)
    {
        bool onSpine = dir.Spine != null;
        SubtreeLinks links = dir.Spine ??= new SubtreeLinks();
        links.PreviousRoot = _lastRoot;
        if (_lastRoot == null)
            _firstRoot = dir;
        else
            _lastRoot.Spine!.NextRoot = dir;
        _lastRoot = dir;
        Count++;
        _cache.Pin(dir, PinKind.Subtree);
        if (!onSpine)
            Attach(dir);
    }

    private void RemoveRoot(Dir dir)
    {
        SubtreeLinks links = dir.Spine!;
        if (links.PreviousRoot == null)
            _firstRoot = links.NextRoot;
        else
            links.PreviousRoot.Spine!.NextRoot = links.NextRoot;
        if (links.NextRoot == null)
            _lastRoot = links.PreviousRoot;
        else
            links.NextRoot.Spine!.PreviousRoot = links.PreviousRoot;
        links.NextRoot = links.PreviousRoot = null;
        Count--;
        _cache.Unpin(dir, PinKind.Subtree);
        Prune(dir);
    }

    /// <summary>Links a dirfrag that has links, and those above it as far as needed, to the spine.</summary>
    private void Attach(Dir dir)
    {
        Dir? parent = _cache.ParentOf(dir);
        while (parent != null)
        {
            Steps++;
            bool parentOnSpine = parent.Spine != null;
            AddChild(parent, dir);
            if (parentOnSpine)
                return;
            dir = parent;
            parent = _cache.ParentOf(dir);
        }
    }

    private static void AddChild(Dir parent, Dir dir)
    {
        SubtreeLinks above = parent.Spine ??= new SubtreeLinks();
        SubtreeLinks links = dir.Spine!;
        links.Parent = parent;
        links.PreviousSibling = above.LastChild;
        if (above.LastChild == null)
            above.FirstChild = dir;
        else
            above.LastChild.Spine!.NextSibling = dir;
        above.LastChild = dir;
    }

    /// <summary>Takes a dirfrag out of its parent's children, and from above what has no reason to be on the spine any
    /// more.</summary>
    private void Detach(Dir dir)
    {
        SubtreeLinks links = dir.Spine!;
        Dir? parent = links.Parent;
        if (parent == null)
            return;
        SubtreeLinks above = parent.Spine!;
        if (links.PreviousSibling == null)
            above.FirstChild = links.NextSibling;
        else
            links.PreviousSibling.Spine!.NextSibling = links.NextSibling;
        if (links.NextSibling == null)
            above.LastChild = links.PreviousSibling;
        else
            links.NextSibling.Spine!.PreviousSibling = links.PreviousSibling;
        links.Parent = links.NextSibling = links.PreviousSibling = null;
        Prune(parent);
    }

    private void Prune(Dir dir)
    {
        Steps++;
        if (dir.IsSubtreeRoot || dir.Spine!.FirstChild != null)
            return;
        Detach(dir);
        dir.Spine = null;
    }
}
