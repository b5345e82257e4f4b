using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>What a client waits for.</summary>
/// <param name="Rank">Whose answer.</param>
/// <param name="State">What the map says of that rank.</param>
/// <param name="Micros">For so long.</param>
public sealed record ClientWait(RankId Rank, ClusterRankState State, long Micros);
