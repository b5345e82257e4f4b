namespace Engine.Testing.Namespace;

/// <summary>A name in a directory.</summary>
/// <param name="Name">The name's bytes.</param>
/// <param name="Type">What the directory says it is.</param>
public readonly record struct DirectoryEntry(byte[] Name, FileType Type);
