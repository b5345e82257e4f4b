// Flush, discard, purge, release and stop.
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

public sealed partial class ObjectCacher
{
    private StopRequest? _stop;
    private Task<IoError>? _stopped;
    private ITimer? _stopTimer;

    /// <summary>The memory is gone: a completion that still comes is a store's mistake and is ignored.</summary>
    private bool _freed;

    /// <summary>Makes durable what the set held dirty or in flight when the call was made. On success every covered byte is
    /// durable; on the first failed write of a covered byte the flush fails with it, and the data stays dirty.</summary>
    public ValueTask<FlushResult> FlushSetAsync(ObjectSet set) => FlushAsync(set, null);

    /// <summary>The same for some extents of the set alone; one of length 0 reaches to the end of its object. Buffer fragments
    /// are ignored. EINVAL when another set owns one of the objects.</summary>
    public ValueTask<FlushResult> FlushSetAsync(ObjectSet set, ExtentList extents)
    {
        ArgumentNullException.ThrowIfNull(extents);
        return FlushAsync(set, extents);
    }

    /// <summary>The same for all sets.</summary>
    public ValueTask<FlushResult> FlushAllAsync() => FlushAsync(null, null);

    /// <summary>The same for one set, blocking the thread.</summary>
    public FlushResult FlushSet(ObjectSet set)
    {
        EffectQueue effects = EffectQueue.Current;
        FlushRequest request;
        lock (_gate)
        {
            if (RefusalLocked(set, null) is { Failed: true } refused)
                return new FlushResult(refused, false);
            request = _flushes.Get();
            request.Begin(blocking: true, inlineContinuations: true);
            _core.StartFlush(request, set);
            effects.Take(this, _core.Effects);
        }
        return effects.DrainAndWait(request);
    }

    /// <summary>Drops what the set holds only for speed; says what could not be dropped.</summary>
    public ReleaseResult ReleaseSet(ObjectSet set) => Release(set);

    /// <summary>The same for all sets.</summary>
    public ReleaseResult ReleaseAll() => Release(null);

    /// <summary>Why the set failed (<see cref="WritebackAction.FailSet"/>), and its data is kept and not written; none where it
    /// has not.</summary>
    public IoError FailureOf(ObjectSet set)
    {
        lock (_gate)
            return set.Failure;
    }

    /// <summary>A set that failed (<see cref="WritebackAction.FailSet"/>) is written again; without effect on any
    /// other.</summary>
    public IoError ResumeSet(ObjectSet set)
    {
        EffectQueue effects = EffectQueue.Current;
        lock (_gate)
        {
            if (RefusalLocked(set, null) is { Failed: true } refused)
                return refused;
            _core.Resume(set);
            effects.Take(this, _core.Effects);
        }
        effects.Drain();
        return IoError.None;
    }

    /// <summary>Drops everything of the set, dirty data too, at once; completes when its writes in flight have ended.
    /// Flushes that waited for the data end with ECANCELED.</summary>
    public ValueTask<IoError> PurgeSetAsync(ObjectSet set)
    {
        EffectQueue effects = EffectQueue.Current;
        DropRequest request;
        lock (_gate)
        {
            if (RefusalLocked(set, null) is { Failed: true } refused)
                return new ValueTask<IoError>(refused);
            request = BeginDropLocked(set, DiscardStore.None);
            _core.StartPurge(request);
            effects.Take(this, _core.Effects);
        }
        ValueTask<IoError> task = request.Task;
        effects.Drain();
        return task;
    }

    /// <summary>The set's file is to be cut to <paramref name="size"/> bytes: drops what lies behind that, dirty data too;
    /// completes when writes in flight there have ended. The store is not asked for anything: its owner cuts it after this has
    /// completed, and until it is cut nothing is read or written from the unit of the store on that the cut splits. In that
    /// unit what the cache keeps ends in zeros. Flushes that waited for the data go on without it.</summary>
    public ValueTask<IoError> TruncateSetAsync(ObjectSet set, in FileLayout layout, long size)
    {
        if (size < 0 || !layout.IsValid)
            return new ValueTask<IoError>(IoError.Invalid);
        EffectQueue effects = EffectQueue.Current;
        DropRequest request;
        lock (_gate)
        {
            if (RefusalLocked(set, null) is { Failed: true } refused)
                return new ValueTask<IoError>(refused);
            request = BeginDropLocked(set, DiscardStore.None);
            _core.StartTruncate(request, layout, size);
            effects.Take(this, _core.Effects);
        }
        ValueTask<IoError> task = request.Task;
        effects.Drain();
        return task;
    }

    /// <summary>
    /// Drops the extents from the cache, dirty data too; completes when writes in flight over them have ended and, where
    /// <paramref name="store"/> asks for it, the store has discarded or zeroed them. Buffer fragments are ignored. EINVAL
    /// when the store is asked for a range that is not of whole units of its write alignment. Zeroing waits for a flush of the
    /// store where thousands of zeroed ranges wait for one already.
    /// </summary>
    public ValueTask<IoError> DiscardAsync(
        ObjectSet set, ExtentList extents, DiscardMode mode, DiscardStore store = DiscardStore.None)
    {
        IoError invalid = extents.Validate(extents.TotalLength > int.MaxValue ? -1 : (int)extents.TotalLength);
        if (invalid.IsNone && store != DiscardStore.None && !IsAligned(extents, _backend.Capabilities.WriteAlignment))
            invalid = IoError.Invalid;
        if (invalid.Failed)
            return new ValueTask<IoError>(invalid);
        EffectQueue effects = EffectQueue.Current;
        DropRequest request;
        lock (_gate)
        {
            if (CheckLocked(set, extents, out IoError refused))
                return new ValueTask<IoError>(refused);
            request = BeginDropLocked(set, store);
            request.Extents.CopyFrom(extents);
            _core.StartDiscard(request, mode);
            effects.Take(this, _core.Effects);
        }
        ValueTask<IoError> task = request.Task;
        effects.Drain();
        return task;
    }

    /// <summary>
    /// Ends the cache: new requests get ESHUTDOWN, those in queues fail with it, dirty data is flushed once or dropped,
    /// operations at the store are awaited for at most <paramref name="timeout"/>, without limit when that is infinite or longer
    /// than 49 days. Later calls return the first one's outcome.
    /// </summary>
    /// <returns>The flush's error; ETIMEDOUT when the store did not answer in time.</returns>
    public ValueTask<IoError> StopAsync(StopMode mode, TimeSpan timeout)
    {
        if (timeout > s_timerMax)
            timeout = Timeout.InfiniteTimeSpan;
        else if (timeout != Timeout.InfiniteTimeSpan)
            ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        EffectQueue effects = EffectQueue.Current;
        Task<IoError> stopped;
        lock (_gate)
        {
            if (_stopped is null)
            {
                _stop = new StopRequest { Cacher = this };
                _stop.Begin(blocking: false, _options.InlineContinuations);
                _stopped = _stop.Task.AsTask();
                _core.StartStop(_stop, mode, new FlushRequest { Cacher = this });
                if (_stop.Pending)
                {
                    _stopTimer = _options.Clock.CreateTimer(
                        static state => ((ObjectCacher)state!).StopTimedOut(), this, timeout, Timeout.InfiniteTimeSpan);
                }
                effects.Take(this, _core.Effects);
            }
            stopped = _stopped;
        }
        effects.Drain();
        return new ValueTask<IoError>(stopped);
    }

    /// <summary>Abandons what was not stopped, and frees the memory; if the store still owes completions, once the last has
    /// come.</summary>
    public void Dispose()
    {
        ValueTask<IoError> stopping = StopAsync(StopMode.Abandon, TimeSpan.Zero);
        EffectQueue effects = EffectQueue.Current;
        lock (_gate)
        {
            if (_disposed)
                return;
            if (!stopping.IsCompleted)
                _core.Detach();
            effects.Take(this, _core.Effects);
            _disposed = true;
            if (_core.IsQuiet)
                FreeLocked();
        }
        _timer.Dispose();
        _stopTimer?.Dispose();
        effects.Drain();
    }

    /// <summary>Flushes, waits for the store without limit, and frees the memory.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(StopMode.Flush, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        Dispose();
    }

    private ValueTask<FlushResult> FlushAsync(ObjectSet? set, ExtentList? extents)
    {
        foreach (ObjectExtent extent in extents is null ? [] : extents.Extents)
        {
            bool isPossible = extent is { ObjectNumber: >= 0, Offset: >= 0, Length: >= 0 }
                && extent.Offset <= long.MaxValue - extent.Length;
            if (!isPossible)
                return new ValueTask<FlushResult>(new FlushResult(IoError.Invalid, false));
        }
        EffectQueue effects = EffectQueue.Current;
        FlushRequest request;
        lock (_gate)
        {
            if (RefusalLocked(set, extents) is { Failed: true } refused)
                return new ValueTask<FlushResult>(new FlushResult(refused, false));
            request = _flushes.Get();
            request.Begin(blocking: false, _options.InlineContinuations);
            if (extents is null)
                _core.StartFlush(request, set);
            else
                _core.StartFlush(request, set!, extents);
            effects.Take(this, _core.Effects);
        }
        ValueTask<FlushResult> task = request.Task;
        effects.Drain();
        return task;
    }

    /// <summary>Why the set, or the extents of it, cannot be asked for.</summary>
    private IoError RefusalLocked(ObjectSet? set, ExtentList? extents)
    {
        if (_disposed || _core.IsStopping)
            return IoError.Shutdown;
        if (set is null)
            return IoError.None;
        if (set.Destroyed)
            return IoError.Invalid;
        return extents is null ? IoError.None : _core.CheckOwner(set, extents);
    }

    private ReleaseResult Release(ObjectSet? set)
    {
        EffectQueue effects = EffectQueue.Current;
        ReleaseResult result;
        lock (_gate)
        {
            if (_disposed)
                return default;
            result = set is null ? _core.ReleaseAll() : _core.Release(set);
            effects.Take(this, _core.Effects);
        }
        effects.Drain();
        return result;
    }

    private static bool IsAligned(ExtentList extents, int alignment)
    {
        foreach (ref readonly ObjectExtent extent in extents.Extents)
        {
            if (extent.Offset % alignment != 0 || extent.Length % alignment != 0)
                return false;
        }
        return true;
    }

    private DropRequest BeginDropLocked(ObjectSet set, DiscardStore store)
    {
        DropRequest request = _drops.Get();
        request.Begin(blocking: false, _options.InlineContinuations);
        request.Set = set;
        request.Store = store;
        return request;
    }

    private void StopTimedOut()
    {
        EffectQueue effects = EffectQueue.Current;
        lock (_gate)
        {
            _core.Detach();
            effects.Take(this, _core.Effects);
        }
        effects.Drain();
    }

    private void FreeLocked()
    {
        _freed = true;
        _core.Dispose();
        if (_ownsPool)
            _pool.Dispose();
    }
}
