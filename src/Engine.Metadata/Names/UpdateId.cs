namespace Engine.Metadata;

/// <summary>Names one change of two ranks in all their lives. Source: migrator specification, 4.5.</summary>
/// <param name="Coordinator">The rank whose journal decides.</param>
/// <param name="Incarnation">Its life.</param>
/// <param name="Number">Counts the changes of that life, from 1.</param>
public readonly record struct UpdateId(RankId Coordinator, ulong Incarnation, uint Number) : IComparable<UpdateId>
{
    /// <summary>Orders by age where the coordinator is the same.</summary>
    public int CompareTo(UpdateId other)
    {
        int byRank = Coordinator.CompareTo(other.Coordinator);
        int byLife = byRank != 0 ? byRank : Incarnation.CompareTo(other.Incarnation);
        return byLife != 0 ? byLife : Number.CompareTo(other.Number);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Coordinator.Value}.{Incarnation}.{Number}";
}
