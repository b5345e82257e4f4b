namespace Engine.Metadata;

/// <summary>Learns of copies that a <see cref="DiscoverAsker"/> took.</summary>
public interface IReplicaHost
{
    /// <summary>A copy of an inode is new, or was given anew.</summary>
    /// <param name="node">The copy.</param>
    /// <param name="locks">States of the locks of a copy that was made when this one was.</param>
    void Copied(NodeId node, in LockStates locks);

    /// <summary>Drops a copy, with all that is below it, instead of which its authority has something else.</summary>
    /// <returns>False when something is in use, or this rank's own; nothing was done then.</returns>
    bool TryDropOutdated(NodeId node);
}
