// Flushes of the store, one at a time.
//
// A flush may join only one that has not begun: what it covers may have completed after the present one did. So those who come
// while one is under way share the next. Two under way at once could end in the other order than the store did them: one that
// succeeds because an earlier one has lost the writes would be told before that one is.
// Ownership: requests that wait stand in _next, those of the flush under way in _flushing; both are emptied by whoever ends them.
// Threads: any; _phase decides whether the thread that began a flush ends it, or that on which the store completed it. The next
// one begins on the thread on which the store completed the one before, or on one of the pool: no caller flushes for others.

using System.Runtime.ExceptionServices;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Volumes;

/// <summary>Lets flushes of a volume without a cache share those of its store, and fails them all once one has failed.</summary>
internal sealed class SharedFlush(IObjectBackend store, DirectCounters counters) : ICompletionSink, IThreadPoolWorkItem
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
    /// known. One that the store refused has lost nothing.</summary>
    public IoError Conclude(IoError error)
    {
        if (error.Failed && !IsRefusal(error))
            Interlocked.CompareExchange(ref _errno, error.Errno, 0);
        int kept = Volatile.Read(ref _errno);
        return kept != 0 ? new IoError(kept) : error;
    }

    void ICompletionSink.Complete(ulong token, IoResult result)
    {
        _result = result.Error;
        if (Interlocked.Exchange(ref _phase, Ended) != Handed)
            return;
        try
        {
            End();
        }
        finally
        {
            Run();
        }
    }

    void IThreadPoolWorkItem.Execute() => Run();

    private static bool IsRefusal(IoError error) =>
        error == IoError.Again || error == IoError.Shutdown || error == IoError.Invalid || error == IoError.NotSupported;

    private void Run()
    {
        if (!TryBegin())
            return;
        counters.Add(DirectCounter.StoreFlushes);
        Submission submission = new(this, 0);
        try
        {
            store.Flush(submission);
        }
#pragma warning disable CA1031 // A store that throws has failed the operation: EIO to whoever waits (specification 1.15).
        catch (Exception failure) when (failure is not InvariantException)
#pragma warning restore CA1031
        {
            submission.Complete(IoResult.Fail(IoError.Io));
        }

        if (Interlocked.Exchange(ref _phase, Handed) != Ended)
            return;
        try
        {
            End();
        }
        finally
        {
            HandOver();
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

    private void HandOver()
    {
        lock (_gate)
        {
            _busy = _next.Count > 0;
            if (!_busy)
                return;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Ends those who shared the flush, all of them, whatever a continuation of one throws.</summary>
    private void End()
    {
        IoError error = Conclude(_result);
        ExceptionDispatchInfo? thrown = null;
        foreach (PieceReference flush in _flushing)
        {
            try
            {
                flush.Request.EndFlush(flush.Index, error);
            }
#pragma warning disable CA1031 // Thrown on once the others have their answer.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                thrown ??= ExceptionDispatchInfo.Capture(failure);
            }
        }

        _flushing.Clear();
        thrown?.Throw();
    }
}
