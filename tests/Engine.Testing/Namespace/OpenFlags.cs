namespace Engine.Testing.Namespace;

/// <summary>Flags of open(3p), with the values that Linux gives them on x86-64.</summary>
[Flags]
public enum OpenFlags
{
    ReadOnly = 0,
    WriteOnly = 1,
    ReadWrite = 2,
    Create = 0x40,
    Exclusive = 0x80,
    Truncate = 0x200,
    Append = 0x400,
    Directory = 0x10000,
    NoFollow = 0x20000,
}
