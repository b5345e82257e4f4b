namespace Engine.Metadata;

/// <summary>Names a node of a cache: a directory entry, with its inode where the entry is the inode's primary one. The same as
/// long as the node is cached, wherever its bytes move; used again afterwards.</summary>
/// <param name="Value">Index into the side arrays; 0 names none.</param>
public readonly record struct NodeId(int Value)
{
    /// <summary>No node.</summary>
    public static NodeId None => default;

    /// <summary>True for <see cref="None"/>.</summary>
    public bool IsNone => Value == 0;

    /// <inheritdoc/>
    public override string ToString() => IsNone ? "no node" : $"node {Value}";
}
