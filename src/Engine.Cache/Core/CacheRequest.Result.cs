using System.Threading.Tasks.Sources;

namespace Engine.Cache;

/// <summary>
/// A reusable request with a result of type <typeparamref name="T"/>: awaited as a value task, or waited for by a blocked
/// thread. The object returns to its pool when the result is taken, so steady use allocates nothing.
/// </summary>
internal abstract class CacheRequest<T> : CacheRequest, IValueTaskSource<T>
{
    private ManualResetValueTaskSourceCore<T> _source;
    private CancellationTokenRegistration _registration;
    private bool _done;

    /// <summary>The outcome; set by the core before <see cref="Finish"/>.</summary>
    public T Result { get; set; } = default!;

    /// <summary>A thread is blocked in <see cref="WaitBlocking"/>.</summary>
    public bool Blocking { get; private set; }

    /// <summary>The core has the request and owes a result; guarded by the cache's lock.</summary>
    public bool Pending { get; set; }

    /// <summary>Set by the core when the caller gave up.</summary>
    public CancellationToken CancelledBy { get; set; }

    public ValueTask<T> Task => new(this, _source.Version);

    public void Begin(bool blocking, bool inlineContinuations)
    {
        Blocking = blocking;
        Pending = false;
        _done = false;
        CancelledBy = default;
        _source.RunContinuationsAsynchronously = !inlineContinuations;
    }

    public void RegisterCancellation(CancellationToken cancellation)
    {
        if (cancellation.CanBeCanceled)
            _registration = cancellation.UnsafeRegister(static (state, token) => ((CacheRequest<T>)state!).Cancel(token), this);
    }

    public override void Finish()
    {
        if (Blocking)
        {
            lock (this)
            {
                _done = true;
                Monitor.PulseAll(this);
            }
            return;
        }
        // Waits for a cancellation callback under way, which must not meet the request's next use.
        _registration.Dispose();
        _registration = default;
        if (CancelledBy.IsCancellationRequested)
            _source.SetException(new OperationCanceledException(CancelledBy));
        else
            _source.SetResult(Result);
    }

    /// <summary>Blocks until the result is there, takes it and gives the request back to its pool.</summary>
    public T WaitBlocking()
    {
        lock (this)
        {
            while (!_done)
                Monitor.Wait(this);
        }
        T result = Result;
        Recycle();
        return result;
    }

    public T GetResult(short token)
    {
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            Recycle();
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    /// <summary>Asks the core to let the request go.</summary>
    protected virtual void Cancel(CancellationToken cancellation)
    {
        // Requests that change what others wait for are not undone by giving up; only reads and queued writes are let go.
    }

    /// <summary>Clears the request and returns it to its pool.</summary>
    protected abstract void Return();

    private void Recycle()
    {
        _source.Reset();
        Return();
    }
}
