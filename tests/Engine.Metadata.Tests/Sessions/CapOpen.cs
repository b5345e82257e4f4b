namespace Engine.Metadata.Tests.Sessions;

/// <summary>A client's request to open an inode.</summary>
internal sealed record CapOpen(Ino Ino, CapBits Wanted) : Message;
