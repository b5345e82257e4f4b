namespace Engine.Metadata;

/// <summary>What a <see cref="DiscoverResponder"/> asks of the locks.</summary>
public interface IDiscoverHost
{
    /// <summary>Is the entry exclusively locked?</summary>
    bool IsXlocked(NodeId node);

    /// <summary>The state in which a lock of a copy that is made now for a rank begins.</summary>
    LockState StateForReplica(NodeId node, LockKind kind, RankId to);
}
