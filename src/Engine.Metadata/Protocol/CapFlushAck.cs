namespace Engine.Metadata;

/// <summary>To a client: what it flushed is durable.</summary>
/// <param name="Ino">The inode.</param>
/// <param name="FlushTid">Names the flush.</param>
/// <param name="Dirty">Bits that are clean now.</param>
public sealed record CapFlushAck(Ino Ino, ulong FlushTid, CapBits Dirty) : Message;
