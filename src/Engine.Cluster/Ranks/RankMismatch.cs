namespace Engine.Cluster;

/// <summary>Why a process can never be a rank of the cluster whose map it calls.</summary>
public enum RankMismatch
{
    /// <summary>It can, as far as is known.</summary>
    None,

    /// <summary>The map is another cluster's than the store, or speaks another version.</summary>
    Map,

    /// <summary>The cluster has no rank of the number that it asks for.</summary>
    Rank,
}
