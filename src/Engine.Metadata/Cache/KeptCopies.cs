namespace Engine.Metadata;

/// <summary>What a rank keeps of a region that is another's from now on: copies, each with the number
/// <see cref="MetadataCache.ExportNonce"/>.</summary>
public sealed class KeptCopies
{
    /// <summary>Entries, with their inodes.</summary>
    public List<ExpiredEntry> Entries { get; } = [];

    /// <summary>Dirfrags.</summary>
    public List<ExpiredDir> Dirs { get; } = [];
}
