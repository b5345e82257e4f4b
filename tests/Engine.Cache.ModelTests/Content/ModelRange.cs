using Engine.Testing.Cache;

namespace Engine.Cache.ModelTests.Content;

/// <summary>Bytes of one object.</summary>
internal readonly record struct ModelRange(int ObjectNumber, int Offset, int Length)
{
    public int End => Offset + Length;

    public bool Overlaps(in ModelRange other) =>
        ObjectNumber == other.ObjectNumber && Offset < other.End && other.Offset < End;

    public bool Contains(int objectNumber, int position) =>
        ObjectNumber == objectNumber && position >= Offset && position < End;

    /// <summary>What both cover; of length 0 when that is nothing.</summary>
    public ModelRange Common(in ModelRange other)
    {
        int from = Math.Max(Offset, other.Offset);
        int to = Math.Min(End, other.End);
        return new ModelRange(ObjectNumber, from, ObjectNumber == other.ObjectNumber ? Math.Max(0, to - from) : 0);
    }

    public override string ToString() => $"{(char)('A' + ObjectNumber)} {RangeText.Format(Offset, Length)}";
}
