namespace Engine.Volumes;

/// <summary>What a waiting request of a cached volume does.</summary>
internal enum CachedKind
{
    /// <summary>A read that missed.</summary>
    Read,

    /// <summary>A write that waits for room, or for its commit.</summary>
    Write,

    /// <summary>A flush.</summary>
    Flush,
}
