using Engine.Buffers;

namespace Engine.Testing.Cache;

/// <summary>
/// A clock that a test moves: <see cref="Advance"/> fires due timers in the order of their due times (of their arming where
/// equal), on the calling thread. The wall clock can be set on its own (<see cref="JumpWallClock"/>), as an administrator would.
/// </summary>
public sealed class ManualClock : TimeProvider
{
    /// <summary>What the system's timers take, too.</summary>
    private static readonly TimeSpan s_timerMax = TimeSpan.FromMilliseconds(0xfffffffe);

    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _armed = [];
    private long _nowTicks;
    private long _wallOffsetTicks = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).Ticks;
    private long _armings;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Monotonic time since the clock was made.</summary>
    public TimeSpan Elapsed => new(GetTimestamp());

    /// <summary>Timers that wait to fire.</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_lock)
                return _armed.Count;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => Interlocked.Read(ref _nowTicks);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(GetTimestamp() + Interlocked.Read(ref _wallOffsetTicks), TimeSpan.Zero);

    /// <summary>Sets the wall clock forward or back; monotonic time and timers do not notice.</summary>
    public void JumpWallClock(TimeSpan by) => Interlocked.Add(ref _wallOffsetTicks, by.Ticks);

    /// <summary>Moves time on and fires what comes due, each timer at its own due time. A timer armed by a callback fires in
    /// the same call when it is due within it.</summary>
    public void Advance(TimeSpan by)
    {
        Invariant.That(by >= TimeSpan.Zero);
        long until = GetTimestamp() + by.Ticks;
        int fired = 0;
        while (TakeDue(until) is { } timer)
        {
            Invariant.That(++fired < 1_000_000, "a timer re-arms itself for ever without time passing");
            timer.Fire();
        }

        Interlocked.Exchange(ref _nowTicks, until);
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? TakeDue(long until)
    {
        lock (_lock)
        {
            ManualTimer? first = null;
            foreach (ManualTimer timer in _armed)
            {
                if (timer.DueTicks <= until && (first is null || timer.IsBefore(first)))
                    first = timer;
            }

            if (first is null)
                return null;
            _armed.Remove(first);
            if (first.DueTicks > _nowTicks)
                Interlocked.Exchange(ref _nowTicks, first.DueTicks);
            if (first.PeriodTicks > 0)
                ArmLocked(first, first.DueTicks + first.PeriodTicks);
            return first;
        }
    }

    private void ArmLocked(ManualTimer timer, long dueTicks)
    {
        timer.DueTicks = dueTicks;
        timer.Arming = ++_armings;
        _armed.Add(timer);
    }

    private sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private bool _disposed;

        public long DueTicks { get; set; }

        public long PeriodTicks { get; private set; }

        public long Arming { get; set; }

        public bool IsBefore(ManualTimer other) =>
            DueTicks != other.DueTicks ? DueTicks < other.DueTicks : Arming < other.Arming;

        public void Fire()
        {
            if (!_disposed)
                callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(dueTime, s_timerMax);
            lock (clock._lock)
            {
                if (_disposed)
                    return false;
                clock._armed.Remove(this);
                PeriodTicks = period > TimeSpan.Zero ? period.Ticks : 0;
                if (dueTime != Timeout.InfiniteTimeSpan)
                    clock.ArmLocked(this, clock._nowTicks + dueTime.Ticks);
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._lock)
            {
                _disposed = true;
                clock._armed.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
