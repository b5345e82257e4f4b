namespace Engine.Cache.Tests.ModelTests;

/// <summary>Bytes of one object.</summary>
internal readonly record struct ModelRange(int ObjectNumber, int Offset, int Length)
{
    public int End => Offset + Length;

    public bool Overlaps(in ModelRange other) =>
        ObjectNumber == other.ObjectNumber && Offset < other.End && other.Offset < End;

    public override string ToString() => $"{(char)('A' + ObjectNumber)} {RangeText.Format(Offset, Length)}";
}
