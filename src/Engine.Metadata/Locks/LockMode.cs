namespace Engine.Metadata;

/// <summary>How an operation holds a lock; greater is stronger.</summary>
public enum LockMode : byte
{
    /// <summary>With other readers.</summary>
    Read,

    /// <summary>With other writers, each of its own share. Only kinds that scatter: File, Nest, Dft.</summary>
    Write,

    /// <summary>Alone.</summary>
    Exclusive,
}
