using Engine.Objects;

namespace Engine.Cache;

/// <summary>Identity of an <see cref="ObjectSet"/>: object n has the name prefix.n in this pool and namespace.</summary>
public sealed record ObjectSetOptions
{
    /// <summary>Prefix of the object names.</summary>
    public required string Prefix { get; init; }

    /// <summary>Pool, at least 0.</summary>
    public long PoolId { get; init; }

    /// <summary>Namespace within the pool.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Locator key.</summary>
    public string Locator { get; init; } = "";

    /// <summary>How the file lies in its objects, where the owner wants sequential streams to be recognised beyond the end of an
    /// object.</summary>
    public FileLayout? Layout { get; init; }

    /// <summary>Inode number of a file; 0 for images.</summary>
    public ulong Inode { get; init; }

    /// <summary>The owner's own handle; opaque to the cache.</summary>
    public object? Owner { get; init; }
}
