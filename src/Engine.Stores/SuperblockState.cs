namespace Engine.Stores;

/// <summary>What one copy of a superblock turned out to be.</summary>
public enum SuperblockState
{
    /// <summary>The device could not read the block.</summary>
    Unreadable,

    /// <summary>The block does not begin with the magic of an Engine volume.</summary>
    NotEngine,

    /// <summary>It begins like a superblock, and its checksum or one of its fields is wrong.</summary>
    Damaged,

    /// <summary>Intact, of a later format version.</summary>
    Newer,

    /// <summary>Intact; a format began here and has not ended.</summary>
    Formatting,

    /// <summary>Intact and describing a volume.</summary>
    Ready,
}
