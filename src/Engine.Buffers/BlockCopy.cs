using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Engine.Buffers;

/// <summary>
/// Copies payload of a few KiB. At 4 KiB between the second-level cache and the first, a plain loop of wide vectors beats
/// the library's copy, whose string instruction takes long to start: 48 to 60 ns against 64 to 83 ns (Zen 4, question
/// <c>copy</c> of the micro benchmarks).
/// </summary>
public static class BlockCopy
{
    private const int Step = 256;

    /// <summary>From here on the library's copy is as fast.</summary>
    private const int LengthMax = 16 << 10;

    /// <summary>Copies all of <paramref name="source"/> to the start of <paramref name="destination"/>; they do not
    /// overlap.</summary>
    public static void Copy(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (source.Length < Step || source.Length > LengthMax || !Vector256.IsHardwareAccelerated)
        {
            source.CopyTo(destination);
            return;
        }
        Invariant.That(source.Length <= destination.Length);
        nuint whole = (nuint)source.Length & ~(nuint)(Step - 1);
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetReference(destination);
        if (Vector512.IsHardwareAccelerated)
            CopyWide(ref from, ref to, whole);
        else
            CopyNarrow(ref from, ref to, whole);
        source[(int)whole..].CopyTo(destination[(int)whole..]);
    }

    private static void CopyWide(ref byte from, ref byte to, nuint length)
    {
        for (nuint i = 0; i < length; i += Step)
        {
            Vector512<byte> a = Vector512.LoadUnsafe(ref from, i);
            Vector512<byte> b = Vector512.LoadUnsafe(ref from, i + 64);
            Vector512<byte> c = Vector512.LoadUnsafe(ref from, i + 128);
            Vector512<byte> d = Vector512.LoadUnsafe(ref from, i + 192);
            a.StoreUnsafe(ref to, i);
            b.StoreUnsafe(ref to, i + 64);
            c.StoreUnsafe(ref to, i + 128);
            d.StoreUnsafe(ref to, i + 192);
        }
    }

    private static void CopyNarrow(ref byte from, ref byte to, nuint length)
    {
        for (nuint i = 0; i < length; i += Step / 2)
        {
            Vector256<byte> a = Vector256.LoadUnsafe(ref from, i);
            Vector256<byte> b = Vector256.LoadUnsafe(ref from, i + 32);
            Vector256<byte> c = Vector256.LoadUnsafe(ref from, i + 64);
            Vector256<byte> d = Vector256.LoadUnsafe(ref from, i + 96);
            a.StoreUnsafe(ref to, i);
            b.StoreUnsafe(ref to, i + 32);
            c.StoreUnsafe(ref to, i + 64);
            d.StoreUnsafe(ref to, i + 96);
        }
    }
}
