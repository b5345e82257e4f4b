using System.Runtime.Intrinsics.X86;

namespace Engine.Buffers;

/// <summary>CRC32C (Castagnoli, reflected, RFC 3720): <c>Append(0, "123456789") == 0xE3069283</c>.</summary>
public static partial class Crc32C
{
    /// <summary>The reflected polynomial.</summary>
    private const uint Polynomial = 0x82F6_3B78;

    /// <summary>The residue of the polynomial 1, bit-reflected.</summary>
    private const uint One = 0x8000_0000;

    /// <summary>x^(8 * 2^k) mod P for k = 0..63: moving a checksum over 2^k bytes.</summary>
    private static readonly uint[] s_bytePowers = MakeBytePowers();

    /// <summary>The checksum of the bytes already summed into <paramref name="seed"/> followed by <paramref name="bytes"/>.</summary>
    /// <param name="seed">A checksum, or 0 to begin.</param>
    /// <param name="bytes">Further bytes, any length.</param>
    public static uint Append(uint seed, ReadOnlySpan<byte> bytes)
    {
        if (Sse42.X64.IsSupported)
            return AppendSerial(seed, bytes);
        return AppendTable(seed, bytes);
    }

    /// <summary>The checksum of A followed by B, from both checksums and the length of B in bytes.</summary>
    public static uint Combine(uint crcA, uint crcB, long lengthB)
    {
        Invariant.That(lengthB >= 0);
        uint moved = crcA;
        for (int k = 0; lengthB != 0; k++, lengthB >>= 1)
        {
            if ((lengthB & 1) != 0)
                moved = Multiply(moved, s_bytePowers[k]);
        }

        return moved ^ crcB;
    }

    /// <summary>a * b mod P of two reflected residues.</summary>
    internal static uint Multiply(uint a, uint b)
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

    private static uint[] MakeBytePowers()
    {
        uint[] powers = new uint[64];
        powers[0] = One >> 8;
        for (int k = 1; k < powers.Length; k++)
            powers[k] = Multiply(powers[k - 1], powers[k - 1]);
        return powers;
    }
}
