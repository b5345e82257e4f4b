namespace Engine.Metadata;

/// <summary>Number of a rank, from 0. Source: migrator specification, 1.1.</summary>
/// <param name="Value">0 to <see cref="CountMax"/> - 1; -1 names none.</param>
public readonly record struct RankId(int Value) : IComparable<RankId>
{
    /// <summary>Most ranks: sets of ranks are 64-bit masks.</summary>
    public const int CountMax = 64;

    /// <summary>No rank.</summary>
    public static RankId None => new(-1);

    /// <summary>True for <see cref="None"/>.</summary>
    public bool IsNone => Value < 0;

    /// <inheritdoc/>
    public int CompareTo(RankId other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => IsNone ? "none" : $"rank {Value}";
}
