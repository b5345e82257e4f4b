// The header of a record; the payload follows behind a gap, which lets whole blocks of it be written from where they are.
//
// Layout, little-endian, 56 bytes at a multiple of 8:
//
//     0  4  magic "ELGR"          32  8  previous: end of the record before
//     4  4  payload length        40  4  gap between header and payload
//     8  8  position              44  4  CRC32C of the payload
//    16  8  incarnation           48  4  zero
//    24  8  durable               52  4  CRC32C of bytes 0..51, begun with the log's seed
//
// Durable is a position up to which everything was known to be durable when the record was made: what is missing before it was
// lost later. Previous makes records a chain, so that one that is missing is noticed wherever the next one stands. The seed comes
// from the log's uuid: bytes of another log, or of a payload that imitates a record, are no records.
using System.Buffers.Binary;
using Engine.Buffers;

namespace Engine.Stores;

internal readonly record struct LogRecord
{
    public const int HeaderBytes = 56;

    /// <summary>Records begin at multiples of this.</summary>
    public const int Alignment = 8;

    private const uint Magic = 0x52474c45;
    private const int ChecksumAt = 52;

    public required long Position { get; init; }

    public required ulong Incarnation { get; init; }

    public required long Durable { get; init; }

    public required long Previous { get; init; }

    public required int Gap { get; init; }

    public required int Length { get; init; }

    public required uint PayloadChecksum { get; init; }

    public long PayloadPosition => Position + HeaderBytes + Gap;

    public long End => PayloadPosition + Length;

    public void Encode(Span<byte> header, uint seed)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], Length);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], Position);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], Incarnation);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], Durable);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], Previous);
        BinaryPrimitives.WriteInt32LittleEndian(header[40..], Gap);
        BinaryPrimitives.WriteUInt32LittleEndian(header[44..], PayloadChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(header[48..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(header[ChecksumAt..], Crc32C.Append(seed, header[..ChecksumAt]));
    }

    /// <summary>Goes to the next place from <paramref name="at"/> on where a header may begin; false where there is none that is
    /// whole.</summary>
    public static bool TryFindMagic(ReadOnlySpan<byte> bytes, ref int at)
    {
        while (bytes.Length - at >= HeaderBytes)
        {
            int next = bytes[at..].IndexOf("ELGR"u8);
            if (next < 0 || bytes.Length - at - next < HeaderBytes)
                return false;
            at += next;
            if (at % Alignment == 0)
                return true;
            at++;
        }

        return false;
    }

    /// <summary>The position that what may be a header names.</summary>
    public static long PositionIn(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadInt64LittleEndian(header[8..]);

    /// <summary>Reads what may be the header of a record at <paramref name="position"/>, whose payload ends before
    /// <paramref name="limit"/>.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> header, uint seed, long position, long limit, out LogRecord record)
    {
        record = default;
        if (header.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic
            || BinaryPrimitives.ReadInt64LittleEndian(header[8..]) != position
            || BinaryPrimitives.ReadUInt32LittleEndian(header[ChecksumAt..]) != Crc32C.Append(seed, header[..ChecksumAt]))
            return false;
        record = new LogRecord
        {
            Length = BinaryPrimitives.ReadInt32LittleEndian(header[4..]),
            Position = position,
            Incarnation = BinaryPrimitives.ReadUInt64LittleEndian(header[16..]),
            Durable = BinaryPrimitives.ReadInt64LittleEndian(header[24..]),
            Previous = BinaryPrimitives.ReadInt64LittleEndian(header[32..]),
            Gap = BinaryPrimitives.ReadInt32LittleEndian(header[40..]),
            PayloadChecksum = BinaryPrimitives.ReadUInt32LittleEndian(header[44..]),
        };
        return record is { Length: >= 0, Gap: >= 0 } && record.End <= limit && record.Previous <= position
            && record.Durable <= position;
    }
}
