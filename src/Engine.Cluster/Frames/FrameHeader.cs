// The first bytes of every frame. Little-endian:
//   0  magic "EFRM"          12 payload bytes, behind the body      24 CRC32C of the body, and of the payload unless sealed
//   4  format (1)            16 number of the bulk transfer, or 0   28 CRC32C of the 28 bytes before
//   5  kind                  20 number of the piece, from 0
//   6  flags (2 bytes)
//   8  body bytes
//
// The decoder is total: 32 bytes give a header whose every field may be, for who sent it, or say what is wrong; a length is
// judged before anybody acts on it.

using System.Buffers.Binary;
using Engine.Buffers;

namespace Engine.Cluster;

/// <summary>First bytes of every frame.</summary>
/// <param name="Kind">What follows.</param>
/// <param name="Flags">More about pages.</param>
/// <param name="BodyBytes">Bytes of the body.</param>
/// <param name="PayloadBytes">Bytes of pages behind it.</param>
/// <param name="Transfer">Number of the bulk transfer, given by its sender; 0 for none.</param>
/// <param name="Piece">Number of the frame in its transfer, from 0.</param>
/// <param name="BodyCrc">CRC32C of the body, then of the payload unless it is sealed.</param>
public readonly record struct FrameHeader(
    FrameKind Kind,
    FrameFlags Flags = FrameFlags.None,
    int BodyBytes = 0,
    int PayloadBytes = 0,
    uint Transfer = 0,
    uint Piece = 0,
    uint BodyCrc = 0)
{
    /// <summary>Size.</summary>
    public const int Bytes = 32;

    /// <summary>Format that this code writes, and the only one it reads.</summary>
    public const byte Version = 1;

    /// <summary>"EFRM".</summary>
    public const uint Magic = 0x4D52_4645;

    private const FrameFlags KnownFlags = FrameFlags.First | FrameFlags.Last | FrameFlags.Sealed;
    private const int CrcOffset = 28;

    /// <summary>Is the flag set?</summary>
    public bool Has(FrameFlags flag) => (Flags & flag) != 0;

    /// <summary>Writes the header, its checksum included.</summary>
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        target[4] = Version;
        target[5] = (byte)Kind;
        BinaryPrimitives.WriteUInt16LittleEndian(target[6..], (ushort)Flags);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], BodyBytes);
        BinaryPrimitives.WriteInt32LittleEndian(target[12..], PayloadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[16..], Transfer);
        BinaryPrimitives.WriteUInt32LittleEndian(target[20..], Piece);
        BinaryPrimitives.WriteUInt32LittleEndian(target[24..], BodyCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(target[CrcOffset..], Crc32C.Append(0, target[..CrcOffset]));
    }

    /// <summary>Reads a header, or says why the bytes are none that may come now.</summary>
    /// <param name="bytes">At least <see cref="Bytes"/>.</param>
    /// <param name="limits">What the sender may send now.</param>
    /// <param name="header">The header; of no use when there is a problem.</param>
    public static FrameProblem TryRead(ReadOnlySpan<byte> bytes, in FrameLimits limits, out FrameHeader header)
    {
        header = default;
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (magic != Magic)
            return new FrameProblem(FrameProblemKind.Magic, Value: magic);
        if (bytes[4] != Version)
            return new FrameProblem(FrameProblemKind.Version, Value: bytes[4]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[CrcOffset..]) != Crc32C.Append(0, bytes[..CrcOffset]))
            return new FrameProblem(FrameProblemKind.HeaderChecksum);
        header = new FrameHeader(
            (FrameKind)bytes[5], (FrameFlags)BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]));
        return header.Check(limits);
    }

    /// <summary>What cannot be in a frame of this kind, or not from this sender now.</summary>
    private FrameProblem Check(in FrameLimits limits)
    {
        if (Kind is < FrameKind.Hello or > FrameKind.Goodbye)
            return new FrameProblem(FrameProblemKind.Kind, Value: (long)Kind);
        if (!limits.Allows(Kind))
            return new FrameProblem(FrameProblemKind.NotNow, Kind);
        bool isPages = Kind == FrameKind.Pages;
        if ((Flags & ~(isPages ? KnownFlags : FrameFlags.None)) != 0)
            return new FrameProblem(FrameProblemKind.Flags, Kind, (long)Flags);
        (int least, int most) = BodyRange(Kind, limits);
        if (BodyBytes < least || BodyBytes > most)
            return new FrameProblem(FrameProblemKind.BodyLength, Kind, (uint)BodyBytes);
        if (PayloadBytes < 0 || PayloadBytes > (isPages ? limits.PayloadBytesMax : 0))
            return new FrameProblem(FrameProblemKind.PayloadLength, Kind, (uint)PayloadBytes);
        bool hasTransfer = Kind is FrameKind.Pages or FrameKind.Withdrawn or FrameKind.Declined;
        if ((Transfer != 0) != hasTransfer)
            return new FrameProblem(FrameProblemKind.Number, Kind, Transfer);
        bool mayHavePiece = isPages && !Has(FrameFlags.First);
        if ((Piece != 0) != mayHavePiece)
            return new FrameProblem(FrameProblemKind.Number, Kind, Piece);
        return default;
    }

    private static (int Least, int Most) BodyRange(FrameKind kind, in FrameLimits limits) => kind switch
    {
        FrameKind.Hello or FrameKind.Welcome => (Greeting.Bytes, Greeting.Bytes),
        FrameKind.Refusal => (Refusal.BytesMin, Refusal.BytesMax),
        FrameKind.Message => (1, limits.BodyBytesMax),
        FrameKind.Pages => (PieceTable.HeadBytes, limits.BodyBytesMax),
        _ => (0, 0),
    };
}
