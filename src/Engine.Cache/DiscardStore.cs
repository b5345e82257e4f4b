namespace Engine.Cache;

/// <summary>What is asked of the store once the discarded range has no write in flight. Until it completes no write to the
/// range is issued and no read of it is sent to the store.</summary>
public enum DiscardStore
{
    /// <summary>Nothing: the cache alone forgets the range.</summary>
    None,

    /// <summary>The store discards the range.</summary>
    Discard,

    /// <summary>The store writes zeros over the range.</summary>
    WriteZeroes,
}
