// The superblock of a device store: who the volume is and how it lies on the device.
//
// Layout, little-endian, 512 bytes at the start of a block of 4096 (the rest is zero): one sector, so that a write of it is
// atomic on any disk. Every later version keeps magic, version and checksum where they are, so that a newer volume is told from
// a damaged one.
//
//     0  8  magic "ENGINEVS"          40  8  image length, bytes           68  4  state: 1 formatting, 2 ready
//     8  4  format version            48  8  data offset, bytes            72 436 reserved, zero
//    12  4  record length, 512        56  8  device capacity when formatted, bytes
//    16 16  uuid, RFC 4122 order      64  4  object size, bytes           508  4  CRC32C of bytes 0..507
//    32  8  sequence: the copy with the higher one is current
//
// The decoder is total: any bytes give a superblock or a state with the byte at which it is wrong.
using System.Buffers.Binary;
using System.Globalization;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Stores;

internal sealed record Superblock
{
    public const uint CurrentVersion = 1;
    public const int RecordBytes = 512;
    public const int BlockBytes = 4096;

    /// <summary>Sizes and offsets of the format are multiples of this.</summary>
    public const int UnitBytes = 4096;

    public const int ObjectSizeMax = 1 << 30;

    /// <summary>Far above what formats reach, far below where the next number would run over.</summary>
    public const ulong SequenceMax = 1UL << 62;

    private const int VersionAt = 8;
    private const int RecordLengthAt = 12;
    private const int UuidAt = 16;
    private const int SequenceAt = 32;
    private const int LengthAt = 40;
    private const int DataOffsetAt = 48;
    private const int CapacityAt = 56;
    private const int ObjectSizeAt = 64;
    private const int StateAt = 68;
    private const int ReservedAt = 72;
    private const int ChecksumAt = 508;
    private const uint FormattingCode = 1;
    private const uint ReadyCode = 2;

    public static ReadOnlySpan<byte> Magic => "ENGINEVS"u8;

    public required Guid Uuid { get; init; }

    public required ulong Sequence { get; init; }

    public required long LengthBytes { get; init; }

    public required long DataOffset { get; init; }

    public required long DeviceBytes { get; init; }

    public required int ObjectSize { get; init; }

    /// <summary>False while a format is under way.</summary>
    public required bool IsReady { get; init; }

    /// <summary>Objects of the image, the last of which may be short.</summary>
    public long ObjectCount => (LengthBytes / ObjectSize) + (LengthBytes % ObjectSize > 0 ? 1 : 0);

    public ImageDescription Image => new(Uuid, "engine." + Uuid.ToString("n"), LengthBytes, FileLayout.Simple(ObjectSize));

    /// <summary>Writes the whole block, zero padding included.</summary>
    public void Encode(Span<byte> block)
    {
        Invariant.That(block.Length == BlockBytes);
        block.Clear();
        Magic.CopyTo(block);
        BinaryPrimitives.WriteUInt32LittleEndian(block[VersionAt..], CurrentVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(block[RecordLengthAt..], RecordBytes);
        Invariant.That(Uuid.TryWriteBytes(block[UuidAt..], bigEndian: true, out _));
        BinaryPrimitives.WriteUInt64LittleEndian(block[SequenceAt..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(block[LengthAt..], LengthBytes);
        BinaryPrimitives.WriteInt64LittleEndian(block[DataOffsetAt..], DataOffset);
        BinaryPrimitives.WriteInt64LittleEndian(block[CapacityAt..], DeviceBytes);
        BinaryPrimitives.WriteInt32LittleEndian(block[ObjectSizeAt..], ObjectSize);
        BinaryPrimitives.WriteUInt32LittleEndian(block[StateAt..], IsReady ? ReadyCode : FormattingCode);
        BinaryPrimitives.WriteUInt32LittleEndian(block[ChecksumAt..], Crc32C.Append(0, block[..ChecksumAt]));
    }

    /// <summary>Reads what may be a superblock; the value is there exactly for the states formatting and ready.</summary>
    public static SuperblockState Decode(ReadOnlySpan<byte> block, out Superblock? superblock, out string detail)
    {
        superblock = null;
        if (block.Length < RecordBytes)
        {
            detail = block.StartsWith(Magic) ? $"ends at byte {block.Length} of {RecordBytes}" : "no Engine magic";
            return block.StartsWith(Magic) ? SuperblockState.Damaged : SuperblockState.NotEngine;
        }

        if (!block.StartsWith(Magic))
        {
            detail = "no Engine magic at byte 0";
            return SuperblockState.NotEngine;
        }

        uint recorded = BinaryPrimitives.ReadUInt32LittleEndian(block[ChecksumAt..]);
        uint computed = Crc32C.Append(0, block[..ChecksumAt]);
        if (recorded != computed)
        {
            detail = $"checksum at byte {ChecksumAt} is {recorded:x8}, the content's is {computed:x8}";
            return SuperblockState.Damaged;
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(block[VersionAt..]);
        if (version > CurrentVersion)
        {
            detail = $"format version {version}; this Engine knows up to {CurrentVersion}";
            return SuperblockState.Newer;
        }

        return DecodeFields(block, out superblock, out detail);
    }

    private static SuperblockState DecodeFields(ReadOnlySpan<byte> block, out Superblock? superblock, out string detail)
    {
        superblock = null;
        uint state = BinaryPrimitives.ReadUInt32LittleEndian(block[StateAt..]);
        var value = new Superblock
        {
            Uuid = new Guid(block.Slice(UuidAt, 16), bigEndian: true),
            Sequence = BinaryPrimitives.ReadUInt64LittleEndian(block[SequenceAt..]),
            LengthBytes = BinaryPrimitives.ReadInt64LittleEndian(block[LengthAt..]),
            DataOffset = BinaryPrimitives.ReadInt64LittleEndian(block[DataOffsetAt..]),
            DeviceBytes = BinaryPrimitives.ReadInt64LittleEndian(block[CapacityAt..]),
            ObjectSize = BinaryPrimitives.ReadInt32LittleEndian(block[ObjectSizeAt..]),
            IsReady = state == ReadyCode,
        };
        int wrongAt = WrongField(block, value, state);
        if (wrongAt >= 0)
        {
            detail = $"the field at byte {wrongAt} has an impossible value";
            return SuperblockState.Damaged;
        }

        superblock = value;
        detail = string.Create(
            CultureInfo.InvariantCulture,
            $"{(value.IsReady ? "ready" : "format not finished")}, sequence {value.Sequence}, uuid {value.Uuid}, " +
            $"{value.LengthBytes} bytes in objects of {value.ObjectSize}");
        return value.IsReady ? SuperblockState.Ready : SuperblockState.Formatting;
    }

    /// <summary>Position of the first field that no format writes, or -1.</summary>
    private static int WrongField(ReadOnlySpan<byte> block, Superblock value, uint state)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(block[VersionAt..]) == 0)
            return VersionAt;
        if (BinaryPrimitives.ReadUInt32LittleEndian(block[RecordLengthAt..]) != RecordBytes)
            return RecordLengthAt;
        if (value.Sequence is 0 or > SequenceMax)
            return SequenceAt;
        if (value.LengthBytes <= 0 || value.LengthBytes % UnitBytes != 0)
            return LengthAt;
        if (value.DataOffset < VolumeLayout.HeaderBytes || value.DataOffset % UnitBytes != 0
            || value.DataOffset > long.MaxValue - value.LengthBytes)
            return DataOffsetAt;
        if (value.DeviceBytes < value.DataOffset + value.LengthBytes)
            return CapacityAt;
        if (value.ObjectSize is <= 0 or > ObjectSizeMax || value.ObjectSize % UnitBytes != 0
            || value.ObjectCount > VolumeLayout.ObjectsMax)
            return ObjectSizeAt;
        if (state is not (FormattingCode or ReadyCode))
            return StateAt;
        int reserved = block[ReservedAt..ChecksumAt].IndexOfAnyExcept((byte)0);
        return reserved < 0 ? -1 : ReservedAt + reserved;
    }
}
