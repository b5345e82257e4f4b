namespace Engine.Metadata;

/// <summary>Where a path leads.</summary>
internal ref struct PathWalk
{
    /// <summary>The inode; none where the last component does not exist, or was not asked for.</summary>
    public NodeId Node;

    /// <summary>The entry that led to it; differs from the node where it is a remote one.</summary>
    public NodeId Entry;

    /// <summary>The directory of the last component; none for an empty path or the root.</summary>
    public NodeId Parent;

    /// <summary>The last component.</summary>
    public ReadOnlySpan<byte> Name;

    /// <summary>A slash follows the last component.</summary>
    public bool HasTrailingSlash;

    /// <summary>The way to the last component is good; the error, if there is one, is of the component itself.</summary>
    public bool ReachedLast;

    /// <summary>The last component is a name of another rank's, and what it leads to was not asked for.</summary>
    public bool IsAway;

    /// <summary>The last component is <c>.</c> or <c>..</c>.</summary>
    public bool EndsInDots;
}
