using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Load;

/// <summary>
/// How far a side log was synced, in one of the two slots behind its header, which take turns; 32 bytes, little-endian: 0 CRC32C
/// of bytes 4 to 32 (4), 4 zero (4), 8 length of the file up to which everything was durable (8), 16 zero (16).
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SideLogMark(long SyncedBytes)
{
    public const int Size = 32;

    public void Encode(Span<byte> destination)
    {
        Span<byte> slot = destination[..Size];
        slot.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(slot[8..], SyncedBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(slot, Crc32C.Append(0, slot[4..]));
    }

    /// <summary>The further of the two marks; false when neither is whole.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> slots, out SideLogMark mark)
    {
        mark = default;
        bool isFound = false;
        for (int at = 0; at + Size <= slots.Length; at += Size)
        {
            ReadOnlySpan<byte> slot = slots.Slice(at, Size);
            if (BinaryPrimitives.ReadUInt32LittleEndian(slot) != Crc32C.Append(0, slot[4..]))
                continue;
            mark = new SideLogMark(Math.Max(mark.SyncedBytes, BinaryPrimitives.ReadInt64LittleEndian(slot[8..])));
            isFound = true;
        }

        return isFound;
    }
}
