namespace Engine.Bench.Migration;

/// <summary>An entry as a file system would be asked for it: what both pages and objects are made of.</summary>
internal struct SampleEntry
{
    public byte[] Name;
    public uint Hash;
    public ulong Version;

    /// <summary>Not 0 for a further name of an inode elsewhere; then the rest is unused.</summary>
    public ulong RemoteIno;

    public ulong Ino;
    public uint Mode;
    public uint Uid;
    public uint Gid;
    public uint LinkCount;
    public ulong Size;
    public long Mtime;
    public long Atime;
    public long Ctime;
    public long Btime;
    public ulong ChangeAttr;
    public byte[]? Symlink;
    public string? XattrName;
    public byte[]? XattrValue;

    /// <summary>Has rank 1 a replica?</summary>
    public bool HasReplica;
}
