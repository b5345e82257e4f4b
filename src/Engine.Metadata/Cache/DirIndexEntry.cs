namespace Engine.Metadata;

/// <summary>One entry of a dirfrag in the order of its index.</summary>
internal struct DirIndexEntry
{
    /// <summary>24-bit hash of the name.</summary>
    public uint Hash;

    public int Node;
}
