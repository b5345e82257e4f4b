namespace Engine.Metadata;

/// <summary>What a page holds.</summary>
public enum PageKind : byte
{
    /// <summary>Never on a page.</summary>
    None = 0,

    /// <summary>Entries of a dirfrag, with its directory record on the first page.</summary>
    Dirfrag = 1,

    /// <summary>Capabilities.</summary>
    Cap = 2,

    /// <summary>Long attributes of the chain's entries.</summary>
    Ext = 3,

    /// <summary>Inodes without a name: those that no directory holds.</summary>
    Base = 4,
}
