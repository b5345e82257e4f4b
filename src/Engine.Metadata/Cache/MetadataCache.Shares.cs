namespace Engine.Metadata;

/// <content>Nodes that clients or operations share in by locks: whoever uses any other node need not look for locks.</content>
public sealed partial class MetadataCache
{
    /// <summary>Has the node a lock that is not at rest, an inode on which clients have capabilities, or copies at other ranks;
    /// or is it a copy?</summary>
    public bool IsShared(NodeId node)
    {
        ref NodeSide side = ref Nodes[node];
        int at = side.Companion;
        return (at != 0 && _companions[at]!.Shares > 0) || (side.State & NodeState.Replicated) != 0;
    }

    /// <summary>A lock of the node leaves its rest, or its first capability is given. Keeps the node in the cache.</summary>
    public void BeginShare(NodeId node, PinKind kind)
    {
        CompanionFor(node).Shares++;
        Pin(node, kind);
    }

    /// <summary>Takes one <see cref="BeginShare"/> back.</summary>
    public void EndShare(NodeId node, PinKind kind)
    {
        CompanionFor(node).Shares--;
        DropCompanionIfEmpty(node);
        Unpin(node, kind);
    }
}
