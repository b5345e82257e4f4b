namespace Engine.Cluster;

/// <summary>How a rank's network goes about peers that it cannot reach.</summary>
/// <param name="FirstWaitMicros">Wait before a peer is called again.</param>
/// <param name="LongestWaitMicros">Longest such wait; it doubles up to that.</param>
/// <param name="Seed">Draws the waits.</param>
public readonly record struct RankNetworkOptions(long FirstWaitMicros, long LongestWaitMicros, ulong Seed)
{
    /// <summary>A tenth of a second, and up to five.</summary>
    public static RankNetworkOptions Usual(ulong seed) => new(100_000, 5_000_000, seed);
}
