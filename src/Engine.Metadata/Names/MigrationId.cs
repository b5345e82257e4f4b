namespace Engine.Metadata;

/// <summary>Names one migration in all lives of all ranks: every message and every callback of it carries the name, so that none
/// of another migration of the same dirfrag is taken for it. Source: migrator specification, 1.1 and 5.4 (Δ1).</summary>
/// <param name="Exporter">The rank that gives.</param>
/// <param name="Incarnation">Its life.</param>
/// <param name="Number">Counts the migrations of that life, from 1.</param>
public readonly record struct MigrationId(RankId Exporter, ulong Incarnation, uint Number) : IComparable<MigrationId>
{
    /// <summary>Orders by age where the exporter is the same.</summary>
    public int CompareTo(MigrationId other)
    {
        int byRank = Exporter.CompareTo(other.Exporter);
        int byLife = byRank != 0 ? byRank : Incarnation.CompareTo(other.Incarnation);
        return byLife != 0 ? byLife : Number.CompareTo(other.Number);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Exporter.Value}.{Incarnation}.{Number}";
}
