using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>A process tells the authority over the map that it lives, and what it is. Sent when something of it changes, and
/// every <see cref="MapOptions.BeaconMicros"/>. Source: migrator specification, 1.15.</summary>
/// <param name="Process">Names the process for as long as it lives, and no other one ever.</param>
/// <param name="Address">Where it is reached; at most 255 bytes of UTF-8; empty for one that can be no rank, and is told of
/// maps alone.</param>
/// <param name="Rank">The rank that it is, from when it took the map on that says so; none while it stands by to become one.
/// </param>
/// <param name="Incarnation">The life of that rank that it has; 0 while it stands by.</param>
/// <param name="State">How far it is with that.</param>
/// <param name="Wants">The only rank that it can become; none where it takes any.</param>
/// <param name="Epoch">The map that it has.</param>
/// <param name="Targets">Ranks that it has subtrees for, bit r for rank r.</param>
public sealed record Beacon(
    ulong Process, string Address, RankId Rank, ulong Incarnation, ClusterRankState State, RankId Wants, ulong Epoch,
    ulong Targets = 0) : Message;
