using System.IO.Pipelines;
using Engine.Buffers;
using Engine.Cache;

namespace Engine.Volumes;

/// <summary>How a volume is opened. Lengths in bytes.</summary>
public sealed partial record VolumeOptions
{
    /// <summary>Blocks of a volume without a cache: what its transfers in flight may hold together.</summary>
    private const int DirectBlocks = 4096;

    /// <summary>Block size of the volume's pool; <see cref="Pool"/> must have the same.</summary>
    public const int BlockBytes = 4096;

    /// <summary>Name in metrics and messages.</summary>
    public string Name { get; init; } = "volume";

    /// <summary>Requests go through a write-back cache; otherwise straight to the store.</summary>
    public bool Cached { get; init; } = true;

    /// <summary>Memory for cached data.</summary>
    public long CacheBytes { get; init; } = 64L << 20;

    /// <summary>Which cached block goes first when memory is needed.</summary>
    public EvictionPolicy Eviction { get; init; }

    /// <summary>Most dirty data, at which writers wait; 0 means write-through, null half of <see cref="CacheBytes"/>.</summary>
    public long? DirtyBytesMax { get; init; }

    /// <summary>Background writeback starts above this much dirty data; null means half of the maximum.</summary>
    public long? DirtyBytesTarget { get; init; }

    /// <summary>Dirty data is written at the latest after this time.</summary>
    public TimeSpan DirtyAgeMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Most writeback requests in flight at the store.</summary>
    public int WritebackWindow { get; init; } = 64;

    /// <summary>How long closing waits for the store before it gives up, in which case what was not flushed is lost and the close
    /// fails with ETIMEDOUT. <see cref="Timeout.InfiniteTimeSpan"/>, or more than 49 days, waits without limit.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Memory for data, of at least <see cref="PoolBlocksNeeded"/> blocks of <see cref="BlockBytes"/>; null makes the
    /// volume own a pool.</summary>
    public BufferPool? Pool { get; init; }

    /// <summary>Clock of the cache.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Runs the cache's background writeback.</summary>
    public PipeScheduler Scheduler { get; init; } = PipeScheduler.ThreadPool;

    /// <summary>Continuations of asynchronous requests run on the completing thread, often the device's own: they must be short,
    /// must not block, and must not throw (what <c>await</c> makes never does): a throw ends the device, every later request of
    /// which fails with EIO. Otherwise they run on the thread pool.</summary>
    public bool InlineContinuations { get; init; }
}
