namespace Engine.Metadata;

/// <summary>Which ranks there are, and which life of each counts: what the map's authority publishes to all ranks and clients.
/// A life that a map calls failed can write nothing any more when that map is published. Source: migrator specification,
/// 1.15.</summary>
/// <param name="Epoch">Counts the maps; the one with the greatest number holds.</param>
/// <param name="Ranks">The ranks by number, the ones without a life included.</param>
public sealed record ClusterMap(ulong Epoch, IReadOnlyList<ClusterRank> Ranks) : Message
{
    /// <summary>Before any map has come: nothing is known.</summary>
    public static ClusterMap Empty { get; } = new(0, []);

    /// <summary>The rank; one that the map does not have has no life.</summary>
    public ClusterRank this[RankId rank] =>
        rank.Value >= 0 && rank.Value < Ranks.Count ? Ranks[rank.Value] : new ClusterRank(ClusterRankState.None, 0, "", 0);

    /// <summary>Ranks with a life that counts, bit r for rank r.</summary>
    public ulong UpMask
    {
        get
        {
            ulong mask = 0;
            for (int rank = 0; rank < Ranks.Count; rank++)
                mask |= Ranks[rank].IsUp ? 1UL << rank : 0;
            return mask;
        }
    }

    /// <summary>Does this life of a rank count?</summary>
    public bool IsUp(RankId rank, ulong incarnation) => this[rank] is { IsUp: true } known && known.Incarnation == incarnation;
}
