// Reads.
using System.Runtime.CompilerServices;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

public sealed partial class ObjectCacher
{
    /// <summary>Copies <c>offset~destination.Length</c> of one object when every byte is cached; false, with no effect,
    /// otherwise.</summary>
    public bool TryRead(ObjectSet set, long objectNumber, long offset, Span<byte> destination)
    {
        lock (_gate)
            return _core.TryReadHit(set, objectNumber, offset, destination);
    }

    /// <summary>Reads, blocking the thread on a miss. Bytes the store does not have read as zeros.</summary>
    /// <returns>The requested length, or the first error; the destination is untouched on error unless the request is larger
    /// than the cache.</returns>
    public IoResult Read(ObjectSet set, ExtentList extents, Span<byte> destination)
    {
        IoError invalid = extents.Validate(destination.Length);
        if (invalid.Failed)
            return IoResult.Fail(invalid);
        int window = WindowOf(extents, out bool windowed);
        if (!windowed)
            return ReadWhole(set, extents, destination);
        ExtentWindows windows = new(extents, window);
        while (windows.TryNext(out ExtentList? part))
        {
            IoResult result = ReadWhole(set, part, destination);
            if (result.Failed)
                return result;
        }
        return IoResult.Ok(extents.TotalLength);
    }

    /// <summary>Reads; completes synchronously and without allocation on a hit. Cancelling lets the caller go, not the
    /// I/O.</summary>
    public ValueTask<IoResult> ReadAsync(
        ObjectSet set, ExtentList extents, Memory<byte> destination, CancellationToken cancellation = default)
    {
        IoError invalid = extents.Validate(destination.Length);
        if (invalid.Failed)
            return new ValueTask<IoResult>(IoResult.Fail(invalid));
        int window = WindowOf(extents, out bool windowed);
        return windowed
            ? ReadWindowsAsync(set, new ExtentWindows(extents, window), destination, extents.TotalLength, cancellation)
            : ReadWholeAsync(set, extents, destination, populate: false, cancellation);
    }

    /// <summary>Brings the extents into the cache without handing them out.</summary>
    public ValueTask<IoResult> PrefetchAsync(ObjectSet set, ExtentList extents, CancellationToken cancellation = default)
    {
        IoError invalid = extents.Validate(extents.TotalLength > int.MaxValue ? -1 : (int)extents.TotalLength);
        if (invalid.Failed)
            return new ValueTask<IoResult>(IoResult.Fail(invalid));
        int window = WindowOf(extents, out bool windowed);
        return windowed
            ? ReadWindowsAsync(set, new ExtentWindows(extents, window), default, extents.TotalLength, cancellation)
            : ReadWholeAsync(set, extents, default, populate: true, cancellation);
    }

    internal void CancelRead(ReadRequest request, CancellationToken cancellation)
    {
        EffectQueue effects = EffectQueue.Current;
        lock (_gate)
        {
            if (!request.Pending)
                return;
            request.CancelledBy = cancellation;
            _core.CancelRead(request);
            effects.Take(this, _core.Effects);
        }
        effects.Drain();
    }

    private int WindowOf(ExtentList extents, out bool windowed)
    {
        CacheSettings settings = _core.Settings;
        windowed = extents.TotalLength > settings.RequestBytesMax;
        return settings.WindowBytes;
    }

    private unsafe IoResult ReadWhole(ObjectSet set, ExtentList extents, Span<byte> destination)
    {
        fixed (byte* pinned = destination)
        {
            EffectQueue effects = EffectQueue.Current;
            ReadRequest request;
            lock (_gate)
            {
                if (CheckLocked(set, extents, out IoError refused))
                    return refused.Failed ? IoResult.Fail(refused) : IoResult.Ok(0);
                if (_core.TryReadHit(set, extents, destination, populate: false))
                    return IoResult.Ok(extents.TotalLength);
                request = _reads.Get();
                request.Begin(blocking: true, inlineContinuations: true);
                request.Set = set;
                request.Extents.CopyFrom(extents);
                request.SetDestination(pinned, destination.Length);
                _core.StartRead(request);
                effects.Take(this, _core.Effects);
            }
            return effects.DrainAndWait(request);
        }
    }

    private ValueTask<IoResult> ReadWholeAsync(
        ObjectSet set, ExtentList extents, Memory<byte> destination, bool populate, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (CheckLocked(set, extents, out IoError invalid))
                return new ValueTask<IoResult>(invalid.Failed ? IoResult.Fail(invalid) : IoResult.Ok(0));
            if (_core.TryReadHit(set, extents, destination.Span, populate))
                return new ValueTask<IoResult>(IoResult.Ok(extents.TotalLength));
        }
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<IoResult>(cancellation);
        ReadRequest request = _reads.Get();
        request.Begin(blocking: false, _options.InlineContinuations);
        request.Set = set;
        request.Extents.CopyFrom(extents);
        request.SetDestination(destination);
        request.RegisterCancellation(cancellation);
        ValueTask<IoResult> task = request.Task;
        EffectQueue effects = EffectQueue.Current;
        lock (_gate)
        {
            if (CheckLocked(set, extents, out IoError refused))
                _core.Refuse(request, refused);
            else if (cancellation.IsCancellationRequested)
                _core.Refuse(request, IoError.Cancelled);
            else
                _core.StartRead(request);
            if (!request.Pending && cancellation.IsCancellationRequested && request.Result.Error == IoError.Cancelled)
                request.CancelledBy = cancellation;
            effects.Take(this, _core.Effects);
        }
        effects.Drain();
        return task;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoResult> ReadWindowsAsync(
        ObjectSet set, ExtentWindows windows, Memory<byte> destination, long length, CancellationToken cancellation)
    {
        while (windows.TryNext(out ExtentList? part))
        {
            IoResult result = await ReadWholeAsync(set, part, destination, destination.IsEmpty, cancellation)
                .ConfigureAwait(false);
            if (result.Failed)
                return result;
        }
        return IoResult.Ok(length);
    }

    /// <summary>True, with the reason, when the request cannot be taken at all; true with success for a request of no
    /// bytes.</summary>
    private bool CheckLocked(ObjectSet set, ExtentList extents, out IoError refused)
    {
        refused = default;
        if (_disposed || _core.IsStopping)
            refused = IoError.Shutdown;
        else if (set.Destroyed)
            refused = IoError.Invalid;
        else if (extents.TotalLength == 0)
            return true;
        else
            refused = _core.CheckOwner(set, extents);
        return refused.Failed;
    }
}
