using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>The dentry: first part of <see cref="EntryRecord"/> and <see cref="LinkRecord"/>; the name follows the
/// record.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct DentryFields
{
    /// <summary>Size of the structure.</summary>
    public const int Bytes = 72;

    [FieldOffset(0)] public RecordHeader Header;

    /// <summary><see cref="NameHash.Of"/> of the name.</summary>
    [FieldOffset(8)] public uint Hash;

    /// <summary>First ext item of the record: its slot plus 1, or 0. The chain's own.</summary>
    [FieldOffset(12)] public ushort ExtHead;

    [FieldOffset(14)] public DentryWireState State;
    [FieldOffset(15)] public byte LockState;
    [FieldOffset(16)] public ulong First;
    [FieldOffset(24)] public ulong Last;
    [FieldOffset(32)] public ulong Version;

    /// <summary>Ranks whose answer the lock awaits.</summary>
    [FieldOffset(40)] public ulong LockGather;

    [FieldOffset(48)] public ReplicaSet Replicas;
}
