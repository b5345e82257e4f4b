using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Buffers;

/// <summary>Finds out whether memory is all zero, for storing holes instead of bytes.</summary>
public static class ZeroDetector
{
    /// <summary>True when every byte is zero; an empty span is. Returns at the first pair of vectors that is not.</summary>
    public static bool IsZero(ReadOnlySpan<byte> bytes)
    {
        ref byte start = ref MemoryMarshal.GetReference(bytes);
        int length = bytes.Length;
        int vector = Vector<byte>.Count;
        if (length < vector)
            return bytes.IndexOfAnyExcept((byte)0) < 0;

        nuint at = 0;
        nuint pairs = (nuint)(length - (length % (vector * 2)));
        for (; at < pairs; at += (nuint)vector * 2)
        {
            Vector<byte> either = Load(ref start, at) | Load(ref start, at + (nuint)vector);
            if (either != Vector<byte>.Zero)
                return false;
        }

        // The rest is shorter than two vectors: two loads that end with the span cover it, overlapping what was seen.
        nuint end = (nuint)length;
        Vector<byte> rest = Load(ref start, end - (nuint)vector);
        if (end - at > (nuint)vector)
            rest |= Load(ref start, at);
        return rest == Vector<byte>.Zero;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<byte> Load(ref byte start, nuint offset) =>
        Unsafe.ReadUnaligned<Vector<byte>>(ref Unsafe.Add(ref start, offset));
}
