using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Answers <see cref="NameClaim"/>: the name is promised and kept until it is decided, or refused. Sent again until
/// there is a decision, by later lives of the sender too.</summary>
/// <param name="Id">The change.</param>
/// <param name="Error">Why the name cannot be had; EAGAIN where it may be later.</param>
/// <param name="Entry">The entry with its inode; null where it is refused.</param>
public sealed record NameOffered(UpdateId Id, IoError Error, EntryReplica? Entry) : Message;
