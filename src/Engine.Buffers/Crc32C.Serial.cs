using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engine.Buffers;

/// <content>The table, the serial and the three-stream code.</content>
public static partial class Crc32C
{
    /// <summary>Bytes of one of three streams; the second size picks up what the first leaves of a few kilobytes.</summary>
    private const int LongStreamBytes = 1360;
    private const int ShortStreamBytes = 168;

    private static readonly uint[] s_table = MakeTable();

    /// <summary>True where <see cref="AppendSerial"/> runs.</summary>
    internal static bool IsSerialSupported => Sse42.X64.IsSupported;

    /// <summary>True where <see cref="AppendStreams"/> runs.</summary>
    internal static bool IsStreamsSupported => Sse42.X64.IsSupported && Pclmulqdq.IsSupported;

    /// <summary>A table look-up per byte: any processor.</summary>
    internal static uint AppendTable(uint seed, ReadOnlySpan<byte> bytes)
    {
        uint crc = ~seed;
        foreach (byte value in bytes)
            crc = (crc >> 8) ^ s_table[(byte)(crc ^ value)];
        return ~crc;
    }

    /// <summary>One crc32 instruction per 8 bytes, each waiting for the one before (SSE4.2).</summary>
    internal static uint AppendSerial(uint seed, ReadOnlySpan<byte> bytes) =>
        ~SerialCore(~seed, ref MemoryMarshal.GetReference(bytes), bytes.Length);

    /// <summary>Three crc32 chains at once, to fill the instruction's latency, joined by a multiplication (SSE4.2,
    /// PCLMULQDQ).</summary>
    internal static uint AppendStreams(uint seed, ReadOnlySpan<byte> bytes)
    {
        ref byte at = ref MemoryMarshal.GetReference(bytes);
        int left = bytes.Length;
        uint crc = ~seed;
        for (; left >= LongStreamBytes * 3; left -= LongStreamBytes * 3)
        {
            crc = ThreeStreams(crc, ref at, LongStreamBytes, StreamConstants.LongOnce, StreamConstants.LongTwice);
            at = ref Unsafe.Add(ref at, LongStreamBytes * 3);
        }

        for (; left >= ShortStreamBytes * 3; left -= ShortStreamBytes * 3)
        {
            crc = ThreeStreams(crc, ref at, ShortStreamBytes, StreamConstants.ShortOnce, StreamConstants.ShortTwice);
            at = ref Unsafe.Add(ref at, ShortStreamBytes * 3);
        }

        return ~SerialCore(crc, ref at, left);
    }

    private static uint SerialCore(uint crc, ref byte at, int length)
    {
        ulong wide = crc;
        for (; length >= sizeof(ulong); length -= sizeof(ulong))
        {
            wide = Sse42.X64.Crc32(wide, Unsafe.ReadUnaligned<ulong>(ref at));
            at = ref Unsafe.Add(ref at, sizeof(ulong));
        }

        crc = (uint)wide;
        for (; length > 0; length--)
        {
            crc = Sse42.Crc32(crc, at);
            at = ref Unsafe.Add(ref at, 1);
        }

        return crc;
    }

    private static uint ThreeStreams(uint crc, ref byte first, int streamBytes, uint once, uint twice)
    {
        ref byte second = ref Unsafe.Add(ref first, streamBytes);
        ref byte third = ref Unsafe.Add(ref second, streamBytes);
        ulong a = crc;
        ulong b = 0;
        ulong c = 0;
        int last = streamBytes - sizeof(ulong);
        for (int i = 0; i < last; i += sizeof(ulong))
        {
            a = Sse42.X64.Crc32(a, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, i)));
            b = Sse42.X64.Crc32(b, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref second, i)));
            c = Sse42.X64.Crc32(c, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref third, i)));
        }

        a = Sse42.X64.Crc32(a, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, last)));
        b = Sse42.X64.Crc32(b, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref second, last)));

        // The third stream's last step takes the other two along: each product is reduced by the same crc32 instruction.
        ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref third, last));
        word ^= MultiplyCarryless((uint)a, twice) ^ MultiplyCarryless((uint)b, once);
        return (uint)Sse42.X64.Crc32(c, word);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MultiplyCarryless(uint a, uint b) =>
        Pclmulqdq.CarrylessMultiply(Vector128.CreateScalar((ulong)a), Vector128.CreateScalar((ulong)b), 0).ToScalar();

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

    /// <summary>x^(8 * bytes - 33) mod P for one and two streams; see the file comment of Crc32C.cs.</summary>
    private static class StreamConstants
    {
        public static readonly uint LongOnce = PowerOfX((LongStreamBytes * 8) - 33);
        public static readonly uint LongTwice = PowerOfX((LongStreamBytes * 16) - 33);
        public static readonly uint ShortOnce = PowerOfX((ShortStreamBytes * 8) - 33);
        public static readonly uint ShortTwice = PowerOfX((ShortStreamBytes * 16) - 33);
    }
}
