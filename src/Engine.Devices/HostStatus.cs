namespace Engine.Devices;

/// <summary>Attributes of a file of this machine. Times are nanoseconds since 1970. Source: statx(2).</summary>
/// <param name="Mode">Type and permission bits, as in st_mode.</param>
/// <param name="Links">Names.</param>
/// <param name="Uid">Owner.</param>
/// <param name="Gid">Group.</param>
/// <param name="Size">Bytes.</param>
/// <param name="AccessedAt">Last access.</param>
/// <param name="ModifiedAt">Last change of content.</param>
/// <param name="Device">The file system it lies on.</param>
/// <param name="Ino">Its number there.</param>
public readonly record struct HostStatus(
    uint Mode, uint Links, uint Uid, uint Gid, long Size, long AccessedAt, long ModifiedAt, ulong Device, ulong Ino);
