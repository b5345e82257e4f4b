namespace Engine.Metadata;

/// <summary>A capability that a client has, as it says after a restart of the rank.</summary>
/// <param name="Ino">The inode.</param>
/// <param name="CapId">The capability.</param>
/// <param name="Wanted">What the client wants.</param>
/// <param name="Issued">What it believes it has.</param>
/// <param name="Path">Where it found the inode, relative to the root, UTF-8.</param>
/// <param name="Flushing">Bits under which it sent a flush that was not acknowledged: it may have given them up with it.
/// There is at most one such flush for an inode.</param>
/// <param name="FlushTid">Names that flush.</param>
public readonly record struct CapReconnect(
    Ino Ino, ulong CapId, CapBits Wanted, CapBits Issued, ReadOnlyMemory<byte> Path, CapBits Flushing = CapBits.None,
    ulong FlushTid = 0);
