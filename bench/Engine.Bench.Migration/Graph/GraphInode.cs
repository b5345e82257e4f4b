namespace Engine.Bench.Migration;

/// <summary>An inode as an object: the fields of <see cref="Metadata.InodeFields"/> and its attributes of variable
/// length.</summary>
internal sealed class GraphInode
{
    public const int LockCount = 9;

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
    public ulong TruncateSize;
    public uint TruncateSeq;
    public uint TimeWarpSeq;
    public ulong ChangeAttr;
    public ulong Version;
    public ulong FileDataVersion;
    public ulong XattrVersion;
    public ulong BacktraceVersion;
    public ulong First;
    public uint LayoutId;
    public int ExportPin;
    public uint Device;
    public byte HashKind = 1;
    public long Loner;
    public uint State;
    public ulong QuotaBytes;
    public ulong QuotaFiles;
    public byte[]? Symlink;

    public GraphFragStat Stat { get; } = new();

    public GraphRecursiveStat Recursive { get; } = new();

    public GraphRecursiveStat AccountedRecursive { get; } = new();

    public GraphLock[] Locks { get; } = [.. Enumerable.Range(0, LockCount).Select(_ => new GraphLock())];

    public float[] Load { get; } = new float[5];

    public Dictionary<int, uint> Replicas { get; } = [];

    public Dictionary<string, byte[]> Xattrs { get; } = [];

    public Dictionary<uint, byte> FragTree { get; } = [];
}
