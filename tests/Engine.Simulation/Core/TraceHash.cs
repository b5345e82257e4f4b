using System.Globalization;

namespace Engine.Simulation;

/// <summary>A chain of 128 bits over everything that happened: two runs did the same exactly when their chains are equal. Not for
/// secrets.</summary>
public struct TraceHash : IEquatable<TraceHash>
{
    private const ulong FactorA = 0x9E37_79B9_7F4A_7C15;
    private const ulong FactorB = 0xD6E8_FEB8_6659_FD93;
    private const ulong FactorC = 0xA076_1D64_78BD_642F;

    private ulong _high;
    private ulong _low;

    /// <summary>Adds two words.</summary>
    public void Fold(ulong first, ulong second)
    {
        _high = Mix(_high ^ first ^ FactorA, second ^ FactorB);
        _low = Mix(_low ^ second ^ FactorC, first ^ FactorA) + _high;
    }

    /// <summary>A digest of two words, for outcomes that are folded in later.</summary>
    public static ulong Mix(ulong first, ulong second)
    {
        ulong high = Math.BigMul(first ^ FactorC, second ^ FactorB, out ulong low);
        return high ^ low ^ first;
    }

    /// <summary>A digest of a text that is the same in every process, unlike a string's hash code.</summary>
    public static ulong Of(string text)
    {
        ulong digest = (ulong)text.Length;
        foreach (char letter in text)
            digest = Mix(digest, letter);
        return digest;
    }

    /// <inheritdoc/>
    public readonly bool Equals(TraceHash other) => _high == other._high && _low == other._low;

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is TraceHash other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => (int)_low;

    /// <summary>32 hexadecimal digits.</summary>
    public override readonly string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_high:x16}{_low:x16}");

    public static bool operator ==(TraceHash left, TraceHash right) => left.Equals(right);

    public static bool operator !=(TraceHash left, TraceHash right) => !left.Equals(right);
}
