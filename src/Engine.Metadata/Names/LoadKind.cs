namespace Engine.Metadata;

/// <summary>What popularity counts.</summary>
public enum LoadKind
{
    /// <summary>An inode is read.</summary>
    Read,

    /// <summary>An inode is changed.</summary>
    Write,

    /// <summary>A directory is listed.</summary>
    Readdir,

    /// <summary>A dirfrag is fetched.</summary>
    Fetch,

    /// <summary>A dirfrag is committed.</summary>
    Store,
}
