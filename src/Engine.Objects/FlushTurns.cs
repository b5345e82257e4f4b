// Flushes, one at a time.
//
// A flush may join only one that has not begun: what it covers may have completed after the present one did. So those who come
// while one is under way share the next. Two under way at once could be told in the other order than they were done: one that
// succeeds because an earlier one has lost the writes would be told before that one is.
// Ownership: riders that wait stand in _next, those of the flush under way in _riders: the two are exchanged when a flush begins,
// and _riders is emptied by whoever ends them.
// Threads: any; _state (number of the flush, its errno, its phase, changed together) decides whether the thread that began a
// flush ends it, or that on which it completed, and knows completions that come too late. The next one begins on the thread on
// which the one before completed, or on one of the pool: no caller flushes for others. Settle and End run one after another, for
// one flush before the next begins.

using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Objects;

/// <summary>Does flushes one at a time, shared by all who came before they began.</summary>
/// <typeparam name="TRider">What waits for a flush.</typeparam>
public abstract class FlushTurns<TRider> : IThreadPoolWorkItem
{
    private const int Begun = 0;
    private const int Handed = 1;
    private const int Over = 2;
    private const int PhaseBits = 2;

    private readonly Lock _gate = new();
    private List<TRider> _next = [];
    private List<TRider> _riders = [];
    private bool _busy;
    private long _state;

    /// <summary>Those who share the flush under way; for <see cref="Settle"/>.</summary>
    protected ReadOnlySpan<TRider> Riders => CollectionsMarshal.AsSpan(_riders);

    /// <summary>Has the rider end when a flush that begins later has ended.</summary>
    public void Join(TRider rider)
    {
        lock (_gate)
        {
            _next.Add(rider);
            if (_busy)
                return;
            _busy = true;
        }

        Run();
    }

    void IThreadPoolWorkItem.Execute() => Run();

    /// <summary>Begins a flush; <see cref="Completed"/> follows, on any thread, possibly inside. What is thrown
    /// before that is EIO.</summary>
    protected abstract void Begin(uint turn);

    /// <summary>A flush has ended with <paramref name="error"/>: what its riders are told.</summary>
    protected abstract IoError Settle(IoError error);

    /// <summary>Tells a rider.</summary>
    protected abstract void End(TRider rider, IoError error);

    /// <summary>The flush of a turn is over. A turn that is not under way (any more) is nobody's.</summary>
    protected void Completed(uint turn, IoError error)
    {
        long over = StateOf(turn, Over, error);
        long begun = StateOf(turn, Begun, IoError.None);
        long handed = StateOf(turn, Handed, IoError.None);
        if (Interlocked.CompareExchange(ref _state, over, begun) == begun
            || Interlocked.CompareExchange(ref _state, over, handed) != handed)
        {
            return;
        }

        try
        {
            EndRiders(error);
        }
        finally
        {
            Run();
        }
    }

    private static long StateOf(uint turn, int phase, IoError error) =>
        ((long)turn << 32) | ((long)(uint)error.Errno << PhaseBits) | (uint)phase;

    private void Run()
    {
        if (!TryBegin(out uint turn))
            return;
        ExceptionDispatchInfo? bug = null;
        try
        {
            Begin(turn);
        }
#pragma warning disable CA1031 // A store that throws has failed the operation: EIO to whoever waits (specification 1.15).
        catch (Exception failure)
#pragma warning restore CA1031
        {
            bug = failure is InvariantException ? ExceptionDispatchInfo.Capture(failure) : null;
            Completed(turn, IoError.Io);
        }

        long begun = StateOf(turn, Begun, IoError.None);
        long before = Interlocked.CompareExchange(ref _state, StateOf(turn, Handed, IoError.None), begun);
        if (before == begun)
            return;
        try
        {
            EndRiders(new IoError((int)(uint)before >> PhaseBits));
        }
        finally
        {
            HandOver();
        }

        bug?.Throw();
    }

    private bool TryBegin(out uint turn)
    {
        lock (_gate)
        {
            turn = (uint)(_state >> 32) + 1;
            (_next, _riders) = (_riders, _next);
            _busy = _riders.Count > 0;
            if (_busy)
                Volatile.Write(ref _state, StateOf(turn, Begun, IoError.None));
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
    private void EndRiders(IoError result)
    {
        IoError error = Settle(result);
        ExceptionDispatchInfo? thrown = null;
        foreach (TRider rider in _riders)
        {
            try
            {
                End(rider, error);
            }
#pragma warning disable CA1031 // Thrown on once the others have their answer.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                thrown ??= ExceptionDispatchInfo.Capture(failure);
            }
        }

        _riders.Clear();
        thrown?.Throw();
    }
}
