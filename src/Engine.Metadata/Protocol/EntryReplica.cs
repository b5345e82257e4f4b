namespace Engine.Metadata;

/// <summary>A copy of an entry with its inode, or of a remote or null entry, or of a base inode.</summary>
/// <param name="Dir">The directory that it is in; none for a base inode.</param>
/// <param name="Name">Its name; empty for a base inode.</param>
/// <param name="Kind">What the record is.</param>
/// <param name="Nonce">See <see cref="ReplicaStep"/>.</param>
/// <param name="Record">An <see cref="EntryRecord"/> or <see cref="LinkRecord"/>.</param>
/// <param name="Attributes">Attributes of variable length.</param>
public sealed record EntryReplica(
    Ino Dir, byte[] Name, RecordKind Kind, uint Nonce, byte[] Record, IReadOnlyList<ReplicaAttribute> Attributes)
    : ReplicaStep(Nonce, Record);
