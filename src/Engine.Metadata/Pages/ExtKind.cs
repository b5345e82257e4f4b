namespace Engine.Metadata;

/// <summary>Attributes of variable length that a record may have, at most one of each kind.</summary>
public enum ExtKind : byte
{
    /// <summary>Never on a page.</summary>
    None = 0,

    /// <summary>Extended attributes, at most 64 KiB in all.</summary>
    Xattrs = 1,

    /// <summary>Target of a symbolic link, at most 4095 bytes.</summary>
    Symlink = 2,

    /// <summary>Fragment tree of a directory.</summary>
    FragTree = 3,

    /// <summary>Ranges that clients may write.</summary>
    ClientRanges = 4,

    /// <summary>Old versions of the inode.</summary>
    OldVersions = 5,

    /// <summary>Nonces of the replicas of a directory or dentry, when they do not fit into <see cref="ReplicaSet"/>.</summary>
    Replicas = 6,

    /// <summary>The same for the inode of an entry.</summary>
    InodeReplicas = 7,
}
