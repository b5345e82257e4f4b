namespace Engine.Volumes;

/// <summary>What a request of the direct path does.</summary>
internal enum DirectKind
{
    /// <summary>Bytes from the store to the caller.</summary>
    Read,

    /// <summary>Bytes from the caller to the store.</summary>
    Write,

    /// <summary>The range reads as zeros afterwards.</summary>
    WriteZeroes,

    /// <summary>The range is no longer needed.</summary>
    Discard,

    /// <summary>Every completed write becomes durable.</summary>
    Flush,
}
