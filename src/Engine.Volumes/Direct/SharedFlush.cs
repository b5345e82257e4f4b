// Flushes of the store, one at a time.
//
// A flush may join only one that has not begun: what it covers may have completed after the present one did. So those who come
// while one is under way share the next. Two under way at once could end in the other order than the store did them: one that
// succeeds because an earlier one has lost the writes would be told before that one is.
// Ownership: requests that wait stand in _next, those of the flush under way in _flushing; both are emptied by whoever ends them.
// Threads: any; _phase decides whether the thread that began a flush goes on with the next one, or that on which it ended.

using Engine.Buffers;
using Engine.Objects;

namespace Engine.Volumes;

/// <summary>Lets flushes of a volume without a cache share those of its store, and fails them all once one has failed.</summary>
internal sealed class SharedFlush(IObjectBackend store, DirectCounters counters) : ICompletionSink
{
    private const int Begun = 0;
    private const int Handed = 1;
    private const int Ended = 2;

    private readonly Lock _gate = new();
    private List<PieceReference> _next = [];
    private List<PieceReference> _flushing = [];
    private bool _busy;
    private int _phase;
    private IoError _result;

    /// <summary>Errno of the first flush of the store that failed; 0 while none has.</summary>
    private int _errno;

    /// <summary>Has the request's only piece end when a flush of the store that begins later has ended.</summary>
    public void Join(PieceReference flush)
    {
        lock (_gate)
        {
            _next.Add(flush);
            if (_busy)
                return;
            _busy = true;
        }

        Run();
    }

    /// <summary>What a flush of the store that ended with <paramref name="error"/> may say. After one that failed all fail:
    /// the store may have lost writes that were complete by then, nobody holds their bytes, and whose they are is not
    /// known.</summary>
    public IoError Conclude(IoError error)
    {
        if (error.Failed)
            Interlocked.CompareExchange(ref _errno, error.Errno, 0);
        return new IoError(Volatile.Read(ref _errno));
    }

    void ICompletionSink.Complete(ulong token, IoResult result)
    {
        _result = result.Error;
        if (Interlocked.Exchange(ref _phase, Ended) != Handed)
            return;
        End();
        Run();
    }

    private void Run()
    {
        while (TryBegin())
        {
            counters.Add(DirectCounter.StoreFlushes);
            store.Flush(new Submission(this, 0));
            if (Interlocked.Exchange(ref _phase, Handed) != Ended)
                return;
            End();
        }
    }

    private bool TryBegin()
    {
        lock (_gate)
        {
            (_next, _flushing) = (_flushing, _next);
            _busy = _flushing.Count > 0;
            _phase = Begun;
            return _busy;
        }
    }

    private void End()
    {
        IoError error = Conclude(_result);
        foreach (PieceReference flush in _flushing)
            flush.Request.EndFlush(flush.Index, error);
        _flushing.Clear();
    }
}
