// What the core wants done, on the thread that brought the event and outside the lock: operations of the store, answers to
// requests, notifications of the owner and his decisions, turns of background work.
using System.IO.Pipelines;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

/// <summary>Effects of the core, run outside the lock.</summary>
public sealed partial class ObjectCacher
{
    /// <summary>A little less than the longest time that a timer takes.</summary>
    private static readonly TimeSpan s_timerMax = TimeSpan.FromDays(49);

    /// <summary>A store operation of this cache ended; called by the store.</summary>
    void ICompletionSink.Complete(ulong token, IoResult result)
    {
        EffectQueue effects = EffectQueue.Current;
        lock (_gate)
        {
            if (_freed)
                return;
            if (_core.Complete(token, result))
                effects.Take(this, _core.Effects);
            if (_disposed && _core.IsQuiet)
                FreeLocked();
        }
        effects.Drain();
    }

    internal void Run(in Effect effect)
    {
        switch (effect.Kind)
        {
            case EffectKind.Submit:
                Submit((BackendIo)effect.Subject!);
                break;
            case EffectKind.Complete:
                ((CacheRequest)effect.Subject!).Finish();
                break;
            case EffectKind.SetClean:
                ReportClean((ObjectSet)effect.Subject!);
                break;
            case EffectKind.WritebackFailed:
                ReportFailure((WritebackQuestion)effect.Subject!);
                break;
            case EffectKind.Kick:
                SchedulePump();
                break;
            case EffectKind.Arm:
                ArmTimer();
                break;
        }
    }

    internal void Return(ReadRequest request) => _reads.Return(request);

    internal void Return(WriteRequest request) => _writes.Return(request);

    internal void Return(FlushRequest request) => _flushes.Return(request);

    internal void Return(DropRequest request) => _drops.Return(request);

    private void SchedulePump()
    {
        // The pool's own scheduler would allocate a work item for each turn; the pump is one that is used again.
        if (_options.Scheduler == PipeScheduler.ThreadPool)
            ThreadPool.UnsafeQueueUserWorkItem(_pump, preferLocal: false);
        else
            _options.Scheduler.Schedule(static state => ((PumpTurn)state!).Execute(), _pump);
    }

    private void Submit(BackendIo io)
    {
        Submission submission = new(this, io.Token);
        try
        {
            switch (io.Kind)
            {
                case BackendIoKind.Read:
                    ObjectRead read = new(io.Target, io.Offset, (int)io.Length) { CallerWaits = io.CallerWaits };
                    _backend.Read(read, io.Data!, submission);
                    break;
                case BackendIoKind.Write:
                    ObjectWrite write = new(io.Target, io.Offset, (int)io.Length)
                    {
                        Fua = io.Fua,
                        ModifiedAt = new DateTimeOffset(io.ModifiedAt, TimeSpan.Zero),
                    };
                    _backend.Write(write, io.Data!, submission);
                    break;
                case BackendIoKind.Flush:
                    _backend.Flush(submission);
                    break;
                case BackendIoKind.Discard:
                    _backend.Discard(new ObjectRange(io.Target, io.Offset, io.Length), submission);
                    break;
                case BackendIoKind.WriteZeroes:
                    _backend.WriteZeroes(new ObjectRange(io.Target, io.Offset, io.Length), submission);
                    break;
            }
        }
#pragma warning disable CA1031 // A store that throws has failed the operation: EIO to whoever waits (specification 1.15).
        catch (Exception e) when (e is not InvariantException)
#pragma warning restore CA1031
        {
            submission.Complete(IoResult.Fail(IoError.Io));
        }
    }

    private void ReportClean(ObjectSet set)
    {
        if (_options.Events is null)
            return;
        try
        {
            _options.Events.OnSetClean(set);
        }
#pragma warning disable CA1031 // What an owner's notification throws must not harm the cache (specification 3.8); it is counted.
        catch (Exception)
#pragma warning restore CA1031
        {
            lock (_gate)
                _core.CountEventFailure();
        }
    }

    private void ReportFailure(WritebackQuestion question)
    {
        WritebackError failure = question.Failure;
        WritebackAction action = failure.DefaultAction;
        lock (_gate)
        {
            if (!question.IsOpen)
                return; // an answer to another has decided
        }
        bool thrown = false;
        try
        {
            action = _options.Events?.OnWritebackError(failure) ?? action;
        }
#pragma warning disable CA1031 // As above.
        catch (Exception)
#pragma warning restore CA1031
        {
            thrown = true;
        }
        EffectQueue effects = EffectQueue.Current;
        lock (_gate)
        {
            if (thrown)
                _core.CountEventFailure();
            if (_disposed)
                return;
            _core.Decide(question, action);
            effects.Take(this, _core.Effects);
        }
        effects.Drain();
    }

    private void ArmTimer()
    {
        // Inside the lock, so that of two threads that arm it the later due time cannot win.
        lock (_gate)
        {
            long due = _core.ArmedAt;
            if (_disposed || due == long.MaxValue)
                return;
            TimeSpan delay = _options.Clock.GetElapsedTime(_options.Clock.GetTimestamp(), due);
            // Beyond what a timer takes, it fires early, and is armed again.
            _timer.Change(
                delay <= TimeSpan.Zero ? TimeSpan.Zero : delay < s_timerMax ? delay : s_timerMax, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>One turn of background writeback.</summary>
    private sealed class PumpTurn(ObjectCacher cacher) : IThreadPoolWorkItem
    {
        public void Execute() => cacher.Pump();
    }
}
