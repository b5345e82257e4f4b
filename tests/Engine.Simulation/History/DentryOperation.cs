using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>An operation on one name in one directory.</summary>
/// <param name="Action">What was done.</param>
/// <param name="Ino">The inode that the name was bound to by it, or was found bound to; 0 where unknown.</param>
/// <param name="Error">What came of it. Errors other than ENOENT and EEXIST say nothing about the name.</param>
public readonly record struct DentryOperation(DentryAction Action, ulong Ino, IoError Error);
