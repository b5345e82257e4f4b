using System.Buffers.Binary;
using System.Numerics;

namespace Engine.Buffers;

/// <summary>
/// A random generator that repeats exactly from its seed: xoshiro256** (Blackman and Vigna), seeded through SplitMix64. Not for
/// secrets. Not thread-safe: give each thread its own by <see cref="Fork"/>.
/// </summary>
public sealed class SeededRandom
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <summary>Creates the generator that belongs to <paramref name="seed"/>.</summary>
    public SeededRandom(ulong seed)
    {
        Seed = seed;
        _s0 = SplitMix(ref seed);
        _s1 = SplitMix(ref seed);
        _s2 = SplitMix(ref seed);
        _s3 = SplitMix(ref seed);
    }

    /// <summary>The seed, for messages that tell how to repeat a run.</summary>
    public ulong Seed { get; }

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1, each equally likely.</summary>
    /// <param name="bound">At least 1.</param>
    public int NextInt(int bound) => (int)NextLong(bound);

    /// <summary>A number from <paramref name="from"/> to <paramref name="to"/> - 1, each equally likely.</summary>
    public int NextInt(int from, int to)
    {
        Invariant.That(from < to);
        return (int)(from + NextLong((long)to - from));
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1, each equally likely.</summary>
    /// <param name="bound">At least 1.</param>
    public long NextLong(long bound)
    {
        Invariant.That(bound > 0);
        // Lemire: the high half of a 128-bit product; low halves under 2^64 mod bound would favour some numbers.
        ulong range = (ulong)bound;
        ulong high = Math.BigMul(Next(), range, out ulong low);
        if (low < range)
        {
            ulong threshold = (0 - range) % range;
            while (low < threshold)
                high = Math.BigMul(Next(), range, out low);
        }

        return (long)high;
    }

    /// <summary>A number from 0 up to, not including, 1.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>True with the given probability (0 to 1).</summary>
    public bool NextBool(double probability) => NextDouble() < probability;

    /// <summary>Fills <paramref name="bytes"/>.</summary>
    public void NextBytes(Span<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, Next());
            bytes = bytes[sizeof(ulong)..];
        }

        if (bytes.IsEmpty)
            return;
        Span<byte> tail = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(tail, Next());
        tail[..bytes.Length].CopyTo(bytes);
    }

    /// <summary>A generator whose sequence is independent of what this one gives from here on.</summary>
    public SeededRandom Fork() => new(Next());

    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
