// Auth pins: an operation under way relies on an object staying where it is. A pin on a node counts at its dirfrag; a
// dirfrag with any, at or below it, counts once at its inode, and so up to the root of the subtree, where it ends.

using Engine.Buffers;

namespace Engine.Metadata;

public sealed partial class MetadataCache
{
    /// <summary>Why the dirfrag cannot be auth-pinned now.</summary>
    public AuthPinRefusal WhyNotAuthPin(Dir dir)
    {
        if (!dir.IsAuth)
            return AuthPinRefusal.NotAuth;
        if (dir.Has(DirState.FreezingDir | DirState.FrozenDir))
            return AuthPinRefusal.DirFreezing;
        return IsFreezingTree(dir) || IsFrozenTree(dir) ? AuthPinRefusal.SubtreeFreezing : AuthPinRefusal.None;
    }

    /// <summary>Why the node cannot be auth-pinned now.</summary>
    public AuthPinRefusal WhyNotAuthPin(NodeId node)
    {
        ref NodeSide side = ref Nodes[node];
        if (!IsAuth(node))
            return AuthPinRefusal.NotAuth;
        if ((side.State & (NodeState.Freezing | NodeState.Frozen | NodeState.FrozenAuthPin)) != 0)
            return AuthPinRefusal.InodeFreezing;
        return side.Dir == 0 ? AuthPinRefusal.None : WhyNotAuthPin(_dirs[side.Dir]!);
    }

    /// <summary>Can the dirfrag be auth-pinned now?</summary>
    public bool CanAuthPin(Dir dir) => WhyNotAuthPin(dir) == AuthPinRefusal.None;

    /// <summary>Can the node be auth-pinned now?</summary>
    public bool CanAuthPin(NodeId node) => WhyNotAuthPin(node) == AuthPinRefusal.None;

    /// <summary>Auth-pins a dirfrag for which <see cref="CanAuthPin(Dir)"/> holds.</summary>
    public void AuthPin(Dir dir)
    {
        Invariant.That(CanAuthPin(dir));
        AddAuthPin(dir);
    }

    /// <summary>Auth-pins a node for which <see cref="CanAuthPin(NodeId)"/> holds.</summary>
    public void AuthPin(NodeId node)
    {
        Invariant.That(CanAuthPin(node));
        AddAuthPin(node);
    }

    /// <summary>Releases an auth pin; the last one may complete a freeze.</summary>
    public void AuthUnpin(Dir dir)
    {
        Invariant.That(dir.AuthPins > 0);
        dir.AuthPins--;
        if (dir.AuthPins == 0)
            Unpin(dir, PinKind.AuthPin);
        if (dir.CumulativeAuthPins == 0 && !dir.IsSubtreeRoot)
            AddNestedAuthPin(dir.Inode, -1);
        MaybeFinishFreeze(dir);
    }

    /// <summary>Releases an auth pin; the last one may complete a freeze.</summary>
    public void AuthUnpin(NodeId node)
    {
        ref NodeSide side = ref Nodes[node];
        Invariant.That(side.AuthPins > 0);
        side.AuthPins--;
        Dir? dir = side.Dir == 0 ? null : _dirs[side.Dir];
        if (side.AuthPins == 0)
            Unpin(node, PinKind.AuthPin);
        PropagateAuthPins(dir, nested: -1, own: -1);
    }

    /// <summary>Auth pins on the node itself.</summary>
    public int AuthPinsOf(NodeId node) => Nodes[node].AuthPins;

    /// <summary>Open dirfrags of the inode, in its own subtree, with auth pins at or below them.</summary>
    public int NestedAuthPinsOf(NodeId node) => Nodes[node].NestedAuthPins;

    internal void AddAuthPin(Dir dir)
    {
        if (dir.AuthPins == 0)
            Pin(dir, PinKind.AuthPin);
        dir.AuthPins++;
        if (dir.CumulativeAuthPins == 1 && !dir.IsSubtreeRoot)
            AddNestedAuthPin(dir.Inode, 1);
    }

    internal void AddAuthPin(NodeId node)
    {
        ref NodeSide side = ref Nodes[node];
        if (side.AuthPins == 0)
            Pin(node, PinKind.AuthPin);
        side.AuthPins++;
        PropagateAuthPins(side.Dir == 0 ? null : _dirs[side.Dir], nested: 1, own: 1);
    }

    /// <summary>A dirfrag became the root of a subtree, or ceased to be one: auth pins stop at it, or go through it again; and a
    /// frozen dirfrag pins its inode only when it is none.</summary>
    internal void SubtreeRootChanged(Dir dir)
    {
        bool isRoot = dir.IsSubtreeRoot;
        if (dir.CumulativeAuthPins > 0)
            AddNestedAuthPin(dir.Inode, isRoot ? -1 : 1);
        if (!dir.Has(DirState.FrozenDir) || !IsAuth(dir.Inode))
            return;
        if (isRoot)
            AuthUnpin(dir.Inode);
        else
            AddAuthPin(dir.Inode);
    }

    /// <summary>What a node's own and nested auth pins count for at its dirfrag changes place with it.</summary>
    private void MoveAuthPins(in NodeSide side, Dir from, Dir to)
    {
        int nested = side.AuthPins + side.NestedAuthPins;
        if (nested == 0)
            return;
        PropagateAuthPins(to, nested, side.AuthPins);
        PropagateAuthPins(from, -nested, -side.AuthPins);
    }

    private void AddNestedAuthPin(NodeId inode, int change)
    {
        ref NodeSide side = ref Nodes[inode];
        side.NestedAuthPins = checked((ushort)(side.NestedAuthPins + change));
        PropagateAuthPins(side.Dir == 0 ? null : _dirs[side.Dir], change, own: 0);
    }

    /// <summary>Changes the sums of a dirfrag, and of those above it as long as one becomes, or ceases to be, zero.</summary>
    private void PropagateAuthPins(Dir? dir, int nested, int own)
    {
        while (dir != null)
        {
            bool wasPinned = dir.CumulativeAuthPins > 0;
            dir.NestedAuthPins += nested;
            dir.DirAuthPins += own;
            Invariant.That(dir.NestedAuthPins >= 0 && dir.DirAuthPins >= 0);
            bool isPinned = dir.CumulativeAuthPins > 0;
            Dir? above = null;
            int change = isPinned ? 1 : -1;
            if (wasPinned != isPinned && !dir.IsSubtreeRoot)
            {
                ref NodeSide inode = ref Nodes[dir.Inode];
                inode.NestedAuthPins = checked((ushort)(inode.NestedAuthPins + change));
                above = inode.Dir == 0 ? null : _dirs[inode.Dir];
            }

            if (nested < 0)
                MaybeFinishFreeze(dir);
            dir = above;
            nested = change;
            own = 0;
        }
    }
}
