namespace Engine.Metadata;

/// <summary>State bits of an inode that travel with it. Source: migrator specification, 1.3.</summary>
[Flags]
public enum InodeWireState : uint
{
    None = 0,

    /// <summary>Changed since it was last committed.</summary>
    Dirty = 1,

    /// <summary>Its size has to be found out from its data.</summary>
    NeedsRecover = 2,

    /// <summary>Its backtrace is not up to date.</summary>
    DirtyParent = 4,

    /// <summary>Its old pools have to be told.</summary>
    DirtyPool = 8,
}
