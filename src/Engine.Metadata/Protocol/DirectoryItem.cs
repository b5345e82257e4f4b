namespace Engine.Metadata;

/// <summary>One entry of a listing.</summary>
/// <param name="Name">UTF-8.</param>
/// <param name="Ino">The inode's number.</param>
/// <param name="Type">What it is.</param>
public readonly record struct DirectoryItem(ReadOnlyMemory<byte> Name, Ino Ino, InodeType Type);
