namespace Engine.Metadata;

/// <summary>A capability that a client gives up.</summary>
/// <param name="Ino">The inode.</param>
/// <param name="CapId">The capability.</param>
/// <param name="IssueSeq">The last grant that the client has seen; one that is on its way makes the release void.</param>
/// <param name="MigrationSeq">The migration number that the client has seen.</param>
public readonly record struct CapReleaseItem(Ino Ino, ulong CapId, uint IssueSeq, uint MigrationSeq);
