using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Answers <see cref="NameClaim"/>: the name is promised and kept until it is decided, or refused. Sent again until
/// there is a decision, by later lives of the sender too.</summary>
/// <param name="Id">The change.</param>
/// <param name="Error">Why the name cannot be had; EAGAIN where it may be later.</param>
/// <param name="Entry">The entry with its inode; null where it is refused.</param>
/// <param name="Dirs">Of a directory, its dirfrags, with what is counted of them in the inode; none where a later life says it
/// again, which may not have read them.</param>
public sealed record NameOffered(UpdateId Id, IoError Error, EntryReplica? Entry, IReadOnlyList<DirReplica> Dirs) : Message
{
    /// <summary>A promise of what is no directory, or a refusal.</summary>
    public NameOffered(UpdateId id, IoError error, EntryReplica? entry)
        : this(id, error, entry, [])
    {
    }
}
