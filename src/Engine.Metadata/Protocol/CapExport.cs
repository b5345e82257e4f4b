namespace Engine.Metadata;

/// <summary>To a client, from the old authority: its capability is with another rank now.</summary>
/// <param name="Ino">The inode.</param>
/// <param name="CapId">The capability here, which ends.</param>
/// <param name="MigrationSeq">Its migration number here.</param>
/// <param name="To">The capability there; id 0 when that rank gave none, the client has to ask for it.</param>
public sealed record CapExport(Ino Ino, ulong CapId, uint MigrationSeq, CapPeer To) : Message;
