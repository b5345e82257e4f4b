namespace Engine.Metadata;

/// <summary>A capability that a client has, as it says after a restart of the rank.</summary>
/// <param name="Ino">The inode.</param>
/// <param name="CapId">The capability.</param>
/// <param name="Wanted">What the client wants.</param>
/// <param name="Issued">What it believes it has.</param>
/// <param name="Path">Where it found the inode, relative to the root, UTF-8.</param>
public readonly record struct CapReconnect(Ino Ino, ulong CapId, CapBits Wanted, CapBits Issued, ReadOnlyMemory<byte> Path);
