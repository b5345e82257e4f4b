using Engine.Testing.Cache;

namespace Engine.Cache.ModelTests.Store;

/// <summary>One operation at the <see cref="ModelStore"/>. Used again.</summary>
internal sealed class StoreOperation(int bytesMax)
{
    public PendingKind Kind { get; set; }

    public int Number { get; set; }

    public int Offset { get; set; }

    public int Length { get; set; }

    public bool Fua { get; set; }

    public Submission Submission { get; set; }

    public BufferList? Data { get; set; }

    /// <summary>What a write carried at its issue, or a read's answer where that is fixed at its issue.</summary>
    public byte[] Bytes { get; } = new byte[bytesMax];

    public bool HasAnswer { get; set; }

    /// <summary>The store has done the change, and owes the report.</summary>
    public bool IsDone { get; set; }

    public IoResult Result { get; set; }

    /// <summary>Changes that had ended when a flush was issued: these it makes durable.</summary>
    public int ChangesCovered { get; set; }

    public bool IsChange => Kind is PendingKind.Write or PendingKind.Discard or PendingKind.WriteZeroes;

    public int End => Offset + Length;

    public bool Overlaps(StoreOperation other) =>
        Number == other.Number && Offset < other.End && other.Offset < End && Length > 0 && other.Length > 0;

    public override string ToString() =>
        $"{Kind.ToString().ToLowerInvariant()} {(char)('A' + Number)} {RangeText.Format(Offset, Length)}{(Fua ? " fua" : "")}";
}
