using System.Buffers.Binary;
using System.Numerics;

namespace Engine.Metadata;

/// <summary>The hash that places a name within its directory, <see cref="NameHashKind.XxHash32"/>: the top 24 bits of xxHash32
/// with seed 0 (Collet, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md).</summary>
public static class NameHash
{
    private const uint Prime1 = 0x9E37_79B1;
    private const uint Prime2 = 0x85EB_CA77;
    private const uint Prime3 = 0xC2B2_AE3D;
    private const uint Prime4 = 0x27D4_EB2F;
    private const uint Prime5 = 0x1656_67B1;
    private const int StripeBytes = 16;

    /// <summary>The hash of a name, at most <see cref="Frag.HashMax"/>.</summary>
    public static uint Of(ReadOnlySpan<byte> name) => XxHash32(name) >> (32 - Frag.HashBits);

    /// <summary>xxHash32 with seed 0.</summary>
    internal static uint XxHash32(ReadOnlySpan<byte> bytes)
    {
        uint length = (uint)bytes.Length;
        uint hash = Prime5;
        if (bytes.Length >= StripeBytes)
        {
            hash = HashStripes(bytes);
            bytes = bytes[(bytes.Length & ~(StripeBytes - 1))..];
        }

        hash += length;
        for (; bytes.Length >= sizeof(uint); bytes = bytes[sizeof(uint)..])
            hash = BitOperations.RotateLeft(hash + (Word(bytes) * Prime3), 17) * Prime4;
        foreach (byte value in bytes)
            hash = BitOperations.RotateLeft(hash + (value * Prime5), 11) * Prime1;
        hash = (hash ^ (hash >> 15)) * Prime2;
        hash = (hash ^ (hash >> 13)) * Prime3;
        return hash ^ (hash >> 16);
    }

    private static uint HashStripes(ReadOnlySpan<byte> bytes)
    {
        uint lane1 = unchecked(Prime1 + Prime2);
        uint lane2 = Prime2;
        uint lane3 = 0;
        uint lane4 = unchecked(0 - Prime1);
        for (; bytes.Length >= StripeBytes; bytes = bytes[StripeBytes..])
        {
            lane1 = Round(lane1, Word(bytes));
            lane2 = Round(lane2, Word(bytes[4..]));
            lane3 = Round(lane3, Word(bytes[8..]));
            lane4 = Round(lane4, Word(bytes[12..]));
        }

        return BitOperations.RotateLeft(lane1, 1) + BitOperations.RotateLeft(lane2, 7)
            + BitOperations.RotateLeft(lane3, 12) + BitOperations.RotateLeft(lane4, 18);
    }

    private static uint Round(uint lane, uint word) => BitOperations.RotateLeft(lane + (word * Prime2), 13) * Prime1;

    private static uint Word(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
