using Engine.Metadata;

namespace Engine.Migration;

/// <summary>A lock of an inode that moves and is not at rest.</summary>
/// <param name="Ino">The inode.</param>
/// <param name="Kind">Which of its locks.</param>
/// <param name="Record">What goes along.</param>
public sealed record ExportedLock(Ino Ino, LockKind Kind, LockRecord Record);
