using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>An operation on one name of a directory, or on two.</summary>
/// <param name="Action">What was done.</param>
/// <param name="Name">Which name.</param>
/// <param name="Ino">The inode that the name was bound to by it, or was found bound to; 0 where unknown.</param>
/// <param name="Error">What came of it. Errors other than ENOENT and EEXIST say nothing about the name.</param>
/// <param name="To">The new name of a rename, the second of an exchange.</param>
public readonly record struct NameOperation(NameAction Action, int Name, ulong Ino, IoError Error, int To = -1);
