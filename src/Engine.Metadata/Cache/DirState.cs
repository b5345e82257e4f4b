namespace Engine.Metadata;

/// <summary>State of an open dirfrag. Source: migrator specification, 1.3.</summary>
[Flags]
public enum DirState : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>This rank acts as authority.</summary>
    Auth = 1 << 0,

    /// <summary>All entries are in memory.</summary>
    Complete = 1 << 1,

    /// <summary>Changed since it was last committed.</summary>
    Dirty = 1 << 2,

    /// <summary>Its fragmentation changed and the inode's authority may not know.</summary>
    DirtyDft = 1 << 3,

    /// <summary>Its stored bytes are damaged.</summary>
    Bad = 1 << 4,

    /// <summary>Being frozen together with all below.</summary>
    FreezingTree = 1 << 5,

    /// <summary>Frozen together with all below.</summary>
    FrozenTree = 1 << 6,

    /// <summary>Being frozen alone.</summary>
    FreezingDir = 1 << 7,

    /// <summary>Frozen alone.</summary>
    FrozenDir = 1 << 8,

    /// <summary>Its object is being written.</summary>
    Committing = 1 << 9,

    /// <summary>Its object is being read.</summary>
    Fetching = 1 << 10,

    /// <summary>Made, and not yet durable.</summary>
    Creating = 1 << 11,

    /// <summary>On its way to another rank.</summary>
    Exporting = 1 << 12,

    /// <summary>On its way from another rank.</summary>
    Importing = 1 << 13,

    /// <summary>A bound of an export.</summary>
    ExportBound = 1 << 14,

    /// <summary>A bound of an import.</summary>
    ImportBound = 1 << 15,

    /// <summary>Being split or merged.</summary>
    Fragmenting = 1 << 16,

    /// <summary>Stays open.</summary>
    Sticky = 1 << 17,

    /// <summary>Never to be merged into the subtree above it.</summary>
    AuxSubtree = 1 << 18,

    /// <summary>Root of a frozen tree that goes nowhere any more: what clients have in it is yet to come from another rank.
    /// Copies of it may be given.</summary>
    AwaitsCaps = 1 << 19,

    /// <summary>Made ready for a region that may come; nobody finds it.</summary>
    Coming = 1 << 20,

    /// <summary>Of a region that went, or did not come: it is given back bit by bit, and nobody finds it.</summary>
    Gone = 1 << 21,
}
