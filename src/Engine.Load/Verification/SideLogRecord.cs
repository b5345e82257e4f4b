using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Load;

/// <summary>
/// One record of a side log, 32 bytes, little-endian: 0 CRC32C of bytes 4 to 32 (4), 4 kind (1), 5 zero (3), 8 count (4), 12
/// generation (4), 16 sector (8), 24 flushed generation (4), 28 zero (4).
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SideLogRecord(SideLogKind Kind, long Sector, int Count, uint Generation, uint Flushed = 0)
{
    public const int Size = 32;

    public void Encode(Span<byte> destination)
    {
        Span<byte> record = stackalloc byte[Size];
        record.Clear();
        record[4] = (byte)Kind;
        BinaryPrimitives.WriteInt32LittleEndian(record[8..], Count);
        BinaryPrimitives.WriteUInt32LittleEndian(record[12..], Generation);
        BinaryPrimitives.WriteInt64LittleEndian(record[16..], Sector);
        BinaryPrimitives.WriteUInt32LittleEndian(record[24..], Flushed);
        BinaryPrimitives.WriteUInt32LittleEndian(record, Crc32C.Append(0, record[4..]));
        record.CopyTo(destination);
    }

    /// <summary>False for a record that is torn, altered, or no record at all.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, long sectorCount, out SideLogRecord record)
    {
        record = default;
        if (source.Length < Size || BinaryPrimitives.ReadUInt32LittleEndian(source) != Crc32C.Append(0, source[4..Size]))
            return false;
        record = new SideLogRecord(
            (SideLogKind)source[4],
            BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[24..]));
        return record.Kind switch
        {
            SideLogKind.Submitted => record.IsRangeIn(sectorCount) && record.Generation > 0,
            SideLogKind.Snapshot => record.IsRangeIn(sectorCount) && record.Generation > 0 && record.Flushed <= record.Generation,
            SideLogKind.Forgotten => record.IsRangeIn(sectorCount),
            SideLogKind.InFlight or SideLogKind.Failed => record.Generation > 0,
            SideLogKind.Flushed => record.Count >= 0,
            _ => false,
        };
    }

    private bool IsRangeIn(long sectorCount) => Sector >= 0 && Count > 0 && Sector <= sectorCount - Count;
}
