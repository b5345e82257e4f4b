using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Load;

/// <summary>
/// The first 64 bytes of a side log, little-endian: 0 magic (8), 8 version (4), 12 header length (4), 16 volume uuid (16), 32
/// volume length in bytes (8), 40 zero (20), 60 CRC32C of bytes 0 to 60 (4).
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SideLogHeader(Guid Volume, long VolumeBytes)
{
    public const int Size = 64;
    private const ulong Magic = 0x31474F4C4E454745; // "EGENLOG1"
    private const uint Version = 1;
    private const int CrcAt = 60;

    public void Encode(Span<byte> destination)
    {
        destination[..Size].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], Size);
        Volume.TryWriteBytes(destination[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(destination[32..], VolumeBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[CrcAt..], Crc32C.Append(0, destination[..CrcAt]));
    }

    /// <summary>Null when the bytes are a header that this version reads, else what is wrong.</summary>
    public static string? Decode(ReadOnlySpan<byte> source, out SideLogHeader header)
    {
        header = default;
        if (source.Length < Size || BinaryPrimitives.ReadUInt64LittleEndian(source) != Magic)
            return "is no side log";
        if (BinaryPrimitives.ReadUInt32LittleEndian(source[CrcAt..]) != Crc32C.Append(0, source[..CrcAt]))
            return "has a damaged header";
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        if (version != Version)
            return $"has version {version}; this program reads {Version}";
        header = new SideLogHeader(new Guid(source.Slice(16, 16)), BinaryPrimitives.ReadInt64LittleEndian(source[32..]));
        return header.VolumeBytes is >= 0 and <= 1L << 46 ? null : "has an impossible volume length";
    }
}
