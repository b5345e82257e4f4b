// One request of the direct path: what the caller awaits, and the sink that the store completes.
//
// Ownership: rented from its path, which counts it as under way until Finish. The caller's memory is used until then and never
// after. Whoever takes the result returns the object, so nothing here may be touched after Finish, save by the taker.
// Shape: the range is cut into pieces (contiguous in one object, at most a transfer long); up to PiecesMax are under way. A
// request of one piece, the common case, takes no lock of its own: its piece's completion is the request's.
// Invariants (of more than one piece, under _gate): _underWay counts pieces taken and not ended; _free has a bit for every slot
// that is not taken; one thread at a time pumps, and the request is over when none pumps, none is under way and none is left.

using System.Buffers;
using System.Threading.Tasks.Sources;
using Engine.Buffers;

namespace Engine.Volumes;

internal sealed unsafe partial class DirectRequest : IValueTaskSource<int>, IValueTaskSource
{
    private readonly DirectPath _path;

    // Plain, not Lock: a blocked caller waits on it.
    private readonly object _signal = new();

    private ManualResetValueTaskSourceCore<int> _core;
    private DirectKind _kind;
    private bool _fua;
    private long _offset;
    private long _length;
    private Memory<byte> _destination;
    private ReadOnlyMemory<byte> _source;
    private ReadOnlySequence<byte> _sequence;

    /// <summary>The caller's pinned memory where the caller blocks; null otherwise.</summary>
    private byte* _pinned;

    /// <summary>Thread of a blocked caller; 0 when the caller does not block.</summary>
    private int _callerThread;

    /// <summary>Guarded by <see cref="_signal"/>: the blocked caller may go.</summary>
    private bool _signalled;

    /// <summary>The caller did the I/O itself, so that there is nobody to wake; the caller's own field.</summary>
    private bool _endedHere;

    private IoError _error;

    public DirectRequest(DirectPath path)
    {
        _path = path;
        _core.RunContinuationsAsynchronously = !path.InlineContinuations;
    }

    /// <summary>Place among the path's request objects; guarded by its lock.</summary>
    public int Index { get; set; }

    /// <summary>What this object counted; see <see cref="DirectCounters"/>.</summary>
    public long[] Tally { get; } = DirectCounters.NewTally();

    /// <summary>Reads without blocking.</summary>
    public ValueTask<int> Read(long offset, Memory<byte> destination)
    {
        _destination = destination;
        Prepare(DirectKind.Read, offset, destination.Length, fua: false);
        return StartAndAwaitCount();
    }

    /// <summary>Reads the first <paramref name="length"/> bytes of blocks without blocking.</summary>
    public ValueTask<int> Read(long offset, BufferList destination, int length)
    {
        _callerBlocks = destination;
        Prepare(DirectKind.Read, offset, length, fua: false);
        return StartAndAwaitCount();
    }

    /// <summary>Writes without blocking.</summary>
    public ValueTask Write(long offset, ReadOnlyMemory<byte> source, bool fua)
    {
        _source = source;
        Prepare(DirectKind.Write, offset, source.Length, fua);
        return StartAndAwait();
    }

    /// <summary>Writes a sequence without blocking.</summary>
    public ValueTask Write(long offset, ReadOnlySequence<byte> source, bool fua)
    {
        if (source.IsSingleSegment)
            return Write(offset, source.First, fua);
        _sequence = source;
        Prepare(DirectKind.Write, offset, source.Length, fua);
        return StartAndAwait();
    }

    /// <summary>Writes blocks without blocking.</summary>
    public ValueTask Write(long offset, BufferList source, bool fua)
    {
        _callerBlocks = source;
        Prepare(DirectKind.Write, offset, source.Length, fua);
        return StartAndAwait();
    }

    /// <summary>Discards, zeroes or flushes without blocking.</summary>
    public ValueTask Run(DirectKind kind, long offset, long length)
    {
        Prepare(kind, offset, length, fua: false);
        return StartAndAwait();
    }

    /// <summary>Discards, zeroes or flushes, blocking the caller.</summary>
    public void RunBlocking(DirectKind kind, long offset, long length)
    {
        Prepare(kind, offset, length, fua: false);
        StartAndWait(null);
    }

    /// <summary>Reads, blocking the caller, who then may do the I/O itself.</summary>
    public void ReadBlocking(long offset, Span<byte> destination)
    {
        Prepare(DirectKind.Read, offset, destination.Length, fua: false);
        fixed (byte* pinned = destination)
            StartAndWait(pinned);
    }

    /// <summary>Writes, blocking the caller, who then may do the I/O itself.</summary>
    public void WriteBlocking(long offset, ReadOnlySpan<byte> source)
    {
        Prepare(DirectKind.Write, offset, source.Length, fua: false);
        fixed (byte* pinned = source)
            StartAndWait(pinned);
    }

    int IValueTaskSource<int>.GetResult(short token) => GetResult(token);

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private int GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            Recycle();
        }
    }

    private ValueTask<int> StartAndAwaitCount()
    {
        short version = _core.Version;
        Start();
        return _core.GetStatus(version) == ValueTaskSourceStatus.Succeeded
            ? new ValueTask<int>(GetResult(version))
            : new ValueTask<int>(this, version);
    }

    private ValueTask StartAndAwait()
    {
        short version = _core.Version;
        Start();
        if (_core.GetStatus(version) != ValueTaskSourceStatus.Succeeded)
            return new ValueTask(this, version);
        GetResult(version);
        return ValueTask.CompletedTask;
    }

    private void StartAndWait(byte* pinned)
    {
        _pinned = pinned;
        _callerThread = Environment.CurrentManagedThreadId;
        _signalled = false;
        _endedHere = false;
        Start();
        if (!_endedHere)
            AwaitSignal();
        IoError error = _error;
        DirectKind kind = _kind;
        long offset = _offset;
        long length = _length;
        Recycle();
        if (error.Failed)
            throw Failure(kind, offset, length, error);
    }

    private void AwaitSignal()
    {
        lock (_signal)
        {
            while (!_signalled)
                Monitor.Wait(_signal);
        }
    }

    private void Prepare(DirectKind kind, long offset, long length, bool fua)
    {
        Invariant.That(offset >= 0 && length >= 0 && (length > 0 || kind == DirectKind.Flush));
        _kind = kind;
        _offset = offset;
        _length = length;
        _fua = fua;
        _error = IoError.None;
        PrepareBlocks();
        Count(kind, length);
    }

    private void Count(DirectKind kind, long length)
    {
        switch (kind)
        {
            case DirectKind.Read:
                Count(DirectCounter.Reads);
                Count(DirectCounter.ReadBytes, length);
                break;
            case DirectKind.Write:
                Count(DirectCounter.Writes);
                Count(DirectCounter.WriteBytes, length);
                break;
            case DirectKind.Flush:
                Count(DirectCounter.Flushes);
                break;
            default:
                Count(DirectCounter.Discards);
                break;
        }
    }

    private void Count(DirectCounter counter, long amount = 1) => Tally[(int)counter] += amount;

    /// <summary>The end of the request: no piece is left, and no field may be touched afterwards.</summary>
    private void Finish(IoError error)
    {
        if (error.Failed)
            _path.Counters.Add(DirectCounter.Failures);
        _path.Leave();
        if (_callerThread == Environment.CurrentManagedThreadId)
        {
            _error = error;
            _endedHere = true;
        }
        else if (_callerThread != 0)
        {
            lock (_signal)
            {
                _error = error;
                _signalled = true;
                Monitor.Pulse(_signal);
            }
        }
        else if (error.Failed)
        {
            _core.SetException(Failure(_kind, _offset, _length, error));
        }
        else
        {
            _core.SetResult((int)Math.Min(_length, int.MaxValue));
        }
    }

    private void Recycle()
    {
        _destination = default;
        _source = default;
        _sequence = default;
        _callerBlocks = null;
        _pinned = null;
        _callerThread = 0;
        _path.Return(this);
    }

    private VolumeException Failure(DirectKind kind, long offset, long length, IoError error) =>
        kind == DirectKind.Flush
            ? VolumeErrors.Failed(_path.Name, "flush", error)
            : VolumeErrors.Failed(_path.Name, VolumeErrors.Verb(kind), offset, length, error);
}
