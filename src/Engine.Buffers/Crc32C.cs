// CRC32C by four codes that agree: a table (any processor), one crc32 instruction a step (SSE4.2), three such streams side by
// side joined by a carry-less multiplication (PCLMULQDQ), and folding of 256 bytes a step (VPCLMULQDQ on 512 bits).
//
// Notation: a checksum is a polynomial over GF(2) modulo P, bit-reflected: bit 31 is the coefficient of x^0. Multiplying two
// n-bit reflected values without carries leaves the product one bit short, so constants below carry one power of x less than
// the text-book formula; where a crc32 instruction reduces 64 bits it multiplies by x^32 besides.

using System.Runtime.Intrinsics.X86;

namespace Engine.Buffers;

/// <summary>CRC32C (Castagnoli, reflected, RFC 3720): <c>Append(0, "123456789") == 0xE3069283</c>.</summary>
public static partial class Crc32C
{
    /// <summary>From here on folding beats the streams: its set-up and reduction cost as much as some 200 bytes.</summary>
    private const int FoldBytesMin = 256;

    /// <summary>The reflected polynomial.</summary>
    private const uint Polynomial = 0x82F6_3B78;

    /// <summary>The residue of the polynomial 1, bit-reflected.</summary>
    private const uint One = 0x8000_0000;

    /// <summary>x^(8 * 2^k) mod P for k = 0..63: moving a checksum over 2^k bytes.</summary>
    private static readonly uint[] s_bytePowers = MakeBytePowers();

    /// <summary>x^(8 * 2^k - 33) mod P: the same for the hardware product, which multiplies by x^33 besides.</summary>
    private static readonly uint[] s_hardwarePowers = Array.ConvertAll(s_bytePowers, static power => Divide(power, 33));

    /// <summary>The checksum of the bytes already summed into <paramref name="seed"/> followed by
    /// <paramref name="bytes"/>.</summary>
    /// <param name="seed">A checksum, or 0 to begin.</param>
    /// <param name="bytes">Further bytes, any length.</param>
    public static uint Append(uint seed, ReadOnlySpan<byte> bytes)
    {
        if (IsFoldFast && bytes.Length >= FoldBytesMin)
            return AppendFold(seed, bytes);
        if (IsStreamsSupported)
            return AppendStreams(seed, bytes);
        if (IsSerialSupported)
            return AppendSerial(seed, bytes);
        return AppendTable(seed, bytes);
    }

    /// <summary>The checksum of A followed by B, from both checksums and the length of B in bytes.</summary>
    public static uint Combine(uint crcA, uint crcB, long lengthB)
    {
        Invariant.That(lengthB >= 0);
        uint moved = IsStreamsSupported ? MoveHardware(crcA, lengthB) : MoveTable(crcA, lengthB);
        return moved ^ crcB;
    }

    /// <summary><paramref name="crc"/> moved over <paramref name="length"/> zero bytes, by shifts.</summary>
    internal static uint MoveTable(uint crc, long length)
    {
        for (int k = 0; length != 0; k++, length >>= 1)
        {
            if ((length & 1) != 0)
                crc = Multiply(crc, s_bytePowers[k]);
        }

        return crc;
    }

    /// <summary><paramref name="crc"/> moved over <paramref name="length"/> zero bytes, by PCLMULQDQ and crc32.</summary>
    internal static uint MoveHardware(uint crc, long length)
    {
        for (int k = 0; length != 0; k++, length >>= 1)
        {
            if ((length & 1) != 0)
                crc = (uint)Sse42.X64.Crc32(0, MultiplyCarryless(crc, s_hardwarePowers[k]));
        }

        return crc;
    }

    /// <summary>a * b mod P.</summary>
    private static uint Multiply(uint a, uint b)
    {
        uint product = 0;
        for (uint bit = One; bit != 0; bit >>= 1)
        {
            if ((a & bit) != 0)
                product ^= b;
            b = (b >> 1) ^ (Polynomial & (0 - (b & 1)));
        }

        return product;
    }

    /// <summary>a / x^n mod P.</summary>
    private static uint Divide(uint a, int n)
    {
        // The inverse of "shift right, and add P when a bit fell out": P's top bit is set, so a set top bit tells that one did.
        for (; n > 0; n--)
            a = (a & One) != 0 ? ((a ^ Polynomial) << 1) | 1 : a << 1;
        return a;
    }

    /// <summary>x^n mod P.</summary>
    private static uint PowerOfX(int n)
    {
        uint power = One;
        for (; n > 0; n--)
            power = (power >> 1) ^ (Polynomial & (0 - (power & 1)));
        return power;
    }

    private static uint[] MakeBytePowers()
    {
        uint[] powers = new uint[64];
        powers[0] = PowerOfX(8);
        for (int k = 1; k < powers.Length; k++)
            powers[k] = Multiply(powers[k - 1], powers[k - 1]);
        return powers;
    }
}
