using System.Buffers.Binary;
using System.Runtime.Intrinsics.X86;

namespace Engine.Buffers;

public static partial class Crc32C
{
    private static readonly uint[] s_table = MakeTable();

    /// <summary>One crc32 instruction per 8 bytes (SSE4.2, x64).</summary>
    internal static uint AppendSerial(uint seed, ReadOnlySpan<byte> bytes)
    {
        ulong crc = ~seed;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = Sse42.X64.Crc32(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        uint tail = (uint)crc;
        foreach (byte value in bytes)
            tail = Sse42.Crc32(tail, value);
        return ~tail;
    }

    /// <summary>A table look-up per byte: any processor.</summary>
    internal static uint AppendTable(uint seed, ReadOnlySpan<byte> bytes)
    {
        uint crc = ~seed;
        foreach (byte value in bytes)
            crc = (crc >> 8) ^ s_table[(byte)(crc ^ value)];
        return ~crc;
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint value = 0; value < table.Length; value++)
        {
            uint crc = value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (Polynomial & (0 - (crc & 1)));
            table[value] = crc;
        }

        return table;
    }
}
