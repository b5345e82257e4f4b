namespace Engine.Metadata;

/// <summary>To a client, from the new authority: it has a capability here.</summary>
/// <param name="Ino">The inode.</param>
/// <param name="CapId">The capability.</param>
/// <param name="Seq">Number of this message about it.</param>
/// <param name="MigrationSeq">Its migration number.</param>
/// <param name="Caps">The bits.</param>
/// <param name="Wanted">What this rank believes that the client wants.</param>
/// <param name="From">The capability at the old authority, which ends.</param>
/// <param name="IsRelease">The old rank does not know: the client is to release its capability there.</param>
public sealed record CapImport(
    Ino Ino, ulong CapId, uint Seq, uint MigrationSeq, CapBits Caps, CapBits Wanted, CapPeer From, bool IsRelease) : Message;
