namespace Engine.Cache;

/// <summary>A request that the core may keep until it can be answered.</summary>
internal abstract class CacheRequest
{
    public required ObjectCacher Cacher { get; init; }

    /// <summary>Links of the <see cref="RequestQueue{T}"/> that the request waits in.</summary>
    public CacheRequest? QueueNext { get; set; }

    public CacheRequest? QueuePrevious { get; set; }

    public bool Queued { get; set; }

    /// <summary>Hands the result, which the core has set, to whoever waits. Outside the lock, exactly once a use.</summary>
    public abstract void Finish();
}
