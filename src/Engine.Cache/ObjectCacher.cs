// The thread-safe driver of the cache: serialises events to the core under one short lock, runs the core's effects outside
// of it. Owns the core, the pool when none was given, and the reusable requests. Its parts: reads, writes, lifecycle, effects.
using System.Runtime.CompilerServices;
using Engine.Buffers;
using Engine.Objects;
using Microsoft.Extensions.ObjectPool;

namespace Engine.Cache;

/// <summary>
/// A write-back cache of objects over an asynchronous store (specification of the object cache). Thread-safe. Reads and
/// writes take any offset and length; data lies in 4 KiB blocks of unmanaged memory; writeback, limits and flushes follow
/// <see cref="CacheSettings"/>.
/// </summary>
/// <remarks>
/// The class is a thin driver: the core is a state machine that turns events into effects; the driver serialises the events
/// under one short lock and runs the effects (submissions, completions, notifications) after it has left the lock, on the
/// thread that brought the event. Buffers given to an asynchronous request stay untouched until its task has completed;
/// extents are copied by the call.
/// </remarks>
public sealed partial class ObjectCacher : IDisposable, IAsyncDisposable, ICompletionSink
{
    /// <summary>Operations at once that a store must take: with fewer, the shares of reads, writeback, fills, discards and
    /// flushes would add up to more than it takes.</summary>
    public const int OperationsMin = 16;

    private readonly Lock _gate = new();
    private readonly IObjectBackend _backend;
    private readonly ObjectCacherOptions _options;
    private readonly BufferPool _pool;
    private readonly bool _ownsPool;
    private readonly CacheCore _core;
    private readonly ITimer _timer;
    private readonly ObjectPool<ReadRequest> _reads;
    private readonly ObjectPool<WriteRequest> _writes;
    private readonly ObjectPool<FlushRequest> _flushes;
    private readonly ObjectPool<DropRequest> _drops;
    private readonly PumpTurn _pump;
    private bool _disposed;

    /// <summary>Creates a cache in front of <paramref name="backend"/>; <see cref="Start"/> begins background
    /// writeback.</summary>
    /// <exception cref="ArgumentException">The settings are impossible, the store's alignment is larger than a block, or it takes
    /// fewer than <see cref="OperationsMin"/> operations at once.</exception>
    public ObjectCacher(IObjectBackend backend, CacheSettings settings, ObjectCacherOptions options)
    {
        if (settings.Validate().Failed)
        {
            throw new ArgumentException(
                "cache settings: 0 <= dirty target <= dirty maximum <= size is required", nameof(settings));
        }
        BackendCapabilities capabilities = backend.Capabilities;
        if (!IsAlignment(capabilities.ReadAlignment) || !IsAlignment(capabilities.WriteAlignment))
        {
            throw new ArgumentException(
                $"the store's alignment must be a power of two of at most {CacheSettings.BlockBytes} bytes", nameof(backend));
        }
        if (capabilities.OperationsMax < OperationsMin)
        {
            throw new ArgumentException(
                $"the store takes {capabilities.OperationsMax} operations at once; a cache needs {OperationsMin}",
                nameof(backend));
        }
        _backend = backend;
        _options = options;
        _ownsPool = options.Pool is null || options.OwnsPool;
        _pool = options.Pool ?? new BufferPool(new BufferPoolOptions { BlockCount = BlocksNeeded(settings) });
        _core = new CacheCore(capabilities, _pool, settings, options.Eviction, options.Clock)
        {
            Redo = new DropRequest { Cacher = this },
        };
        _timer = options.Clock.CreateTimer(
            static state => ((ObjectCacher)state!).TimerFired(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _reads = RequestPool<ReadRequest>.Create(() => new ReadRequest { Cacher = this });
        _writes = RequestPool<WriteRequest>.Create(() => new WriteRequest { Cacher = this });
        _flushes = RequestPool<FlushRequest>.Create(() => new FlushRequest { Cacher = this });
        _drops = RequestPool<DropRequest>.Create(() => new DropRequest { Cacher = this });
        _pump = new PumpTurn(this);
    }

    /// <summary>The limits in force.</summary>
    public CacheSettings Settings
    {
        get
        {
            lock (_gate)
                return _core.Settings;
        }
    }

    /// <summary>Blocks of <see cref="CacheSettings.BlockBytes"/> that a pool must have for a cache with these settings: its
    /// size, and a reserve for one oversize read, one oversize write and the fills of unaligned writeback.</summary>
    public static int BlocksNeeded(CacheSettings settings) => settings.SizeBlocks + CacheCore.BlockReserve(settings);

    /// <summary>Begins background writeback. Explicit flushes and write-through work before, too.</summary>
    public void Start()
    {
        EffectQueue effects = EffectQueue.Current;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _core.Start();
            effects.Take(this, _core.Effects);
        }
        effects.Drain();
    }

    /// <summary>Replaces the limits. EINVAL leaves the old ones in force; a larger size than the pool was made for is
    /// refused with ENOMEM.</summary>
    public IoError Apply(CacheSettings settings)
    {
        IoError error = settings.Validate();
        if (error.Failed)
            return error;
        if (BlocksNeeded(settings) > _pool.BlockCount)
            return IoError.NoMemory;
        EffectQueue effects = EffectQueue.Current;
        lock (_gate)
        {
            if (_disposed)
                return IoError.Shutdown;
            _core.Apply(settings);
            effects.Take(this, _core.Effects);
        }
        effects.Drain();
        return IoError.None;
    }

    /// <summary>Declares a set of objects. Two sets may not share an object: the second to touch it gets EINVAL.</summary>
    public ObjectSet CreateSet(ObjectSetOptions options)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _core.CreateSet(options);
        }
    }

    /// <summary>Ends a set; EBUSY while it caches anything, has I/O in flight or writes that wait, or had the store zero what
    /// it has not flushed since.</summary>
    public IoError DestroySet(ObjectSet set)
    {
        lock (_gate)
            return _disposed ? IoError.Shutdown : _core.DestroySet(set);
    }

    /// <summary>A snapshot of gauges and counters.</summary>
    public CacheStatistics Statistics()
    {
        lock (_gate)
            return _core.Statistics();
    }

    /// <summary>The object's maximal runs of equal state, for example <c>0~4K CLEAN,8K~4K DIRTY</c>.</summary>
    public string Dump(ObjectSet set, long objectNumber)
    {
        lock (_gate)
            return _disposed ? "" : _core.Dump(set, objectNumber);
    }

    /// <summary>Checks every invariant of the cache; throws <see cref="InvariantException"/> on the first broken one.</summary>
    public void Audit()
    {
        lock (_gate)
        {
            if (!_disposed)
                _core.Audit();
        }
    }

    /// <summary>True when every byte is readable without I/O.</summary>
    public bool IsCached(ObjectSet set, ExtentList extents)
    {
        lock (_gate)
            return !_disposed && _core.IsCached(set, extents);
    }

    /// <summary>True while the set has dirty bytes or writes in flight.</summary>
    public bool IsDirtyOrCommitting(ObjectSet set)
    {
        lock (_gate)
            return set.DirtyOrTxBytes != 0;
    }

    /// <summary>True when the set caches nothing.</summary>
    public bool IsEmpty(ObjectSet set)
    {
        lock (_gate)
            return _disposed || _core.IsEmpty(set);
    }

    private static bool IsAlignment(int bytes) => bytes is > 0 and <= CacheSettings.BlockBytes && (bytes & (bytes - 1)) == 0;

    private void Pump()
    {
        EffectQueue effects = EffectQueue.Current;
        lock (_gate)
        {
            if (_disposed)
                return;
            _core.Pump();
            effects.Take(this, _core.Effects);
        }
        effects.Drain();
    }

    private void TimerFired()
    {
        EffectQueue effects = EffectQueue.Current;
        lock (_gate)
        {
            if (_disposed)
                return;
            _core.TimerFired();
            effects.Take(this, _core.Effects);
        }
        effects.Drain();
    }
}
