namespace Engine.Metadata;

/// <summary>What is wrong with bytes that claim to be pages.</summary>
public enum PageProblemKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The bytes end within a page, or a page of the chain is missing.</summary>
    Truncated,

    /// <summary>No page begins here.</summary>
    Magic,

    /// <summary>The page is of another major version than this program reads.</summary>
    Version,

    /// <summary>The page's size, slots or records do not fit one another.</summary>
    Geometry,

    /// <summary>The bytes are not those that were summed.</summary>
    Checksum,

    /// <summary>The page belongs elsewhere: another directory, kind, or place in the chain.</summary>
    Identity,

    /// <summary>A slot names no record, or not the one that names it.</summary>
    Slot,

    /// <summary>A record's kind or length is not one that may be here.</summary>
    Record,

    /// <summary>Not a name, or not where its hash belongs.</summary>
    Name,

    /// <summary>A name is there twice.</summary>
    DuplicateName,

    /// <summary>An inode is there twice.</summary>
    DuplicateIno,

    /// <summary>A field has a value that it cannot have.</summary>
    Value,

    /// <summary>A record is newer than its directory.</summary>
    Newer,

    /// <summary>An attribute is malformed, or not where its record says.</summary>
    Ext,

    /// <summary>The chain has more pages or records than this program handles.</summary>
    TooLarge,
}
