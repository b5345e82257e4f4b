namespace Engine.Metadata;

/// <summary>What one lock lets a client do; <see cref="CapBits"/> holds these for all locks that clients share in.</summary>
[Flags]
public enum LockCaps : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Cache what the lock protects.</summary>
    Shared = 1,

    /// <summary>Change what the lock protects.</summary>
    Exclusive = 2,

    /// <summary>Keep file data that was read.</summary>
    Cache = 4,

    /// <summary>Read file data.</summary>
    Read = 8,

    /// <summary>Write file data.</summary>
    Write = 16,

    /// <summary>Keep file data back that was written.</summary>
    Buffer = 32,

    /// <summary>Extend the file.</summary>
    Extend = 64,

    /// <summary>Cache what the application keeps coherent.</summary>
    Lazy = 128,
}
