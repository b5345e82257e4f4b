namespace Engine.Metadata;

/// <summary>What of a capability goes along when authority over its inode moves.</summary>
/// <param name="Client">Who has it.</param>
/// <param name="CapId">Its id at the old authority.</param>
/// <param name="Wanted">Bits that the client wants.</param>
/// <param name="Issued">Bits that it may believe it has.</param>
/// <param name="Pending">Bits of the latest grant.</param>
/// <param name="Follows">Its changes belong behind this snapshot.</param>
/// <param name="Seq">Number of the last message about it.</param>
/// <param name="MigrationSeq">Migration number at the new authority: one more than at the old.</param>
/// <param name="IssuedAtMicros">When bits were last issued.</param>
public readonly record struct CapExportRecord(
    ClientId Client, ulong CapId, CapBits Wanted, CapBits Issued, CapBits Pending, SnapId Follows, uint Seq, uint MigrationSeq,
    long IssuedAtMicros);
