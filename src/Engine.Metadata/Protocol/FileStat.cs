namespace Engine.Metadata;

/// <summary>Attributes of an inode. Times are nanoseconds since 1970, lengths bytes. Source: stat(2); the recursive ones:
/// migrator specification, 1.3.</summary>
public readonly record struct FileStat
{
    /// <summary>Number.</summary>
    public Ino Ino { get; init; }

    /// <summary>What it is.</summary>
    public InodeType Type { get; init; }

    /// <summary>Permission bits, 07777.</summary>
    public uint Mode { get; init; }

    /// <summary>Owner.</summary>
    public uint Uid { get; init; }

    /// <summary>Group.</summary>
    public uint Gid { get; init; }

    /// <summary>Names; of a directory 2 and one for each directory in it.</summary>
    public uint Links { get; init; }

    /// <summary>Length; of a directory its number of entries.</summary>
    public long Size { get; init; }

    /// <summary>Last access.</summary>
    public long AccessedAt { get; init; }

    /// <summary>Last change of content.</summary>
    public long ModifiedAt { get; init; }

    /// <summary>Last change of content or attributes.</summary>
    public long ChangedAt { get; init; }

    /// <summary>Counts changes.</summary>
    public ulong ChangeCount { get; init; }

    /// <summary>Bytes of all files at and below a directory. This and the two below lag: what a directory counts goes up when it
    /// is written back. Source: migrator specification 1.9, the nest lock.</summary>
    public long RecursiveBytes { get; init; }

    /// <summary>Files at and below a directory.</summary>
    public long RecursiveFiles { get; init; }

    /// <summary>Directories below a directory.</summary>
    public long RecursiveDirectories { get; init; }
}
