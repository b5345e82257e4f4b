using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>A piece of a long attribute, on an ext page; its bytes follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
internal struct ChunkRecord
{
    public const int Bytes = 24;

    [FieldOffset(0)] public RecordHeader Header;

    /// <summary>Bytes of this piece.</summary>
    [FieldOffset(8)] public uint Length;

    /// <summary>Position among the pieces, from 0.</summary>
    [FieldOffset(12)] public ushort Seq;

    [FieldOffset(14)] public ExtKind Kind;

    /// <summary>Number of the page of the next piece; 0 ends the value.</summary>
    [FieldOffset(16)] public uint NextPage;

    [FieldOffset(20)] public ushort NextSlot;
}
