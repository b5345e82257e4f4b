using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>
/// A binary prefix of the 24-bit space of name hashes: the part of a directory that one dirfrag covers. Held as one number: the
/// top 8 bits count the significant bits (0 to 24), the low 24 hold the prefix, left-aligned, all other bits zero. The default
/// value is the whole space. Source: migrator specification, 1.2.
/// </summary>
public readonly record struct Frag : IComparable<Frag>
{
    /// <summary>Bits of a name's hash, and most bits of a prefix.</summary>
    public const int HashBits = 24;

    /// <summary>Largest hash.</summary>
    public const uint HashMax = 0xFF_FFFF;

    private Frag(uint raw) => Raw = raw;

    /// <summary>The whole space.</summary>
    public static Frag Root => default;

    /// <summary>The number that is stored and sent.</summary>
    public uint Raw { get; }

    /// <summary>Significant bits of the prefix, 0 to 24.</summary>
    public int Bits => (int)(Raw >> HashBits);

    /// <summary>The prefix, and so the smallest hash inside.</summary>
    public uint Value => Raw & HashMax;

    /// <summary>The largest hash inside.</summary>
    public uint Last => Value | (~Mask & HashMax);

    /// <summary>Hashes inside.</summary>
    public uint Width => 1u << (HashBits - Bits);

    /// <summary>The significant bits of a 24-bit hash.</summary>
    public uint Mask => MaskOf(Bits);

    /// <summary>Is the last significant bit 0? False for the root.</summary>
    public bool IsLeft => Bits > 0 && (Value & LowestBit) == 0;

    /// <summary>Is the last significant bit 1? False for the root.</summary>
    public bool IsRight => Bits > 0 && (Value & LowestBit) != 0;

    private uint LowestBit => (HashMax + 1) >> Bits;

    /// <summary>The frag of <paramref name="bits"/> significant bits that holds the hash <paramref name="value"/>.</summary>
    public static Frag Make(int bits, uint value)
    {
        Invariant.That(bits is >= 0 and <= HashBits);
        return new Frag(((uint)bits << HashBits) | (value & MaskOf(bits)));
    }

    /// <summary>Reads a stored number; false when it is no frag.</summary>
    public static bool TryFromRaw(uint raw, out Frag frag)
    {
        frag = default;
        if (raw >> HashBits > HashBits || (raw & HashMax & ~MaskOf((int)(raw >> HashBits))) != 0)
            return false;
        frag = new Frag(raw);
        return true;
    }

    /// <summary>Reads the text form, for example <c>01*</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Frag frag)
    {
        frag = default;
        if (text.Length is 0 or > HashBits + 1 || text[^1] != '*')
            return false;
        ReadOnlySpan<char> digits = text[..^1];
        uint prefix = 0;
        foreach (char digit in digits)
        {
            if (digit is not ('0' or '1'))
                return false;
            prefix = (prefix << 1) | (digit == '1' ? 1u : 0);
        }

        frag = Make(digits.Length, prefix << (HashBits - digits.Length));
        return true;
    }

    /// <summary>Does the hash lie inside?</summary>
    public bool Contains(uint hash) => (hash & Mask) == Value;

    /// <summary>Does the other lie inside? A frag contains itself.</summary>
    public bool Contains(Frag other) => other.Bits >= Bits && (other.Value & Mask) == Value;

    /// <summary>The frag of one bit less around this one, which is not the root.</summary>
    public Frag Parent()
    {
        Invariant.That(Bits > 0);
        return Make(Bits - 1, Value);
    }

    /// <summary>Part <paramref name="index"/> of the 2^<paramref name="splitBits"/> equal parts.</summary>
    public Frag Child(int splitBits, uint index)
    {
        int bits = Bits + splitBits;
        Invariant.That(splitBits >= 0 && bits <= HashBits && index < 1u << splitBits);
        return Make(bits, Value | (index << (HashBits - bits)));
    }

    /// <summary>The other half of the parent; this one is not the root.</summary>
    public Frag Sibling()
    {
        Invariant.That(Bits > 0);
        return Make(Bits, Value ^ LowestBit);
    }

    /// <summary>By value, then by bits: what contains another comes before it.</summary>
    public int CompareTo(Frag other)
    {
        int byValue = Value.CompareTo(other.Value);
        return byValue != 0 ? byValue : Bits.CompareTo(other.Bits);
    }

    /// <summary>The prefix in binary, then a star.</summary>
    public override string ToString()
    {
        Span<char> text = stackalloc char[HashBits + 1];
        for (int i = 0; i < Bits; i++)
            text[i] = ((Value >> (HashBits - 1 - i)) & 1) == 0 ? '0' : '1';
        text[Bits] = '*';
        return new string(text[..(Bits + 1)]);
    }

    private static uint MaskOf(int bits) => (HashMax << (HashBits - bits)) & HashMax;
}
