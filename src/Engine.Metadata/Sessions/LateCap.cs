namespace Engine.Metadata;

/// <summary>A capability of which a client has not given back in time what it was told to.</summary>
/// <param name="Client">The client.</param>
/// <param name="Ino">The inode.</param>
/// <param name="Seq">The message that told it, the first of those that it has not answered: an answer has this number or a
/// greater one.</param>
public readonly record struct LateCap(ClientId Client, Ino Ino, uint Seq);
