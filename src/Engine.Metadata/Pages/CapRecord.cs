using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>A capability as it is handed over. Source: migrator specification, 1.12 and 8.3; its flags are local state.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct CapRecord
{
    /// <summary>Size of the structure.</summary>
    public const int Bytes = 64;

    [FieldOffset(0)] public RecordHeader Header;

    /// <summary>Bits that the client wants; lies where records with names keep their length.</summary>
    [FieldOffset(6)] public ushort Wanted;

    [FieldOffset(8)] public Ino Ino;
    [FieldOffset(16)] public long Client;
    [FieldOffset(24)] public ulong CapId;
    [FieldOffset(32)] public ulong Follows;

    /// <summary>When bits were last issued, ns since 1970.</summary>
    [FieldOffset(40)] public long IssueTime;

    [FieldOffset(48)] public ushort Issued;
    [FieldOffset(50)] public ushort Pending;

    /// <summary>Grows with every migration.</summary>
    [FieldOffset(52)] public uint MigrationSeq;

    [FieldOffset(56)] public uint Seq;
    [FieldOffset(60)] public uint IssueSeq;
}
