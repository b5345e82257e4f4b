namespace Engine.Cache;

/// <summary>What a discarded range is to the cache afterwards (specification of the object cache, 2.14).</summary>
public enum DiscardMode
{
    /// <summary>Unknown: the next read asks the store.</summary>
    Invalidate,

    /// <summary>Known zeros: reads need no I/O.</summary>
    Zeroed,
}
