using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>A rank changes a name of its own, and an inode that lies with the receiver has one name more or less by that: a link
/// or an unlink of the two. The receiver promises it, durably, or refuses it, and says so by <see cref="NameOffered"/>, with
/// the inode as it is before. Source: migrator specification, 4.5.</summary>
/// <param name="Id">The change; the sender decides about it.</param>
/// <param name="Client">For whom.</param>
/// <param name="Caller">On whose behalf.</param>
/// <param name="Inode">The inode; none where a name of the receiver's tells.</param>
/// <param name="Directory">The directory of that name; none where the inode tells.</param>
/// <param name="Name">That name; empty where the inode tells.</param>
/// <param name="IsAdded">It gets a name; else it loses one.</param>
/// <param name="TargetError">What is wrong with the sender's name, which counts only where there is such an inode.</param>
public sealed record LinkClaim(
    UpdateId Id, ClientId Client, Credential Caller, Ino Inode, Ino Directory, byte[] Name, bool IsAdded, IoError TargetError)
    : Message;
