// Stopping (specification 2.18).
using Engine.Buffers;

namespace Engine.Cache;

internal sealed unsafe partial class CacheCore
{
    private bool _stopping;
    private FlushRequest? _stopFlush;
    private StopRequest? _stop;

    public bool IsStopping => _stopping;

    /// <summary>Nothing is in flight at the store: memory may go.</summary>
    public bool IsQuiet => Outstanding == 0;

    /// <summary>Refuses new requests, fails those that wait in queues, flushes or drops what is dirty, and waits for what is
    /// in flight.</summary>
    public void StartStop(StopRequest request, StopMode mode, FlushRequest flush)
    {
        _stopping = true;
        request.Pending = true;
        _stop = request;
        while (_blockedWrites.First is { } write)
            GiveUp(write, IoError.Shutdown);
        while (_blockedReads.First is { } read)
            EndRead(read, IoResult.Fail(IoError.Shutdown));
        if (mode == StopMode.Flush)
        {
            _stopFlush = flush;
            flush.Begin(blocking: false, inlineContinuations: true);
            StartFlush(flush, null);
        }
        else
        {
            Abandon();
            EndStep();
        }
        CheckStopped();
    }

    /// <summary>The wait for the store is over, come what may: whoever still waits is failed, late completions only return
    /// memory.</summary>
    public void Detach()
    {
        if (_stop is null)
            return;
        FailAllReads();
        Abandon();
        FailAllSettlements();
        EndStep();
        if (_stop is not null)
            EndStop(IoError.TimedOut);
    }

    /// <summary>Whoever waits for writes, flushes or discards at the store learns that nobody will tell how they end.</summary>
    private void FailAllSettlements()
    {
        while (_queuedDrops.TryDequeue(out Fence queued))
            GiveUpOperation(queued.Request);
        foreach (BackendIo? io in _ios)
        {
            if (io is null || !io.Active)
                continue;
            if (io.Drop is { } drop)
            {
                io.Drop = null;
                GiveUpOperation(drop);
            }
            foreach (Settlement settlement in io.Waiters)
            {
                settlement.PendingIos--;
                Abort(settlement);
            }
            io.Waiters.Clear();
            io.Parts.Clear();
        }
        foreach (Settlement? settlement in _settlements.ToArray())
        {
            if (settlement is not null)
                Abort(settlement);
        }
        _flushRiding.AddRange(_flushWaiting);
        _flushWaiting.Clear();
        foreach (FlushRequest flush in _flushRiding)
            EndFlush(flush, IoError.Shutdown);
        _flushRiding.Clear();
        FailHeld();
    }

    private void GiveUpOperation(DropRequest drop)
    {
        drop.StoreError = IoError.Shutdown;
        if (--drop.StoreOperations == 0)
            ContinueDrop(drop);
    }

    private void Abort(Settlement settlement)
    {
        if (settlement.Error.IsNone)
            settlement.Error = IoError.Shutdown;
        if (settlement.Owner is DropRequest drop)
            drop.StoreError = IoError.Shutdown;
        CheckSettled(settlement);
    }

    private void ContinueStop(IoError error)
    {
        _stopFlush = null;
        if (_stop is not null)
            _stop.FlushError = error;
    }

    private void CheckStopped()
    {
        if (_stop is null || _stopFlush is not null || Outstanding > 0)
            return;
        FailAllReads();
        FailHeld();
        EndStop(_stop.FlushError);
    }

    private void EndStop(IoError error)
    {
        StopRequest stop = _stop!;
        _stop = null;
        _stopFlush = null;
        _started = false;
        stop.Result = error;
        stop.Pending = false;
        Emit(EffectKind.Complete, stop);
    }

    private void FailAllReads()
    {
        foreach (ReadRequest? read in _readers.ToArray())
        {
            if (read is not null)
                EndRead(read, IoResult.Fail(IoError.Shutdown));
        }
    }

    private void Abandon()
    {
        foreach (ObjectSet? set in _sets)
        {
            if (set is not null)
                PurgeSet(set, null);
        }
    }
}
