namespace Engine.Metadata;

/// <summary>What a client had changed under a capability that it lost, or whose bits it lost, and which may be lost with them:
/// what was not sent is; of a flush on its way nobody can say.</summary>
/// <param name="Ino">The inode.</param>
/// <param name="Bits">Bits under which it had changed something.</param>
/// <param name="FlushTid">The last flush that nobody answered; 0 where nothing was on its way.</param>
public readonly record struct ClientLoss(Ino Ino, CapBits Bits, ulong FlushTid);
