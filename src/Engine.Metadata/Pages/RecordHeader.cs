using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>First bytes of every record. Records lie one behind the other and begin at multiples of 8.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8)]
public struct RecordHeader
{
    /// <summary>Records are whole multiples of this.</summary>
    public const int Unit = 8;

    [FieldOffset(0)] public RecordKind Kind;

    /// <summary>Units of the fixed part; what follows it is the name or the attribute's bytes.</summary>
    [FieldOffset(1)] public byte FixedUnits;

    /// <summary>Units of the whole record.</summary>
    [FieldOffset(2)] public ushort Units;

    /// <summary>The slot that names the record.</summary>
    [FieldOffset(4)] public ushort Slot;

    /// <summary>Bytes of the name, of kinds that have one.</summary>
    [FieldOffset(6)] public byte NameBytes;

    [FieldOffset(7)] public byte Reserved;

    /// <summary>Bytes of the whole record.</summary>
    public readonly int TotalBytes => Units * Unit;

    /// <summary>Bytes of the fixed part.</summary>
    public readonly int FixedBytes => FixedUnits * Unit;
}
