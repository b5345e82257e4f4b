using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engine.Buffers;

/// <content>Folding with 512-bit carry-less multiplication.</content>
public static partial class Crc32C
{
    private const int VectorBytes = 64;

    /// <summary>True where <see cref="AppendFold"/> is fast. It gives the right answer wherever the streams run.</summary>
    internal static bool IsFoldFast => Pclmulqdq.V512.IsSupported && Vector512.IsHardwareAccelerated && IsStreamsSupported;

    /// <summary>
    /// Keeps 256 bytes of running remainder, moves it over the next 256 with two multiplications a lane, and reduces it to 32
    /// bits at the end (VPCLMULQDQ, AVX-512). Shorter inputs go to the streams.
    /// </summary>
    internal static uint AppendFold(uint seed, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < VectorBytes * 4)
            return AppendStreams(seed, bytes);
        ref byte at = ref MemoryMarshal.GetReference(bytes);
        int left = bytes.Length - (VectorBytes * 4);
        Vector512<ulong> a = Load(ref at, 0) ^ Vector512.CreateScalar((ulong)~seed);
        Vector512<ulong> b = Load(ref at, 1);
        Vector512<ulong> c = Load(ref at, 2);
        Vector512<ulong> d = Load(ref at, 3);
        at = ref Unsafe.Add(ref at, VectorBytes * 4);

        Vector512<ulong> by2048 = Vector512.Create(FoldConstants.By2048);
        for (; left >= VectorBytes * 4; left -= VectorBytes * 4)
        {
            a = Fold(a, by2048, Load(ref at, 0));
            b = Fold(b, by2048, Load(ref at, 1));
            c = Fold(c, by2048, Load(ref at, 2));
            d = Fold(d, by2048, Load(ref at, 3));
            at = ref Unsafe.Add(ref at, VectorBytes * 4);
        }

        Vector512<ulong> by512 = Vector512.Create(FoldConstants.By512);
        a = Fold(Fold(Fold(a, by512, b), by512, c), by512, d);
        for (; left >= VectorBytes; left -= VectorBytes)
        {
            a = Fold(a, by512, Load(ref at, 0));
            at = ref Unsafe.Add(ref at, VectorBytes);
        }

        return ~SerialCore(Reduce(a), ref at, left);
    }

    /// <summary>The remainder of 512 bits: lane by lane to 128, then by the crc32 instruction.</summary>
    private static uint Reduce(Vector512<ulong> value)
    {
        Vector128<ulong> by128 = FoldConstants.By128;
        Vector128<ulong> lane = value.GetLower().GetLower();
        lane = Fold(lane, by128, value.GetLower().GetUpper());
        lane = Fold(lane, by128, value.GetUpper().GetLower());
        lane = Fold(lane, by128, value.GetUpper().GetUpper());
        return (uint)Sse42.X64.Crc32(Sse42.X64.Crc32(0, lane.ToScalar()), lane.GetElement(1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Load(ref byte at, int vector) =>
        Vector512.LoadUnsafe(ref Unsafe.Add(ref at, vector * VectorBytes)).AsUInt64();

    /// <summary>
    /// value * x^distance + next, in each 128-bit lane. The narrower ways exist so that processors without the wide
    /// multiplication can test the folding; the branches are decided at compile time.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Fold(Vector512<ulong> value, Vector512<ulong> constants, Vector512<ulong> next)
    {
        if (Pclmulqdq.V512.IsSupported)
        {
            return Pclmulqdq.V512.CarrylessMultiply(value, constants, 0x00)
                ^ Pclmulqdq.V512.CarrylessMultiply(value, constants, 0x11)
                ^ next;
        }

        return Vector512.Create(
            Fold(value.GetLower(), constants.GetLower(), next.GetLower()),
            Fold(value.GetUpper(), constants.GetUpper(), next.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Fold(Vector256<ulong> value, Vector256<ulong> constants, Vector256<ulong> next)
    {
        if (Pclmulqdq.V256.IsSupported)
        {
            return Pclmulqdq.V256.CarrylessMultiply(value, constants, 0x00)
                ^ Pclmulqdq.V256.CarrylessMultiply(value, constants, 0x11)
                ^ next;
        }

        return Vector256.Create(
            Fold(value.GetLower(), constants.GetLower(), next.GetLower()),
            Fold(value.GetUpper(), constants.GetUpper(), next.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Fold(Vector128<ulong> value, Vector128<ulong> constants, Vector128<ulong> next) =>
        Pclmulqdq.CarrylessMultiply(value, constants, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, constants, 0x11) ^ next;

    /// <summary>
    /// For a distance of D bits: x^(D+63) for a lane's low half, which holds the higher powers, and x^(D-1) for its high half, as
    /// 64-bit reflected values (the 32-bit residue in the upper half).
    /// </summary>
    private static class FoldConstants
    {
        public static readonly Vector128<ulong> By2048 = Make(2048);
        public static readonly Vector128<ulong> By512 = Make(512);
        public static readonly Vector128<ulong> By128 = Make(128);

        private static Vector128<ulong> Make(int distanceBits) =>
            Vector128.Create((ulong)PowerOfX(distanceBits + 63) << 32, (ulong)PowerOfX(distanceBits - 1) << 32);
    }
}
