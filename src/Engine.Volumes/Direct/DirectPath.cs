// The volume without a cache: requests go straight to the store, through blocks of the volume's pool.
//
// Ownership: a request object is rented for one request and returned when its result has been taken; it owns the blocks of its
// pieces meanwhile. The path owns the request objects, the range locks and the gate to the pool, not the pool or the store.
// Invariants: overlapping writes are never at the store together; a piece that waits holds no blocks; _state counts the
// requests under way, and its sign says that the path is closing.
// Threads: any thread may start a request; completions arrive on any thread, possibly inside the start.

using Engine.Buffers;
using Engine.Objects;

namespace Engine.Volumes;

/// <summary>The uncached volume: splits requests, keeps overlapping writes apart, does read-modify-write where needed.</summary>
internal sealed class DirectPath
{
    /// <summary>An unaligned write of at most this many bytes (aligned outwards) is one read-modify-write; a longer one is cut
    /// into an aligned middle and its ends.</summary>
    private const int ModifyBytesLimit = 64 << 10;

    /// <summary>Longest transfer, whatever a store would take: the gate counts blocks of many that try at once in 24
    /// bits.</summary>
    private const int TransferBytesLimit = 16 << 20;

    /// <summary>Idle request objects kept.</summary>
    private const int RequestsKept = 1024;

    private const long Closing = long.MinValue;

    private readonly Lock _gate = new();
    private readonly Stack<DirectRequest> _idle = new();

    /// <summary>Every request object that exists, idle or not, each at its <see cref="DirectRequest.Index"/>.</summary>
    private readonly List<DirectRequest> _requests = [];

    /// <summary>The object returned last, for the next request: a request that follows another takes no lock.</summary>
    private DirectRequest? _lastIdle;

    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _state;

    public DirectPath(IObjectBackend store, ImageDescription image, BufferPool pool, string name, bool inlineContinuations)
    {
        BackendCapabilities capabilities = store.Capabilities;
        Store = store;
        Name = name;
        Pool = pool;
        InlineContinuations = inlineContinuations;
        ReadAlignment = capabilities.ReadAlignment;
        WriteAlignment = Math.Max(capabilities.WriteAlignment, capabilities.ReadAlignment);
        TransferBytesMax = TransferLimit(capabilities, pool.BlockBytes, pool.BlockCount);
        ModifyBytesMax = Math.Min(ModifyBytesLimit, TransferBytesMax);
        Map = new ImageMap(image.Layout);
        Blocks = new BlockGate(pool, Ready, capabilities.OperationsMax);
        Flushes = new SharedFlush(store, Counters);
        long objects = ((image.LengthBytes + image.Layout.ObjectSize - 1) / image.Layout.ObjectSize) + image.Layout.StripeCount;
        Targets = new ObjectTargets(image.Prefix, objects);
    }

    public IObjectBackend Store { get; }

    public string Name { get; }

    public BufferPool Pool { get; }

    public bool InlineContinuations { get; }

    public int ReadAlignment { get; }

    /// <summary>Unit of writes; no finer than that of reads, so that what a write does not cover can be read.</summary>
    public int WriteAlignment { get; }

    /// <summary>Most bytes of one transfer; a multiple of both alignments.</summary>
    public int TransferBytesMax { get; }

    public int ModifyBytesMax { get; }

    public ImageMap Map { get; }

    public ObjectTargets Targets { get; }

    public RangeLocks Ranges { get; } = new();

    public PieceQueue Ready { get; } = new();

    public BlockGate Blocks { get; }

    public SharedFlush Flushes { get; }

    public DirectCounters Counters { get; } = new();

    /// <summary>Requests under way.</summary>
    public long InFlight => Volatile.Read(ref _state) & long.MaxValue;

    /// <summary>Most bytes that one transfer may have with this store and pool; 0 when the pool is too small or too
    /// coarse.</summary>
    public static int TransferLimit(BackendCapabilities capabilities, int blockBytes, long blockCount)
    {
        long unit = Math.Max(blockBytes, Math.Max(capabilities.ReadAlignment, capabilities.WriteAlignment));
        long limit = Math.Min(TransferBytesLimit, capabilities.TransferBytesMax);
        limit = Math.Min(limit, capabilities.SegmentsMax * (long)blockBytes);
        limit = Math.Min(limit, blockCount * blockBytes);
        return (int)(limit / unit * unit);
    }

    /// <summary>A request object for one request, which counts as under way from here on.</summary>
    /// <exception cref="ObjectDisposedException">The volume is closed.</exception>
    public DirectRequest Rent()
    {
        if (Interlocked.Increment(ref _state) < 0)
        {
            Leave();
            throw VolumeErrors.Closed(Name);
        }

        return Interlocked.Exchange(ref _lastIdle, null) ?? RentIdleOrNew();
    }

    /// <summary>The request is over; its object follows by <see cref="Return"/> when the result was taken.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _state) == Closing)
            _drained.TrySetResult();
    }

    public void Return(DirectRequest request)
    {
        DirectRequest? before = Interlocked.Exchange(ref _lastIdle, request);
        if (before is not null)
            KeepOrDrop(before);
    }

    /// <summary>A snapshot of the counters.</summary>
    public DirectStatistics Statistics()
    {
        long[] sum = DirectCounters.NewTally();
        lock (_gate)
        {
            foreach (DirectRequest request in _requests)
                DirectCounters.Accumulate(request.Tally, sum);
            Counters.AddTo(sum);
        }

        return DirectCounters.Describe(sum, InFlight);
    }

    /// <summary>Refuses new requests, waits for those under way, flushes the store. Called once.</summary>
    public async Task<IoError> CloseAsync()
    {
        long left = Interlocked.Add(ref _state, Closing);
        Invariant.That(left < 0);
        if (left == Closing)
            _drained.TrySetResult();
        await _drained.Task.ConfigureAwait(false);
        FinalFlush flush = new();
        Store.Flush(new Submission(flush, 0));
        return Flushes.Conclude(await flush.Task.ConfigureAwait(false));
    }

    private DirectRequest RentIdleOrNew()
    {
        lock (_gate)
        {
            if (_idle.TryPop(out DirectRequest? request))
                return request;
            request = new DirectRequest(this) { Index = _requests.Count };
            _requests.Add(request);
            return request;
        }
    }

    /// <summary>Keeps an idle object, or lets it go where there are plenty.</summary>
    private void KeepOrDrop(DirectRequest request)
    {
        lock (_gate)
        {
            if (_idle.Count < RequestsKept)
            {
                _idle.Push(request);
                return;
            }

            Invariant.That(_requests[request.Index] == request);
            DirectRequest last = _requests[^1];
            _requests[request.Index] = last;
            last.Index = request.Index;
            _requests.RemoveAt(_requests.Count - 1);
            Counters.Absorb(request.Tally);
        }
    }

    private sealed class FinalFlush : ICompletionSink
    {
        private readonly TaskCompletionSource<IoError> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<IoError> Task => _done.Task;

        public void Complete(ulong token, IoResult result) => _done.SetResult(result.Error);
    }
}
