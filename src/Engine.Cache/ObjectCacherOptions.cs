using System.IO.Pipelines;
using Engine.Buffers;

namespace Engine.Cache;

/// <summary>What a cache is given from outside: memory, time, and where its background work runs.</summary>
public sealed record ObjectCacherOptions
{
    /// <summary>Name in metrics and messages.</summary>
    public string Name { get; init; } = "cache";

    /// <summary>Memory for data, of at least <see cref="ObjectCacher.BlocksNeeded"/> blocks of <see
    /// cref="CacheSettings.BlockBytes"/>; null makes the cache own a pool.</summary>
    public BufferPool? Pool { get; init; }

    /// <summary>The cache frees <see cref="Pool"/> with itself: once nothing at the store can use its memory any more.</summary>
    public bool OwnsPool { get; init; }

    /// <summary>Which block goes first when memory is needed.</summary>
    public EvictionPolicy Eviction { get; init; }

    /// <summary>Clock for ages and timers; only its monotonic side is used.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Runs background writeback; inline makes the cache deterministic.</summary>
    public PipeScheduler Scheduler { get; init; } = PipeScheduler.ThreadPool;

    /// <summary>Continuations of asynchronous requests run on the completing thread, often the device's own, instead of the
    /// thread pool. Such a continuation must not block, not in a blocking call of this cache either, and must not throw (what
    /// <c>await</c> makes never does).</summary>
    public bool InlineContinuations { get; init; }

    /// <summary>Receives the cache's notifications.</summary>
    public ICacheEvents? Events { get; init; }
}
