// A log in segments: what a device's ring and a directory's files have in common. Roles by file: appending, committing (writes,
// flushes, acknowledgement), trimming (the stored start), reading.
//
// Ownership: payload that is written in place is held by slices until its write is over; everything else is copied into the
// staging memory of a write. The space (and with it segment devices) is the log's, a device handed in is not.
// Threads: the owner calls the members; devices complete on theirs. All state belongs to _gate. What is to be done outside it
// (device requests, users' completions) is queued under it and carried out by whoever finds nobody at it.
// Invariants:
//   - start <= durable <= end; a position is acknowledged only when it is on the medium and the superblock was then found to
//     name this incarnation still
//   - no byte of a segment is written that the stored start, in both copies of the state, still covers with an older lap
//   - once _error is set nothing is submitted and nothing becomes durable any more
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;

namespace Engine.Stores;

/// <summary>An <see cref="ILog"/> on local storage; see <see cref="DeviceLog"/> and <see cref="FileLog"/>.</summary>
public abstract partial class SegmentLog : ILog, IDisposable
{
    /// <summary>What is said of a log that another process has: it writes it, or, to who would write, looks at it.</summary>
    public const string BusyWhy = "is in use by another process; wait until that has ended, or end it";

    private const int WritesLimit = 64;

    private readonly object _gate = new();
    private readonly LogSpace _space;
    private readonly LogOptions _options;
    private readonly uint _seed;
    private readonly int _segmentBytes;
    private readonly int _unit;
    private readonly Queue<Effect> _effects = new();
    private LogSuperblock _superblock;
    private LogState _state;
    private long _start;
    private long _end;
    private long _durable;
    private IoError _error;
    private bool _isWorking;
    private bool _isClosing;

    private protected SegmentLog(LogSpace space, LogOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.WritesMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.WritesMax, WritesLimit);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.WriteBytes);
        LogOpening opened = LogOpening.Run(space, options);
        _space = space;
        _options = options;
        _superblock = opened.Superblock;
        _state = opened.State;
        _seed = _superblock.Seed;
        _segmentBytes = _superblock.SegmentBytes;
        _unit = _superblock.Unit;
        _start = _storedStart = _state.Start;
        _end = _durable = opened.End;
        _resume = opened.Resume;
        _writeBytes = Math.Min(options.WriteBytes, _segmentBytes);
        _commitSink = new Sink(this);
        _scratch = new DeviceScratch(space.Header, 3 * LogLayout.BlockBytes);
        _superblock.Encode(_scratch.Bytes.Slice(ExpectedAt, LogLayout.BlockBytes));
        _preparedSegment = -1;
        RecordBytesMax = _segmentBytes - (2 * Math.Max(_unit, LogRecord.HeaderBytes));
        space.Release(SegmentOf(_storedStart));
        OpenReport = opened.Report is null ? null : $"{space.Name}: {opened.Report}";
    }

    /// <inheritdoc/>
    public long Start => Locked(ref _start);

    /// <inheritdoc/>
    public long End => Locked(ref _end);

    /// <inheritdoc/>
    public long Durable => Locked(ref _durable);

    /// <inheritdoc/>
    public long Capacity => _superblock.SegmentCount * _segmentBytes;

    /// <inheritdoc/>
    public long Room
    {
        get
        {
            lock (_gate)
            {
                long free = ((SegmentOf(_storedStart) + _superblock.SegmentCount) * _segmentBytes) - Math.Max(_end, _resume);
                return Math.Max(0, free);
            }
        }
    }

    /// <inheritdoc/>
    public int RecordBytesMax { get; }

    /// <inheritdoc/>
    public ulong Incarnation
    {
        get
        {
            lock (_gate)
                return _superblock.Incarnation;
        }
    }

    /// <summary>Identity of the log.</summary>
    public Guid Uuid => _superblock.Uuid;

    /// <summary>Most bytes of records that it can keep, from its start to its end.</summary>
    public long CapacityBytes => _superblock.SegmentCount * _segmentBytes;

    /// <summary>What opening found to be wrong and did about it, in one line; null when all was well.</summary>
    public string? OpenReport { get; }

    /// <summary>Waits for what is under way, stores start and end, and closes; what no flush asked for may be lost. Not from a
    /// completion of the log.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isClosing)
                return;
            _isClosing = true;
            while (_inFlight > 0 || _flushes > 0 || _isProbing || _isStoring || _isWorking || _effects.Count > 0)
                Monitor.Wait(_gate);
            if (_error.IsNone)
                StoreStateHere();
            FailLocked(IoError.Shutdown);
        }

        Work();
        _free.ForEach(static write => write.Dispose());
        _order.ForEach(static write => write.Dispose());
        _scratch.Dispose();
        _reader?.Dispose();
        _space.Dispose();
        GC.SuppressFinalize(this);
    }

    private long SegmentOf(long position) => position / _segmentBytes;

    private static long RoundUp(long value, int unit) => (value + unit - 1) / unit * unit;

    private long Locked(ref long field)
    {
        lock (_gate)
            return field;
    }

    /// <summary>Ends the log's life: the first error stays.</summary>
    private void FailLocked(IoError error)
    {
        Invariant.That(error.Failed);
        if (_error.Failed)
            return;
        _error = error;
        if (_writtenState != default || _flushingState != default)
            _isStoring = false;
        while (_waiters.TryDequeue(out Waiter waiter))
            FinishLocked(waiter.Submission, IoResult.Fail(error));
        while (_trims.TryDequeue(out Waiter trim))
            FinishLocked(trim.Submission, IoResult.Fail(error));
        while (_sealed.TryDequeue(out LogWrite? write))
            RecycleLocked(write);
        if (_open is not null)
            RecycleLocked(_open);
        _open = null;
    }

    private void FinishLocked(in Submission submission, IoResult result) =>
        _effects.Enqueue(new Effect { Submission = submission, Result = result });

    /// <summary>Carries effects out, in order, on one thread at a time.</summary>
    private void Work()
    {
        lock (_gate)
        {
            if (_isWorking)
                return;
            _isWorking = true;
        }

        while (true)
        {
            Effect effect;
            lock (_gate)
            {
                if (!_effects.TryDequeue(out effect))
                {
                    _isWorking = false;
                    Monitor.PulseAll(_gate);
                    return;
                }
            }

            if (effect.Device is not null)
                effect.Device.Submit(new ReadOnlySpan<DeviceRequest>(in effect.Request));
            else if (effect.Submission.Sink is not null)
                effect.Submission.Complete(effect.Result);
            else
                _space.Release(effect.Segment);
        }
    }

    /// <summary>Something to do outside the lock: a request for a device, a completion for a user, or segments to
    /// free.</summary>
    private struct Effect
    {
        public IBlockDevice? Device;
        public DeviceRequest Request;
        public Submission Submission;
        public IoResult Result;
        public long Segment;
    }

    private readonly record struct Waiter(long Position, Submission Submission);

    private enum Step : ulong
    {
        Flush = 1,
        Probe = 2,
        FirstState = 3,
        SecondState = 4,

        /// <summary>From here on: a write, by its number.</summary>
        Write = 16,
    }

    private sealed class Sink(SegmentLog log) : IDeviceSink
    {
        public void Complete(ulong token, IoResult result) => log.Completed(token, result);
    }
}
