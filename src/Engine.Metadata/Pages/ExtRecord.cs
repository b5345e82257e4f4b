using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>An attribute of variable length of another record on the same page: its bytes follow, or lie in chunks.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
internal struct ExtRecord
{
    public const int Bytes = 32;

    [FieldOffset(0)] public RecordHeader Header;

    /// <summary>Slot of the record that it belongs to.</summary>
    [FieldOffset(8)] public ushort Owner;

    /// <summary>Next item of the same record: its slot plus 1, or 0.</summary>
    [FieldOffset(10)] public ushort Next;

    [FieldOffset(12)] public ExtKind Kind;

    /// <summary>1 when the bytes lie in chunks, else 0.</summary>
    [FieldOffset(13)] public byte IsSpilled;

    /// <summary>Bytes of the value.</summary>
    [FieldOffset(16)] public uint Length;

    /// <summary>The first chunk, when spilled.</summary>
    [FieldOffset(20)] public uint ChunkPage;

    [FieldOffset(24)] public ushort ChunkSlot;
}
