namespace Engine.Metadata;

/// <summary>A migration as the journal knows it.</summary>
/// <param name="Id">Which.</param>
/// <param name="Base">The root of what moves.</param>
/// <param name="Attempt">Orders all attempts to move what lies in it. Source: migrator specification, 4.6 (Δ21).</param>
/// <param name="Peer">The other end.</param>
/// <param name="Bounds">Where the region ends.</param>
public sealed record Migration(
    MigrationId Id, DirFrag Base, ulong Attempt, RankId Peer, IReadOnlyList<DirFrag> Bounds);
