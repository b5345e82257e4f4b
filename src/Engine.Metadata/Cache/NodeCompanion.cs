namespace Engine.Metadata;

/// <summary>What only few nodes have: present while any part of it is.</summary>
public sealed class NodeCompanion
{
    /// <summary>Who waits on the node; null when nobody ever did.</summary>
    public WaiterList? Waiters { get; internal set; }

    /// <summary>How a divided directory is divided; null while it is in one piece.</summary>
    public FragTree? Tree { get; internal set; }

    /// <summary>Locks of the node that are not at rest, and one for the capabilities on it.</summary>
    internal int Shares { get; set; }

    /// <summary>Nothing left to keep?</summary>
    internal bool IsEmpty => Waiters is null or { IsEmpty: true } && Tree == null && Shares == 0;
}
