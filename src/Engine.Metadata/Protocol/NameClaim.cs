namespace Engine.Metadata;

/// <summary>A rank wants a name of the receiver's, with its inode, for a name of its own: a rename from one to the other. The
/// receiver promises it, durably, or refuses it, and says so by <see cref="NameOffered"/>. Source: migrator specification,
/// 4.5.</summary>
/// <param name="Id">The change; the sender decides about it.</param>
/// <param name="Client">For whom.</param>
/// <param name="Caller">On whose behalf.</param>
/// <param name="Directory">The directory in which the name lies.</param>
/// <param name="Name">The name.</param>
/// <param name="MustBeDirectory">A slash follows one of the two names.</param>
/// <param name="IsTaken">The other name is taken, and is not to be replaced.</param>
public sealed record NameClaim(
    UpdateId Id, ClientId Client, Credential Caller, Ino Directory, byte[] Name, bool MustBeDirectory, bool IsTaken) : Message;
