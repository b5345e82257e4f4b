namespace Engine.Metadata;

/// <summary>State of a node that does not travel. Source: migrator specification, 1.3.</summary>
[Flags]
public enum NodeState : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The node exists.</summary>
    Live = 1 << 0,

    /// <summary>An inode without an entry: the root or a private directory.</summary>
    Base = 1 << 1,

    /// <summary>This rank is authority over a base inode. Other nodes are what their dirfrag is.</summary>
    BaseAuth = 1 << 2,

    /// <summary>The entry is its inode's primary one; the inode is in this node.</summary>
    Primary = 1 << 3,

    /// <summary>The entry names an inode that lies elsewhere. Neither this nor <see cref="Primary"/>: a null entry.</summary>
    Remote = 1 << 4,

    /// <summary>The inode is a directory.</summary>
    Directory = 1 << 5,

    /// <summary>Changed since its dirfrag was last committed.</summary>
    Dirty = 1 << 6,

    /// <summary>Used since trimming last looked at it.</summary>
    Referenced = 1 << 7,

    /// <summary>The inode waits for its auth pins to go, to be frozen.</summary>
    Freezing = 1 << 8,

    /// <summary>The inode is frozen.</summary>
    Frozen = 1 << 9,

    /// <summary>No auth pins may be added, held ones stay: a rename over several ranks.</summary>
    FrozenAuthPin = 1 << 10,

    /// <summary>Authority changes hands in a rename over several ranks.</summary>
    AmbiguousAuth = 1 << 11,

    /// <summary>Its capabilities are on their way to another rank.</summary>
    ExportingCaps = 1 << 12,

    /// <summary>Stale capabilities are to be looked at again once the export is over.</summary>
    EvalStaleCaps = 1 << 13,

    /// <summary>Its export pin awaits attention.</summary>
    QueuedExportPin = 1 << 14,

    /// <summary>A stray inode whose last reference is gone.</summary>
    Purging = 1 << 15,

    /// <summary>Others have copies of it, or it is a copy itself: its locks are not this rank's alone.</summary>
    Replicated = 1 << 16,
}
