// Freezing: a tree, to move it to another rank; a dirfrag alone, to split or merge it. Freezing waits for auth pins and
// forbids new ones. The freezer holds one auth pin on the dirfrag while it freezes, none once it is frozen. Source:
// migrator specification, 1.8.

using Engine.Buffers;

namespace Engine.Metadata;

public sealed partial class MetadataCache
{
    private const DirState TreeBits = DirState.FreezingTree | DirState.FrozenTree;
    private const DirState DirBits = DirState.FreezingDir | DirState.FrozenDir;

    /// <summary>Dirfrags that are <see cref="DirState.FreezingTree"/>.</summary>
    public int FreezingTrees { get; internal set; }

    /// <summary>Dirfrags that are <see cref="DirState.FrozenTree"/>.</summary>
    public int FrozenTrees { get; internal set; }

    /// <summary>Starts to freeze the dirfrag and all below it in its subtree; it is neither freezing nor frozen. True when it is
    /// frozen at once; else waiters for <see cref="WaitMask.Frozen"/> are woken when it is, or with an error when it will not
    /// be.</summary>
    public bool FreezeTree(Dir dir)
    {
        Invariant.That(!IsFrozen(dir) && !IsFreezing(dir));
        AddAuthPin(dir);
        if (dir.AuthPins == 1 && dir.NestedAuthPins == 0 && (dir.IsSubtreeRoot || !IsFrozen(dir.Inode)))
        {
            CompleteFreezeTree(dir);
            AuthUnpin(dir);
            return true;
        }

        dir.Set(DirState.FreezingTree, true);
        FreezingTrees++;
        return false;
    }

    /// <summary>Ends a tree's frozenness, or gives up freezing it. Its subtree is not merged into the one around it: see
    /// <see cref="SubtreeMap.TryMerge"/>.</summary>
    public void UnfreezeTree(Dir dir)
    {
        if (dir.Has(DirState.FrozenTree))
        {
            dir.Set(DirState.FrozenTree, false);
            FrozenTrees--;
            Unpin(dir, PinKind.Frozen);
            if (dir.IsAuth)
            {
                Invariant.That(dir.DirAuth.First == dir.DirAuth.Second);
                Subtrees.AdjustAuth(dir, Authority.Of(new RankId(dir.DirAuth.First)));
            }
        }
        else
        {
            Invariant.That(dir.Has(DirState.FreezingTree));
            Wake(dir, WaitMask.Frozen, IoError.Cancelled);
            dir.Set(DirState.FreezingTree, false);
            FreezingTrees--;
            AuthUnpin(dir);
        }

        dir.Set(DirState.AwaitsCaps, false);
        Wake(dir, WaitMask.Unfreeze);
    }

    /// <summary>A frozen tree goes nowhere any more, and stays frozen for what clients have in it: who waits for copies gets
    /// them.</summary>
    public void AwaitCaps(Dir dir)
    {
        Invariant.That(dir.Has(DirState.FrozenTree));
        if (dir.Has(DirState.AwaitsCaps))
            return;
        dir.Set(DirState.AwaitsCaps, true);
        Wake(dir, WaitMask.Unfreeze);
    }

    /// <summary>Is the tree around the dirfrag, within its subtree, frozen for that?</summary>
    public bool AwaitsCaps(Dir dir) => FrozenTrees > 0 && HasWithinSubtree(dir, DirState.AwaitsCaps);

    /// <summary>Starts to freeze the dirfrag alone: itself and its entries, not what is below them. As
    /// <see cref="FreezeTree"/>.</summary>
    public bool FreezeDir(Dir dir)
    {
        Invariant.That(!IsFrozen(dir) && !IsFreezing(dir));
        AddAuthPin(dir);
        if (dir.AuthPins == 1 && dir.DirAuthPins == 0)
        {
            CompleteFreezeDir(dir);
            AuthUnpin(dir);
            return true;
        }

        dir.Set(DirState.FreezingDir, true);
        return false;
    }

    /// <summary>Ends a dirfrag's frozenness, or gives up freezing it.</summary>
    public void UnfreezeDir(Dir dir)
    {
        if (dir.Has(DirState.FrozenDir))
        {
            dir.Set(DirState.FrozenDir, false);
            Unpin(dir, PinKind.Frozen);
            if (dir.IsAuth && !dir.IsSubtreeRoot)
                AuthUnpin(dir.Inode);
        }
        else
        {
            Invariant.That(dir.Has(DirState.FreezingDir));
            Wake(dir, WaitMask.Frozen, IoError.Cancelled);
            dir.Set(DirState.FreezingDir, false);
            AuthUnpin(dir);
        }

        Wake(dir, WaitMask.Unfreeze);
    }

    /// <summary>Is the tree around the dirfrag, within its subtree, being frozen?</summary>
    public bool IsFreezingTree(Dir dir) => FreezingTrees > 0 && HasWithinSubtree(dir, DirState.FreezingTree);

    /// <summary>Is the tree around the dirfrag, within its subtree, frozen?</summary>
    public bool IsFrozenTree(Dir dir) => FrozenTrees > 0 && HasWithinSubtree(dir, DirState.FrozenTree);

    /// <summary>Is the dirfrag being frozen, alone or with what is around it?</summary>
    public bool IsFreezing(Dir dir) => dir.Has(DirState.FreezingDir) || IsFreezingTree(dir);

    /// <summary>Is the dirfrag frozen, alone or with what is around it?</summary>
    public bool IsFrozen(Dir dir) => dir.Has(DirState.FrozenDir) || IsFrozenTree(dir);

    /// <summary>Is the node being frozen, or what it is in?</summary>
    public bool IsFreezing(NodeId node) =>
        (Nodes[node].State & NodeState.Freezing) != 0 || (TryDirOf(node) is Dir dir && IsFreezing(dir));

    /// <summary>Is the node frozen, or what it is in?</summary>
    public bool IsFrozen(NodeId node) =>
        (Nodes[node].State & NodeState.Frozen) != 0 || (TryDirOf(node) is Dir dir && IsFrozen(dir));

    /// <summary>The dirfrag whose freezing or frozenness holds for this one; null when there is none.</summary>
    public Dir? FreezeRootOf(Dir dir)
    {
        if (dir.Has(DirBits))
            return dir;
        if (FreezingTrees + FrozenTrees == 0)
            return null;
        for (Dir? at = dir; at != null; at = ParentOf(at))
        {
            if (at.Has(TreeBits))
                return at;
            if (at.IsSubtreeRoot)
                break;
        }

        return null;
    }

    private bool HasWithinSubtree(Dir dir, DirState bit)
    {
        for (Dir? at = dir; at != null; at = ParentOf(at))
        {
            if (at.Has(bit))
                return true;
            if (at.IsSubtreeRoot)
                break;
        }

        return false;
    }

    /// <summary>After a release: does it complete a freeze?</summary>
    private void MaybeFinishFreeze(Dir dir)
    {
        if (!dir.Has(DirState.FreezingDir | DirState.FreezingTree) || dir.AuthPins != 1 || dir.DirAuthPins != 0)
            return;
        if (dir.Has(DirState.FreezingDir))
        {
            CompleteFreezeDir(dir);
            AuthUnpin(dir);
            Wake(dir, WaitMask.Frozen);
            return;
        }

        if (dir.NestedAuthPins != 0)
            return;
        if (!dir.IsSubtreeRoot && IsFrozen(dir.Inode))
        {
            // The subtree around it cannot be changed while the inode is frozen: one more pin, until it is not.
            AddAuthPin(dir);
            Wait(dir.Inode, WaitMask.Unfreeze, new ReleaseAuthPin(this, dir));
            return;
        }

        CompleteFreezeTree(dir);
        AuthUnpin(dir);
        Wake(dir, WaitMask.Frozen);
    }

    private void CompleteFreezeTree(Dir dir)
    {
        if (dir.Has(DirState.FreezingTree))
        {
            dir.Set(DirState.FreezingTree, false);
            FreezingTrees--;
        }

        if (dir.IsAuth)
        {
            bool wasRoot = dir.IsSubtreeRoot;
            Authority authority = Subtrees.AuthorityOf(dir);
            Invariant.That(authority.First >= 0 && !authority.IsAmbiguous);
            RankId me = new(authority.First);

            // The subtree around must not be frozen in the middle of this.
            if (!wasRoot)
                AddAuthPin(dir.Inode);
            Subtrees.AdjustAuth(dir, Authority.Of(me, me));
            if (!wasRoot)
                AuthUnpin(dir.Inode);
        }

        dir.Set(DirState.FrozenTree, true);
        FrozenTrees++;
        Pin(dir, PinKind.Frozen);
    }

    private void CompleteFreezeDir(Dir dir)
    {
        dir.Set(DirState.FreezingDir, false);
        dir.Set(DirState.FrozenDir, true);
        Pin(dir, PinKind.Frozen);
        if (dir.IsAuth && !dir.IsSubtreeRoot)
            AddAuthPin(dir.Inode);
    }

    private sealed class ReleaseAuthPin(MetadataCache cache, Dir dir) : Continuation
    {
        public override void Run(IoError error) => cache.AuthUnpin(dir);
    }
}
