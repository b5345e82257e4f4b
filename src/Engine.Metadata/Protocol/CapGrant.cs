namespace Engine.Metadata;

/// <summary>To a client: what it may do with an inode from now on.</summary>
/// <param name="Ino">The inode.</param>
/// <param name="CapId">The capability.</param>
/// <param name="Seq">Number of this message about it.</param>
/// <param name="IssueSeq">Number of the last message that gave bits.</param>
/// <param name="MigrationSeq">Its migration number.</param>
/// <param name="Caps">The bits.</param>
/// <param name="Wanted">What the rank believes that the client wants; the client says so when that is wrong.</param>
/// <param name="IsRevoke">Bits were taken away: the client is to flush what it holds under them, to stop, and to answer with
/// <see cref="CapUpdate"/>.</param>
public sealed record CapGrant(
    Ino Ino, ulong CapId, uint Seq, uint IssueSeq, uint MigrationSeq, CapBits Caps, CapBits Wanted,
    bool IsRevoke) : Message;
