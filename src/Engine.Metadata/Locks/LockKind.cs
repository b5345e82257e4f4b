namespace Engine.Metadata;

/// <summary>What a lock protects; the order is part of the order in which locks are taken. Values are stored and sent. Source:
/// migrator specification, 1.9.</summary>
public enum LockKind : byte
{
    /// <summary>Of an entry: what its name is linked to.</summary>
    Dn,

    /// <summary>Snapshots, and the path to an inode: held for reading on every ancestor, it keeps a path from being
    /// renamed.</summary>
    Snap,

    /// <summary>Quota, layout and placement.</summary>
    Policy,

    /// <summary>Owner and mode.</summary>
    Auth,

    /// <summary>The count of links.</summary>
    Link,

    /// <summary>Extended attributes.</summary>
    Xattr,

    /// <summary>Locks that applications take on a file.</summary>
    Flock,

    /// <summary>Size and times; of a directory, the sum over its fragments.</summary>
    File,

    /// <summary>Recursive statistics.</summary>
    Nest,

    /// <summary>The tree of fragments.</summary>
    Dft,
}
