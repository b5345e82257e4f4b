namespace Engine.Metadata;

/// <summary>Learns of copies that a <see cref="DiscoverAsker"/> took.</summary>
public interface IReplicaHost
{
    /// <summary>A copy of an inode is new, or was given anew.</summary>
    /// <param name="node">The copy.</param>
    /// <param name="locks">States of the locks of a copy that was made when this one was.</param>
    void Copied(NodeId node, in LockStates locks);
}
