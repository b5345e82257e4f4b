using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Load;

/// <summary>
/// The first 64 bytes of a side log, little-endian: 0 magic (8), 8 version (4), 12 length with the marks (4), 16 volume uuid
/// (16), 32 volume length in bytes (8), 40 id of this log (4), 44 zero (16), 60 CRC32C of bytes 0 to 60 (4). Two marks follow:
/// see <see cref="SideLogMark"/>.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SideLogHeader(PatternIdentity Identity, long VolumeBytes)
{
    /// <summary>Bytes in front of the first record: header and marks.</summary>
    public const int Size = MarksAt + (2 * SideLogMark.Size);

    /// <summary>Where the two marks are.</summary>
    public const int MarksAt = 64;

    private const ulong Magic = 0x31474F4C4E454745; // "EGENLOG1"
    private const uint Version = 2;
    private const int LogAt = 40;
    private const int CrcAt = 60;

    public void Encode(Span<byte> destination)
    {
        destination[..Size].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], Size);
        Identity.Volume.TryWriteBytes(destination[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(destination[32..], VolumeBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[LogAt..], Identity.Log);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[CrcAt..], Crc32C.Append(0, destination[..CrcAt]));
    }

    /// <summary>Null when the bytes are a header that this version reads, else what is wrong.</summary>
    public static string? Decode(ReadOnlySpan<byte> source, out SideLogHeader header)
    {
        header = default;
        if (source.Length < MarksAt || BinaryPrimitives.ReadUInt64LittleEndian(source) != Magic)
            return "is no side log";
        if (BinaryPrimitives.ReadUInt32LittleEndian(source[CrcAt..]) != Crc32C.Append(0, source[..CrcAt]))
            return "has a damaged header";
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        if (version != Version)
            return $"has version {version}; this program reads {Version}";
        var identity = new PatternIdentity(
            new Guid(source.Slice(16, 16)), BinaryPrimitives.ReadUInt32LittleEndian(source[LogAt..]));
        header = new SideLogHeader(identity, BinaryPrimitives.ReadInt64LittleEndian(source[32..]));
        return header.VolumeBytes is >= 0 and <= 1L << 46 ? null : "has an impossible volume length";
    }
}
