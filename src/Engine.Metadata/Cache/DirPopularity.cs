namespace Engine.Metadata;

/// <summary>How much a dirfrag is used. Source: migrator specification, 1.13.</summary>
internal sealed class DirPopularity
{
    /// <summary>Of the dirfrag itself.</summary>
    public LoadVector Own;

    /// <summary>Of it and everything below.</summary>
    public LoadVector Nested;

    /// <summary>Of it and what is below in the same subtree.</summary>
    public LoadVector AuthSubtree;

    /// <summary>Of it and what is below, as far as this rank is authority over it.</summary>
    public LoadVector AuthSubtreeNested;
}
