namespace Engine.Metadata;

/// <summary>What an inode is. Values are sent.</summary>
public enum InodeType : byte
{
    /// <summary>Nothing: the name is free.</summary>
    None = 0,

    /// <summary>A regular file.</summary>
    File = 1,

    /// <summary>A directory.</summary>
    Directory = 2,

    /// <summary>A symbolic link.</summary>
    SymbolicLink = 3,

    /// <summary>A named pipe, socket or device node: a name with attributes.</summary>
    Special = 4,
}
