namespace Engine.Testing.Namespace;

/// <summary>What stat(3p) tells.</summary>
/// <param name="Inode">Serial number; equal for two names of one file.</param>
/// <param name="Mode">Type and permission bits, as in st_mode.</param>
/// <param name="Links">Names of the file; of a directory 2 and one for each directory in it.</param>
/// <param name="Uid">Owner.</param>
/// <param name="Gid">Group.</param>
/// <param name="Size">Bytes; of a symbolic link the length of its target; of a directory nothing that can be compared.</param>
/// <param name="Accessed">Time of last access; reading does not move it here, creation and utimens do.</param>
/// <param name="Modified">Time of the last change of the contents.</param>
/// <param name="Changed">Time of the last change of contents or attributes.</param>
public readonly record struct FileStatus(
    ulong Inode,
    uint Mode,
    uint Links,
    uint Uid,
    uint Gid,
    long Size,
    Timestamp Accessed,
    Timestamp Modified,
    Timestamp Changed)
{
    private const uint TypeMask = 0xF000;
    private const uint DirectoryType = 0x4000;
    private const uint RegularType = 0x8000;
    private const uint LinkType = 0xA000;

    public FileType Type => (Mode & TypeMask) switch
    {
        RegularType => FileType.Regular,
        DirectoryType => FileType.Directory,
        LinkType => FileType.SymbolicLink,
        _ => FileType.Other,
    };

    /// <summary>The twelve permission bits: set-user-ID, set-group-ID, sticky, rwxrwxrwx.</summary>
    public uint Permissions => Mode & 0xFFF;
}
