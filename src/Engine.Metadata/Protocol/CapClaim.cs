namespace Engine.Metadata;

/// <summary>From a client that another rank told of a capability here: it has not heard of it from this rank, or what it heard
/// was lost. Answered by <see cref="CapGrant"/>, which repeats what the capability is, or by <see cref="CapExport"/> with nothing
/// behind it where there is none; not while it is being imported: <see cref="CapImport"/> is yet to come then.</summary>
/// <param name="Ino">The inode.</param>
/// <param name="CapId">The capability.</param>
/// <param name="MigrationSeq">Its migration number, as the other rank said.</param>
public sealed record CapClaim(Ino Ino, ulong CapId, uint MigrationSeq) : Message;
