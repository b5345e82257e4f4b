using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>A record without its words of zero: most of an inode's fields are 0. Layout: 8 bytes of bits, bit i for word i of 8
/// bytes; then the words whose bit is set, in order. Little-endian.</summary>
internal static class PackedRecord
{
    private const int RecordBytesMax = 64 * sizeof(ulong);

    /// <summary>Packs a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="target">Takes the packed bytes; its room is that of the bits and of the whole record.</param>
    /// <returns>Bytes written.</returns>
    public static int Pack(ReadOnlySpan<byte> record, Span<byte> target)
    {
        Invariant.That(record.Length <= RecordBytesMax && record.Length % sizeof(ulong) == 0
            && target.Length >= sizeof(ulong) + record.Length);
        ulong bits = BitsOf(record);
        ref byte from = ref MemoryMarshal.GetReference(record);
        ref byte to = ref MemoryMarshal.GetReference(target);
        Unsafe.WriteUnaligned(ref to, bits);
        int length = sizeof(ulong);
        for (; bits != 0; bits &= bits - 1)
        {
            int at = BitOperations.TrailingZeroCount(bits) * sizeof(ulong);
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, length), Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, at)));
            length += sizeof(ulong);
        }

        return length;
    }

    /// <summary>Unpacks a record of a known length.</summary>
    /// <param name="packed">A packed record, and what follows it. Any bytes.</param>
    /// <param name="record">Is filled whole.</param>
    /// <param name="tail">What follows.</param>
    /// <returns>False where the bytes are not those of such a record.</returns>
    public static bool TryUnpack(ReadOnlySpan<byte> packed, Span<byte> record, out ReadOnlySpan<byte> tail)
    {
        tail = default;
        if (!MemoryMarshal.TryRead(packed, out ulong bits))
            return false;
        int length = sizeof(ulong) * (1 + BitOperations.PopCount(bits));
        int words = record.Length / sizeof(ulong);
        if (length > packed.Length || (words < 64 && bits >> words != 0))
            return false;
        tail = packed[length..];
        record.Clear();
        ref byte from = ref MemoryMarshal.GetReference(packed);
        ref byte to = ref MemoryMarshal.GetReference(record);
        for (int next = sizeof(ulong); bits != 0; bits &= bits - 1, next += sizeof(ulong))
        {
            int at = BitOperations.TrailingZeroCount(bits) * sizeof(ulong);
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, at), Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, next)));
        }

        return true;
    }

    /// <summary>The first word of a packed record, its header; false where it has none.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> packed, out RecordHeader header)
    {
        header = default;
        return MemoryMarshal.TryRead(packed, out ulong bits) && (bits & 1) != 0
            && MemoryMarshal.TryRead(packed[sizeof(ulong)..], out header);
    }

    /// <summary>A word of a packed record, by its place in the record; 0 where the bytes have none.</summary>
    public static ulong WordAt(ReadOnlySpan<byte> packed, int word)
    {
        if (!MemoryMarshal.TryRead(packed, out ulong bits) || (bits >> word & 1) == 0)
            return 0;
        int before = BitOperations.PopCount(bits & ((1UL << word) - 1));
        int at = sizeof(ulong) * (1 + before);
        return at < packed.Length && MemoryMarshal.TryRead(packed[at..], out ulong value) ? value : 0;
    }

    private static ulong BitsOf(ReadOnlySpan<byte> record)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(record);
        ulong bits = 0;
        int i = 0;
        for (; i <= words.Length - Vector256<ulong>.Count; i += Vector256<ulong>.Count)
        {
            Vector256<ulong> four = Vector256.Create(words.Slice(i, Vector256<ulong>.Count));
            bits |= (ulong)(~Vector256.Equals(four, default).ExtractMostSignificantBits() & 0xF) << i;
        }

        for (; i < words.Length; i++)
            bits |= (words[i] == 0 ? 0UL : 1UL) << i;
        return bits;
    }
}
