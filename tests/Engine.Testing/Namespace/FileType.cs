namespace Engine.Testing.Namespace;

/// <summary>What a name leads to.</summary>
public enum FileType
{
    Other,
    Regular,
    Directory,
    SymbolicLink,
}
