namespace Engine.Metadata;

/// <summary>A rank as the cluster map has it.</summary>
/// <param name="State">How far it is.</param>
/// <param name="Incarnation">Its present life, or its last one; 0 where it has had none.</param>
/// <param name="Address">Where it is reached; at most 255 bytes of UTF-8.</param>
/// <param name="Targets">Ranks to which it may give subtrees, bit r for rank r.</param>
public readonly record struct ClusterRank(ClusterRankState State, ulong Incarnation, string Address, ulong Targets)
{
    /// <summary>Has it a life that takes messages?</summary>
    public bool IsUp => State >= ClusterRankState.Creating;
}
