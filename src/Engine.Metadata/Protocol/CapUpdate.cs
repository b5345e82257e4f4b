namespace Engine.Metadata;

/// <summary>A client says what it has and wants of an inode, and flushes what it changed.</summary>
/// <param name="Ino">The inode.</param>
/// <param name="CapId">The capability.</param>
/// <param name="Seq">The last message about it that the client has processed.</param>
/// <param name="IssueSeq">The last grant that it has seen.</param>
/// <param name="MigrationSeq">The migration number that it has seen.</param>
/// <param name="Retained">Bits that it keeps.</param>
/// <param name="Wanted">Bits that it wants.</param>
/// <param name="Dirty">Bits under which it changed something that <paramref name="Attributes"/> tell.</param>
/// <param name="FlushTid">Names the flush; comes back in <see cref="CapFlushAck"/>. A client counts its flushes from 1, and
/// has one on its way for an inode.</param>
/// <param name="Attributes">What it changed.</param>
public sealed record CapUpdate(
    Ino Ino, ulong CapId, uint Seq, uint IssueSeq, uint MigrationSeq, CapBits Retained, CapBits Wanted,
    CapBits Dirty, ulong FlushTid, CapAttributes Attributes) : Message;
