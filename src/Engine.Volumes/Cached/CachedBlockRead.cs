using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Engine.Buffers;

namespace Engine.Volumes;

/// <summary>A cached read into the blocks of a list: one read after another, a segment each, and what the caller awaits when one
/// of them has to wait. Reused, for the reason that <see cref="CachedRequest"/> gives.</summary>
internal sealed class CachedBlockRead : IValueTaskSource<int>
{
    private readonly CachedPath _path;
    private readonly Action _completed;
    private ManualResetValueTaskSourceCore<int> _core;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _segment;
    private BufferList? _destination;
    private CancellationToken _cancellation;
    private long _offset;
    private int _length;

    /// <summary>Bytes read, and the segments that hold them.</summary>
    private int _done;

    private int _segments;

    public CachedBlockRead(CachedPath path)
    {
        _path = path;
        _completed = Continue;

        // Each segment's read has made the hop to the thread pool already where the options ask for one.
        _core.RunContinuationsAsynchronously = false;
    }

    public ValueTask<int> Start(long offset, BufferList destination, int length, CancellationToken cancellation)
    {
        _offset = offset;
        _destination = destination;
        _length = length;
        _cancellation = cancellation;
        _done = 0;
        _segments = 0;
        short version = _core.Version;
        bool isPending;
        try
        {
            isPending = !ReadOn();
        }
#pragma warning disable CA1031 // Handed over whole: the caller gets it.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Recycle();
            return ValueTask.FromException<int>(failure);
        }

        if (isPending)
            return new ValueTask<int>(this, version);
        Recycle();
        return new ValueTask<int>(length);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    public int GetResult(short token)
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

    /// <summary>Reads until a segment has to wait, or to the end.</summary>
    /// <returns>False when a segment waits; this object may be on another thread then.</returns>
    private bool ReadOn()
    {
        while (_done < _length)
        {
            BufferList destination = _destination!;
            BufferSegment segment = destination[_segments];
            int part = Math.Min(segment.Length, _length - _done);
            Memory<byte> memory = destination.Pool.Memory(segment.Handle).Slice(segment.Offset, part);
            ValueTask<int> pending = _path.ReadAsync(_offset + _done, memory, _cancellation);
            if (!pending.IsCompleted)
            {
                ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter awaiter = pending.ConfigureAwait(false).GetAwaiter();
                _segment = awaiter;
                awaiter.UnsafeOnCompleted(_completed);
                return false;
            }

            TakeSegment(pending.Result);
        }

        return true;
    }

    private void TakeSegment(int bytes)
    {
        _done += bytes;
        _destination!.Pool.NoteWritten(_destination[_segments].Handle);
        _segments++;
    }

    /// <summary>A segment that had to wait is there. Nothing may be touched after the result is set: the caller may have taken
    /// it, and the object may serve another request.</summary>
    private void Continue()
    {
        try
        {
            ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter awaiter = _segment;
            _segment = default;
            TakeSegment(awaiter.GetResult());
            if (!ReadOn())
                return;
        }
#pragma warning disable CA1031 // Handed over whole: the caller gets it.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _core.SetException(failure);
            return;
        }

        _core.SetResult(_length);
    }

    private void Recycle()
    {
        _destination = null;
        _cancellation = default;
        _path.Return(this);
    }
}
