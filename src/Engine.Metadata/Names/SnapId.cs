namespace Engine.Metadata;

/// <summary>Number of a snapshot. An entry or inode is valid from a first to a last one; the present has the last
/// <see cref="NoSnap"/>. Source: migrator specification, 1.1.</summary>
public readonly record struct SnapId(ulong Value) : IComparable<SnapId>
{
    /// <summary>The present, also called head: greater than every snapshot.</summary>
    public static SnapId NoSnap => new(ulong.MaxValue - 1);

    /// <summary>Is it the present?</summary>
    public bool IsHead => this == NoSnap;

    /// <inheritdoc/>
    public int CompareTo(SnapId other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => IsHead ? "head" : $"snap {Value}";
}
