using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>First bytes of every page. Little-endian.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct PageHeader
{
    /// <summary>Size of the structure in this version.</summary>
    public const int Bytes = 64;

    /// <summary>"EPAG".</summary>
    public const uint MagicValue = 0x4741_5045;

    /// <summary>Version that this code writes, and the only one it reads.</summary>
    public const byte MajorVersion = 1;

    /// <summary>Minor version that this code writes. A later one may have longer headers and records, whose tails it
    /// ignores.</summary>
    public const byte MinorVersion = 0;

    /// <summary>Offset of <see cref="Crc"/>.</summary>
    public const int CrcOffset = 52;

    [FieldOffset(0)] public uint Magic;
    [FieldOffset(4)] public byte Major;
    [FieldOffset(5)] public byte Minor;
    [FieldOffset(6)] public PageKind Kind;
    [FieldOffset(7)] public byte SizeClass;

    /// <summary>The directory; 0 where there is none.</summary>
    [FieldOffset(8)] public Ino Ino;

    /// <summary>Its fragment, as <see cref="Metadata.Frag.Raw"/>.</summary>
    [FieldOffset(16)] public uint Frag;

    /// <summary>Position in the chain; of an ext page, the number by which its chunks are referred to, from 1.</summary>
    [FieldOffset(20)] public uint PageNo;

    /// <summary>Pages of the chain, on its first page; 0 on the others.</summary>
    [FieldOffset(24)] public uint PageCount;

    /// <summary>Slots in the slot directory, free ones included.</summary>
    [FieldOffset(28)] public ushort SlotCount;

    /// <summary>Slots that name a record.</summary>
    [FieldOffset(30)] public ushort LiveCount;

    /// <summary>Bytes from the start of the page to the end of its last record.</summary>
    [FieldOffset(32)] public uint UsedBytes;

    /// <summary>Bytes of freed records among those.</summary>
    [FieldOffset(36)] public uint HoleBytes;

    /// <summary>Incarnation of the rank that owned the page when it was sealed.</summary>
    [FieldOffset(40)] public ulong Epoch;

    [FieldOffset(48)] public uint Flags;

    /// <summary>CRC32C of the used bytes and then the slot directory, taken with this field zero.</summary>
    [FieldOffset(52)] public uint Crc;

    /// <summary>Bytes before the first record.</summary>
    [FieldOffset(56)] public ushort HeaderBytes;
}
