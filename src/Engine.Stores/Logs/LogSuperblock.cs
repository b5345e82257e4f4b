// Who a log is, how it lies, and which incarnation may write it.
//
// Layout, little-endian, 512 bytes at the start of a block of 4096 (the rest is zero): one sector, so that a write of it is
// atomic. The same in a device's header and in a directory's head file. Two copies; the one with the higher sequence is
// current. Written by format and by whoever takes the log over, never by a running writer, who only looks at it.
//
//     0  8  magic "ENGINELG"       40  8  incarnation that may write     72  4  state: 1 formatting, 2 ready
//     8  4  format version         48  4  bytes of a segment             76 432 reserved, zero
//    12  4  record length, 512     52  4  unit of writes, bytes         508  4  CRC32C of bytes 0..507
//    16 16  uuid, RFC 4122 order   56  8  most segments at a time
//    32  8  sequence               64  8  device capacity when formatted
//
// The decoder is total: any bytes give a superblock or a state with what is wrong.
using System.Buffers.Binary;
using System.Globalization;
using Engine.Buffers;

namespace Engine.Stores;

internal sealed record LogSuperblock
{
    public const uint CurrentVersion = 1;
    public const int RecordBytes = 512;
    public const int SegmentBytesMax = 1 << 30;
    public const int SegmentsMin = 4;
    public const ulong SequenceMax = 1UL << 62;

    private const int ChecksumAt = 508;
    private const int ReservedAt = 76;
    private const uint FormattingCode = 1;
    private const uint ReadyCode = 2;

    public static ReadOnlySpan<byte> Magic => "ENGINELG"u8;

    public required Guid Uuid { get; init; }

    public required ulong Sequence { get; init; }

    public required ulong Incarnation { get; init; }

    public required int SegmentBytes { get; init; }

    /// <summary>Writes begin and end at multiples of this.</summary>
    public required int Unit { get; init; }

    public required long SegmentCount { get; init; }

    public required long DeviceBytes { get; init; }

    public required bool IsReady { get; init; }

    /// <summary>What the checksums of record headers begin with.</summary>
    public uint Seed => SeedOf(Uuid);

    /// <summary>Position of the first record of a new log; not 0, which is never a position.</summary>
    public long FirstPosition => SegmentBytes;

    public static uint SeedOf(Guid uuid)
    {
        Span<byte> bytes = stackalloc byte[16];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        return Crc32C.Append(0, bytes);
    }

    public void Encode(Span<byte> block)
    {
        block.Clear();
        Magic.CopyTo(block);
        BinaryPrimitives.WriteUInt32LittleEndian(block[8..], CurrentVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(block[12..], RecordBytes);
        Uuid.TryWriteBytes(block[16..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(block[32..], Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(block[40..], Incarnation);
        BinaryPrimitives.WriteInt32LittleEndian(block[48..], SegmentBytes);
        BinaryPrimitives.WriteInt32LittleEndian(block[52..], Unit);
        BinaryPrimitives.WriteInt64LittleEndian(block[56..], SegmentCount);
        BinaryPrimitives.WriteInt64LittleEndian(block[64..], DeviceBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(block[72..], IsReady ? ReadyCode : FormattingCode);
        BinaryPrimitives.WriteUInt32LittleEndian(block[ChecksumAt..], Crc32C.Append(0, block[..ChecksumAt]));
    }

    public static SuperblockState Decode(ReadOnlySpan<byte> block, out LogSuperblock? superblock, out string detail)
    {
        superblock = null;
        if (block.Length < RecordBytes || !block.StartsWith(Magic))
        {
            detail = "no Engine log magic at byte 0";
            return SuperblockState.NotEngine;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(block[ChecksumAt..]) != Crc32C.Append(0, block[..ChecksumAt]))
        {
            detail = "its checksum is wrong";
            return SuperblockState.Damaged;
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(block[8..]);
        if (version > CurrentVersion)
        {
            detail = string.Create(
                CultureInfo.InvariantCulture, $"format version {version}; this Engine knows up to {CurrentVersion}");
            return SuperblockState.Newer;
        }

        uint state = BinaryPrimitives.ReadUInt32LittleEndian(block[72..]);
        var value = new LogSuperblock
        {
            Uuid = new Guid(block.Slice(16, 16), bigEndian: true),
            Sequence = BinaryPrimitives.ReadUInt64LittleEndian(block[32..]),
            Incarnation = BinaryPrimitives.ReadUInt64LittleEndian(block[40..]),
            SegmentBytes = BinaryPrimitives.ReadInt32LittleEndian(block[48..]),
            Unit = BinaryPrimitives.ReadInt32LittleEndian(block[52..]),
            SegmentCount = BinaryPrimitives.ReadInt64LittleEndian(block[56..]),
            DeviceBytes = BinaryPrimitives.ReadInt64LittleEndian(block[64..]),
            IsReady = state == ReadyCode,
        };
        bool isPossible = version > 0 && BinaryPrimitives.ReadUInt32LittleEndian(block[12..]) == RecordBytes
            && value.Sequence is > 0 and <= SequenceMax && value.HasPossibleSizes && state is FormattingCode or ReadyCode
            && block[ReservedAt..ChecksumAt].IndexOfAnyExcept((byte)0) < 0;
        if (!isPossible)
        {
            detail = "a field has an impossible value";
            return SuperblockState.Damaged;
        }

        superblock = value;
        detail = string.Create(
            CultureInfo.InvariantCulture,
            $"{(value.IsReady ? "ready" : "format not finished")}, uuid {value.Uuid}, incarnation {value.Incarnation}");
        return value.IsReady ? SuperblockState.Ready : SuperblockState.Formatting;
    }

    private bool HasPossibleSizes =>
        Unit is >= 512 and <= 4096 && int.IsPow2(Unit) && SegmentBytes is > 0 and <= SegmentBytesMax
        && SegmentBytes % 4096 == 0 && SegmentCount >= SegmentsMin && SegmentCount <= long.MaxValue / SegmentBytes;
}
