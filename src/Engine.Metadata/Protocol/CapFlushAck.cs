namespace Engine.Metadata;

/// <summary>To a client: a flush is over, and what of it was taken is durable.</summary>
/// <param name="Ino">The inode.</param>
/// <param name="FlushTid">Names the flush.</param>
/// <param name="Dirty">Bits under which it was taken; none where the client had lost them, and has to forget what it
/// changed.</param>
public sealed record CapFlushAck(Ino Ino, ulong FlushTid, CapBits Dirty) : Message;
