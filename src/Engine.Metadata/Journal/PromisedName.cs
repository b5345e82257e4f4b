namespace Engine.Metadata;

/// <summary>A name that was promised to another rank, and of which it is not decided whether it goes; or that of an inode in a
/// stray directory, and not decided whether it has a name more or less.</summary>
/// <param name="Id">The change.</param>
/// <param name="Directory">Where the name lies.</param>
/// <param name="Name">The name.</param>
/// <param name="Kind">What was promised.</param>
/// <param name="Segment">Has the promise, the last to tell it: it stays until the next does, or it is decided.</param>
internal sealed record PromisedName(UpdateId Id, Ino Directory, byte[] Name, UpdateKind Kind, JournalSegment Segment);
