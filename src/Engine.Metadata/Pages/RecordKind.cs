namespace Engine.Metadata;

/// <summary>What a record on a page is.</summary>
public enum RecordKind : byte
{
    /// <summary>Room left behind by a record that was freed.</summary>
    Free = 0,

    /// <summary><see cref="DirRecord"/>: slot 0 of a chain's first page.</summary>
    Dir = 1,

    /// <summary><see cref="EntryRecord"/>: a name with its inode.</summary>
    Entry = 2,

    /// <summary><see cref="LinkRecord"/>: a name without an inode of its own.</summary>
    Link = 3,

    /// <summary><see cref="CapRecord"/>.</summary>
    Cap = 4,

    /// <summary><see cref="ExtRecord"/>: an attribute of a record on the same page.</summary>
    Ext = 5,

    /// <summary><see cref="ChunkRecord"/>: a piece of a long attribute, on an ext page.</summary>
    Chunk = 6,
}
