namespace Engine.Testing.Cache;

/// <summary>What a <see cref="PendingOperation"/> asks of the store.</summary>
public enum PendingKind
{
    Read,
    Write,
    Flush,
    Discard,
    WriteZeroes,
    Truncate,
    Remove,
    Stat,
    List,
}
