namespace Engine.Metadata;

/// <summary>The capability at the other rank of a migration.</summary>
/// <param name="Rank">The rank.</param>
/// <param name="CapId">Its capability; 0 when it has none for the client.</param>
/// <param name="Seq">Number of the last message about it.</param>
/// <param name="MigrationSeq">Its migration number.</param>
public readonly record struct CapPeer(RankId Rank, ulong CapId, uint Seq, uint MigrationSeq);
