namespace Engine.Simulation;

/// <summary>An operation on the attributes of an inode.</summary>
/// <param name="Action">What was done.</param>
/// <param name="Ino">The inode; 0 where the operation went by name, and no response told.</param>
/// <param name="Set">What it sets.</param>
/// <param name="Seen">What its response told.</param>
public readonly record struct AttributeOperation(
    AttributeAction Action, ulong Ino, AttributesState Set, AttributesState Seen);
