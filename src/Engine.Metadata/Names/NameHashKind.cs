namespace Engine.Metadata;

/// <summary>Which function places the names of a directory; its inode records it, so that it can change for new directories.
/// Values are stored.</summary>
public enum NameHashKind : byte
{
    /// <summary>xxHash32 with seed 0 of the name's UTF-8 bytes, its top 24 bits.</summary>
    XxHash32 = 1,
}
