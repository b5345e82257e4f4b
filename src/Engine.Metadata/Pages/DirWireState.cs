namespace Engine.Metadata;

/// <summary>State bits of a dirfrag that travel with it. Source: migrator specification, 1.3.</summary>
[Flags]
public enum DirWireState : uint
{
    None = 0,

    /// <summary>All entries are here.</summary>
    Complete = 1,

    /// <summary>Changed since it was last committed.</summary>
    Dirty = 2,

    /// <summary>The fragment tree of its inode changed here.</summary>
    DirtyDft = 4,

    /// <summary>Could not be read whole.</summary>
    Bad = 8,
}
