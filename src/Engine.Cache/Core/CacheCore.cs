// The object cache as a state machine: an event in (request, completion, tick), effects out (Effects). It does no I/O,
// starts no thread and calls nobody; ObjectCacher owns it, serialises its events under one lock and runs the effects
// outside of it. Ownership: blocks, objects, chunks, pieces, waits and covers live in slabs and refer to one another by
// index. A block's memory belongs to the block; lists of I/O in flight hold references of their own, so that an
// overwrite or an eviction never touches what the store is reading. Invariants (checked by Audit): gauges equal the sums
// over units; read pieces of a block are disjoint and cover exactly its Rx units; write pieces are disjoint and cover
// exactly its InFlight units; a block is on a list of the eviction policy exactly
// when it is evictable; every unsatisfied wait has I/O in
// flight, a queue place or a fence; charged blocks are those that are dirty or have a write in flight.
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

/// <summary>The object cache as a state machine: an event in, effects out.</summary>
internal sealed unsafe partial class CacheCore : IDisposable
{
    private const int BlockShift = 12;
    private const int BlockMask = CacheSettings.BlockBytes - 1;

    private readonly BufferPool _pool;
    private readonly TimeProvider _clock;
    private readonly BackendCapabilities _capabilities;

    private readonly Slab<CachedBlock> _blocks;
    private readonly Slab<CachedObject> _objects = new(64);
    private readonly Slab<Chunk> _chunks = new(64);
    private readonly Slab<Piece> _pieces = new(1024);
    private readonly Slab<BlockWait> _waits = new(1024);
    private readonly Slab<Cover> _covers = new(256);
    private readonly Slab<ByteMap> _byteMaps = new(4);
    private readonly IndexMap _objectIndex = new(256);
    private readonly IndexMap _chunkIndex = new(1024);

    private readonly EvictionQueues _eviction;
    private readonly SequentialStreams _streams = new();
    private readonly BlockQueue<OrderLink> _age;
    private readonly BlockQueue<OrderLink> _retry;
    private readonly BlockQueue<UnstableLink> _unstableEven;
    private readonly BlockQueue<UnstableLink> _unstableOdd;
    private readonly BlockQueue<UrgentLink> _urgent;

    private readonly long[] _gauges = new long[Unit.Codes];
    private readonly CacheCounters _counters = new();
    private readonly List<ObjectSet> _cleanedSets = [];

    private CacheSettings _settings;
    private long _ageTicks;
    private long _retryTicks;
    private long _unstableBytes;
    private int _heldBuffers;

    /// <summary>Blocks of memory that the cache's size has room for, beside what the eviction policy keeps.</summary>
    private int _blocksMax;
    private bool _started;

    public CacheCore(
        BackendCapabilities capabilities,
        BufferPool pool,
        CacheSettings settings,
        EvictionPolicy eviction,
        TimeProvider clock)
    {
        Invariant.That(pool.BlockBytes == CacheSettings.BlockBytes, "the cache's blocks are the pool's blocks");
        _capabilities = capabilities;
        _pool = pool;
        _clock = clock;
        _settings = settings;
        _blocks = new Slab<CachedBlock>(settings.SizeBlocks + BlockReserve(settings));
        _eviction = new EvictionQueues(eviction, _blocks, _objects, _counters);
        _age = new BlockQueue<OrderLink>(_blocks);
        _retry = new BlockQueue<OrderLink>(_blocks);
        _unstableEven = new BlockQueue<UnstableLink>(_blocks);
        _unstableOdd = new BlockQueue<UnstableLink>(_blocks);
        _urgent = new BlockQueue<UrgentLink>(_blocks);
        _byAge = (left, right) => _blocks[left].FirstDirty.CompareTo(_blocks[right].FirstDirty);
        TakeSettings(settings);
    }

    /// <summary>What the driver does once it has left the lock.</summary>
    public List<Effect> Effects { get; } = [];

    public CacheSettings Settings => _settings;

    /// <summary>Blocks beyond the cache's size: the oversize read and the oversize write of 2.2 and 2.5, and one bounce
    /// block for each block that waits for a fill, as many as the window lets; small windows may be widened up to 256.</summary>
    public static int BlockReserve(CacheSettings settings) =>
        (2 * (settings.RequestBytesMax / CacheSettings.BlockBytes)) + Math.Max(settings.WritebackWindow, 256) + 64;

    public void Start()
    {
        _started = true;
        EndStep();
    }

    /// <summary>Takes new limits; whoever waits is looked at again.</summary>
    public void Apply(CacheSettings settings)
    {
        TakeSettings(settings);
        TryMakeRoom(0);
        EndStep();
    }

    public void Dispose()
    {
        foreach (BackendIo? io in _ios)
            io?.Data?.Dispose();
        for (int i = 1; i < _blocks.End; i++)
        {
            if (!_blocks[i].Buffer.IsNull)
                _pool.Release(_blocks[i].Buffer);
        }
        _eviction.Dispose();
        _blocks.Dispose();
        _objects.Dispose();
        _chunks.Dispose();
        _pieces.Dispose();
        _waits.Dispose();
        _covers.Dispose();
        _byteMaps.Dispose();
        _objectIndex.Dispose();
        _chunkIndex.Dispose();
    }

    /// <summary>Unstable blocks that no store flush in flight covers.</summary>
    private BlockQueue<UnstableLink> UnstableOpen => _openIsOdd ? _unstableOdd : _unstableEven;

    /// <summary>Ends every event: whoever can go on does, then writeback gets its turn.</summary>
    private void EndStep()
    {
        ReportCleanSets();
        EndSettlements();
        _memoryPressure = false;
        do
        {
            RestartReads();
        }
        while (RetryBlockedReads() | RetryBlockedWrites());
        RetryHeldZeroes();
        Trim();
        PumpUrgent();
        PumpStoreFlush();
        ReportCleanSets();
        EndSettlements();
        RequestBackground();
        CheckStopped();
    }

    private void TakeSettings(CacheSettings settings)
    {
        _settings = settings;
        _eviction.Resize(settings.SizeBlocks);
        _blocksMax = settings.SizeBlocks - (int)(_eviction.Bytes / CacheSettings.BlockBytes);
        _ageTicks = ToTicks(settings.DirtyAgeMax);
        _retryTicks = ToTicks(settings.RetryDelay);
        _retryMaxTicks = Math.Max(_retryTicks, ToTicks(settings.RetryDelayMax));
    }

    /// <summary>What is as good as never is cut, so that a time stamp and such a time add up.</summary>
    private long ToTicks(TimeSpan time) => (long)Math.Min(time.TotalSeconds * _clock.TimestampFrequency, long.MaxValue / 4);

    private void Emit(EffectKind kind, object? subject) => Effects.Add(new Effect(kind, subject));

    private void ReportCleanSets()
    {
        foreach (ObjectSet set in _cleanedSets)
        {
            if (set.DirtyOrTxBytes == 0)
                Emit(EffectKind.SetClean, set);
        }
        _cleanedSets.Clear();
    }
}
