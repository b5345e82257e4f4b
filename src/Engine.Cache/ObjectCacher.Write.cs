// Writes.
using System.Buffers;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

public sealed partial class ObjectCacher
{
    [ThreadStatic]
    private static ExtentList? t_single;

    /// <summary>Writes <c>offset~source.Length</c> of one object when it is admitted at once, in the write-back mode; false,
    /// with no effect, when the caller has to use <see cref="Write"/> or <see cref="WriteAsync"/>.</summary>
    public bool TryWrite(ObjectSet set, long objectNumber, long offset, ReadOnlySpan<byte> source)
    {
        EffectQueue effects;
        lock (_gate)
        {
            if (_core.TryOverwrite(set, objectNumber, offset, source))
                return true;
            ExtentList extents = t_single ??= new ExtentList();
            extents.Clear();
            extents.Add(objectNumber, offset, source.Length, 0);
            if (source.Length > _core.Settings.RequestBytesMax || CheckLocked(set, extents, out IoError refused))
                return false;
            if (!_core.TryWrite(set, extents, new WriteSource(source), default))
                return false;
            effects = EffectQueue.Current;
            effects.Take(this, _core.Effects);
        }
        effects.Drain();
        return true;
    }

    /// <summary>Writes, blocking the thread while the dirty budget is used up, or until the commit for write-through and
    /// FUA.</summary>
    public IoError Write(ObjectSet set, ExtentList extents, ReadOnlySpan<byte> source, in WriteOptions options = default)
    {
        IoError invalid = extents.Validate(source.Length);
        if (invalid.Failed)
            return invalid;
        int window = WindowOf(extents, out bool windowed);
        return WriteWhole(set, extents, windowed ? new ExtentWindows(extents, window) : null, source, options);
    }

    /// <summary>
    /// Writes; completes when the bytes are in the cache (write-back) or committed (write-through, FUA). Completes
    /// synchronously and without allocation when admitted at once. Cancelling takes a waiting write out of the queue:
    /// nothing of it was inserted, but for a write of more than 4 MiB, or than the cache's size, which goes in by
    /// parts and keeps its place meanwhile.
    /// </summary>
    public ValueTask<IoError> WriteAsync(
        ObjectSet set,
        ExtentList extents,
        ReadOnlySequence<byte> source,
        WriteOptions options = default,
        CancellationToken cancellation = default)
    {
        IoError invalid = source.Length > int.MaxValue ? IoError.Invalid : extents.Validate((int)source.Length);
        if (invalid.Failed)
            return new ValueTask<IoError>(invalid);
        int window = WindowOf(extents, out bool windowed);
        return windowed
            ? WaitToWriteAsync(set, extents, new ExtentWindows(extents, window), source, options, cancellation)
            : WriteWholeAsync(set, extents, source, options, cancellation);
    }

    internal void CancelWrite(WriteRequest request, CancellationToken cancellation)
    {
        EffectQueue effects = EffectQueue.Current;
        lock (_gate)
        {
            if (!request.Pending || !request.Queued)
                return;
            request.CancelledBy = cancellation;
            _core.CancelWrite(request);
            effects.Take(this, _core.Effects);
        }
        effects.Drain();
    }

    /// <summary>A large write is inserted in <paramref name="parts"/>, one a turn.</summary>
    private unsafe IoError WriteWhole(
        ObjectSet set, ExtentList extents, ExtentWindows? parts, ReadOnlySpan<byte> source, in WriteOptions options)
    {
        fixed (byte* pinned = source)
        {
            EffectQueue effects = EffectQueue.Current;
            WriteRequest? request = null;
            lock (_gate)
            {
                if (CheckLocked(set, extents, out IoError refused))
                    return refused;
                if (parts is not null || options.Fua || !_core.TryWrite(set, extents, new WriteSource(source), options))
                {
                    request = _writes.Get();
                    request.Begin(blocking: true, inlineContinuations: true);
                    request.Set = set;
                    request.Options = options;
                    Describe(request, extents, parts);
                    request.SetSource(pinned, source.Length);
                    _core.StartWrite(request);
                }
                effects.Take(this, _core.Effects);
            }
            if (request is null)
            {
                effects.Drain();
                return IoError.None;
            }
            return effects.DrainAndWait(request);
        }
    }

    private ValueTask<IoError> WriteWholeAsync(
        ObjectSet set,
        ExtentList extents,
        in ReadOnlySequence<byte> source,
        in WriteOptions options,
        CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<IoError>(cancellation);
        EffectQueue effects = EffectQueue.Current;
        lock (_gate)
        {
            if (CheckLocked(set, extents, out IoError refused))
                return new ValueTask<IoError>(refused);
            if (!options.Fua && _core.TryWrite(set, extents, new WriteSource(source), options))
            {
                effects.Take(this, _core.Effects);
                goto inserted;
            }
        }
        return WaitToWriteAsync(set, extents, null, source, options, cancellation);
    inserted:
        effects.Drain();
        return new ValueTask<IoError>(IoError.None);
    }

    private static void Describe(WriteRequest request, ExtentList extents, ExtentWindows? parts)
    {
        request.Parts = parts;
        if (!request.TryNextPart())
            request.Extents.CopyFrom(extents);
    }

    private ValueTask<IoError> WaitToWriteAsync(
        ObjectSet set,
        ExtentList extents,
        ExtentWindows? parts,
        in ReadOnlySequence<byte> source,
        in WriteOptions options,
        CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<IoError>(cancellation);
        WriteRequest request = _writes.Get();
        request.Begin(blocking: false, _options.InlineContinuations);
        request.Set = set;
        request.Options = options;
        Describe(request, extents, parts);
        request.SetSource(source);
        request.RegisterCancellation(cancellation);
        EffectQueue effects = EffectQueue.Current;
        ValueTask<IoError> task = request.Task;
        lock (_gate)
        {
            if (CheckLocked(set, extents, out IoError refused))
                _core.Refuse(request, refused);
            else if (cancellation.IsCancellationRequested)
                _core.Refuse(request, IoError.Cancelled);
            else
                _core.StartWrite(request);
            if (!request.Pending && request.Result == IoError.Cancelled)
                request.CancelledBy = cancellation;
            effects.Take(this, _core.Effects);
        }
        effects.Drain();
        return task;
    }
}
