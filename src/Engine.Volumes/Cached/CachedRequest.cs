using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Engine.Buffers;
using Engine.Cache;

namespace Engine.Volumes;

/// <summary>
/// What the caller of a cached volume awaits when the cache does not answer at once: takes the cache's result on the completing
/// thread, words its error, and lets the caller go on where the options say. Reused, whatever the depth, unlike an asynchronous
/// method's own boxes, of which few are kept.
/// </summary>
internal sealed class CachedRequest : IValueTaskSource<int>, IValueTaskSource
{
    private readonly CachedPath _path;
    private readonly Action _completed;
    private ManualResetValueTaskSourceCore<int> _core;
    private ConfiguredValueTaskAwaitable<IoResult>.ConfiguredValueTaskAwaiter _read;
    private ConfiguredValueTaskAwaitable<IoError>.ConfiguredValueTaskAwaiter _write;
    private ConfiguredValueTaskAwaitable<FlushResult>.ConfiguredValueTaskAwaiter _flush;
    private CachedKind _kind;
    private long _offset;
    private long _length;

    public CachedRequest(CachedPath path)
    {
        _path = path;
        _completed = Complete;
        _core.RunContinuationsAsynchronously = !path.InlineContinuations;
    }

    public ValueTask<int> Await(ValueTask<IoResult> pending, long offset, int length)
    {
        Begin(CachedKind.Read, offset, length);
        short version = _core.Version;
        ConfiguredValueTaskAwaitable<IoResult>.ConfiguredValueTaskAwaiter awaiter = pending.ConfigureAwait(false).GetAwaiter();
        _read = awaiter;
        awaiter.UnsafeOnCompleted(_completed);
        return new ValueTask<int>(this, version);
    }

    public ValueTask Await(ValueTask<IoError> pending, long offset, long length)
    {
        Begin(CachedKind.Write, offset, length);
        short version = _core.Version;
        ConfiguredValueTaskAwaitable<IoError>.ConfiguredValueTaskAwaiter awaiter = pending.ConfigureAwait(false).GetAwaiter();
        _write = awaiter;
        awaiter.UnsafeOnCompleted(_completed);
        return new ValueTask(this, version);
    }

    public ValueTask Await(ValueTask<FlushResult> pending)
    {
        Begin(CachedKind.Flush, 0, 0);
        short version = _core.Version;
        ConfiguredValueTaskAwaitable<FlushResult>.ConfiguredValueTaskAwaiter awaiter = pending.ConfigureAwait(false).GetAwaiter();
        _flush = awaiter;
        awaiter.UnsafeOnCompleted(_completed);
        return new ValueTask(this, version);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    public int GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            _path.Return(this);
        }
    }

    private void Begin(CachedKind kind, long offset, long length)
    {
        _kind = kind;
        _offset = offset;
        _length = length;
    }

    /// <summary>Runs on the completing thread. Nothing may be touched after the result is set: the caller may have taken it,
    /// and the object may serve another request.</summary>
    private void Complete()
    {
        IoError error;
        try
        {
            error = TakeResult();
        }
        catch (OperationCanceledException cancelled)
        {
            _core.SetException(cancelled);
            return;
        }

        if (error.Failed)
            _core.SetException(_path.Failure(_kind, _offset, _length, error));
        else
            _core.SetResult((int)Math.Min(_length, int.MaxValue));
    }

    /// <summary>Takes the result off the cache's own request, which ends with that.</summary>
    private IoError TakeResult()
    {
        switch (_kind)
        {
            case CachedKind.Read:
                ConfiguredValueTaskAwaitable<IoResult>.ConfiguredValueTaskAwaiter read = _read;
                _read = default;
                return read.GetResult().Error;
            case CachedKind.Write:
                ConfiguredValueTaskAwaitable<IoError>.ConfiguredValueTaskAwaiter write = _write;
                _write = default;
                return write.GetResult();
            default:
                ConfiguredValueTaskAwaitable<FlushResult>.ConfiguredValueTaskAwaiter flush = _flush;
                _flush = default;
                return flush.GetResult().Error;
        }
    }
}
