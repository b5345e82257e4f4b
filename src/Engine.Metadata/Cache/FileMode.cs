namespace Engine.Metadata;

/// <summary>The file type in a mode (inode(7), "The file type and mode").</summary>
public static class FileMode
{
    /// <summary>Mask of the type.</summary>
    public const uint TypeMask = 0xF000;

    /// <summary>A directory.</summary>
    public const uint Directory = 0x4000;

    /// <summary>A regular file.</summary>
    public const uint Regular = 0x8000;

    /// <summary>A symbolic link.</summary>
    public const uint SymbolicLink = 0xA000;

    /// <summary>Is it a directory's mode?</summary>
    public static bool IsDirectory(uint mode) => (mode & TypeMask) == Directory;

    /// <summary>The type as in dirent's d_type.</summary>
    public static byte DirentType(uint mode) => (byte)((mode & TypeMask) >> 12);
}
