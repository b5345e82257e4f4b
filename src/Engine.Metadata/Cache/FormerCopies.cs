namespace Engine.Metadata;

/// <summary>The numbers of the copies that a rank had of what it imports: it has them again if the import comes to
/// nothing.</summary>
public sealed class FormerCopies
{
    /// <summary>Of entries.</summary>
    internal Dictionary<NodeId, uint> Nodes { get; } = [];

    /// <summary>Of dirfrags.</summary>
    internal Dictionary<DirFrag, uint> Dirs { get; } = [];
}
