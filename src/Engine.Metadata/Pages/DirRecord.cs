using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>What a dirfrag's first page says of the dirfrag. Source: migrator specification, 8.3.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct DirRecord
{
    /// <summary>Size of the structure.</summary>
    public const int Bytes = 256;

    [FieldOffset(0)] public RecordHeader Header;
    [FieldOffset(8)] public DirWireState State;

    /// <summary>First ext item of the record: its slot plus 1, or 0. The chain's own.</summary>
    [FieldOffset(12)] public ushort ExtHead;

    [FieldOffset(14)] public byte Replication;
    [FieldOffset(15)] public byte Damage;
    [FieldOffset(16)] public ulong First;

    /// <summary>No record of the dirfrag has a later version.</summary>
    [FieldOffset(24)] public ulong Version;

    [FieldOffset(32)] public ulong CommittedVersion;
    [FieldOffset(40)] public FragStat Stat;
    [FieldOffset(72)] public FragStat AccountedStat;
    [FieldOffset(104)] public RecursiveStat Recursive;
    [FieldOffset(144)] public RecursiveStat AccountedRecursive;
    [FieldOffset(184)] public Popularity Load;
    [FieldOffset(204)] public Popularity SubtreeLoad;
    [FieldOffset(224)] public ReplicaSet Replicas;

    /// <summary>Ranks that the dirfrag was replicated to by policy.</summary>
    [FieldOffset(248)] public ulong ReplicatedTo;
}
