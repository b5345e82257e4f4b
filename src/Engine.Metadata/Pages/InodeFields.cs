using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>The inode: second part of <see cref="EntryRecord"/>. Times in ns since 1970.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct InodeFields
{
    /// <summary>Size of the structure.</summary>
    public const int Bytes = 440;

    [FieldOffset(0)] public Ino Ino;

    /// <summary>Type and permissions, as st_mode.</summary>
    [FieldOffset(8)] public uint Mode;

    [FieldOffset(12)] public uint Uid;
    [FieldOffset(16)] public uint Gid;
    [FieldOffset(20)] public uint LinkCount;
    [FieldOffset(24)] public ulong Size;
    [FieldOffset(32)] public long Mtime;
    [FieldOffset(40)] public long Atime;
    [FieldOffset(48)] public long Ctime;

    /// <summary>When the inode was made.</summary>
    [FieldOffset(56)] public long Btime;

    [FieldOffset(64)] public ulong TruncateSize;
    [FieldOffset(72)] public uint TruncateSeq;
    [FieldOffset(76)] public uint TimeWarpSeq;
    [FieldOffset(80)] public ulong ChangeAttr;
    [FieldOffset(88)] public ulong Version;
    [FieldOffset(96)] public ulong FileDataVersion;
    [FieldOffset(104)] public ulong XattrVersion;
    [FieldOffset(112)] public ulong BacktraceVersion;
    [FieldOffset(120)] public ulong First;
    [FieldOffset(128)] public uint LayoutId;

    /// <summary>The rank that the directory is pinned to; -1 for none.</summary>
    [FieldOffset(132)] public int ExportPin;

    /// <summary>Device number of a special file.</summary>
    [FieldOffset(136)] public uint Device;

    /// <summary>The hash that places names in this directory.</summary>
    [FieldOffset(140)] public NameHashKind HashKind;

    [FieldOffset(144)] public FragStat Stat;
    [FieldOffset(176)] public RecursiveStat Recursive;
    [FieldOffset(216)] public RecursiveStat AccountedRecursive;
    [FieldOffset(256)] public LockStates Locks;
    [FieldOffset(272)] public LockGathers LockGathers;
    [FieldOffset(344)] public ReplicaSet Replicas;

    /// <summary>The client that has exclusive capabilities; -1 for none.</summary>
    [FieldOffset(368)] public long Loner;

    [FieldOffset(376)] public Popularity Load;
    [FieldOffset(396)] public InodeWireState State;

    /// <summary>0 for none.</summary>
    [FieldOffset(400)] public ulong QuotaBytes;

    /// <summary>0 for none.</summary>
    [FieldOffset(408)] public ulong QuotaFiles;

    /// <summary>Where the inode's records begin on the cap pages of a transfer; 0 for none.</summary>
    [FieldOffset(416)] public uint CapHead;
}
