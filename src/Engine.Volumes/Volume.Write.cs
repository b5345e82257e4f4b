using System.Buffers;
using System.Runtime.CompilerServices;
using Engine.Cache;

namespace Engine.Volumes;

/// <content>Writes and flushes.</content>
public sealed partial class Volume
{
    /// <summary>Writes, blocking until accepted (with a cache) or written (without).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie in the image; nothing was written.</exception>
    /// <exception cref="VolumeException">The store failed.</exception>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        if (!TryWriteHot(offset, source))
            WriteSlow(offset, source);
    }

    /// <summary>Writes. Completes at once when a cache has room. Cancelling takes a write back that waits for room; one that was
    /// handed to the store completes.</summary>
    /// <remarks>A request that goes to the store may block while it is handed over, until the device's queue has room; a
    /// continuation on the device's own thread never does.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie in the image; nothing was written.</exception>
    /// <exception cref="VolumeException">The store failed.</exception>
    public ValueTask WriteAsync(
        long offset,
        ReadOnlyMemory<byte> source,
        VolumeWriteFlags flags = VolumeWriteFlags.None,
        CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        return flags == VolumeWriteFlags.None && TryWriteHot(offset, source.Span)
            ? ValueTask.CompletedTask
            : WriteSlowAsync(offset, source, flags, cancellation);
    }

    /// <summary>Writes a sequence of memory as one run of bytes.</summary>
    /// <remarks>Starting may block as in
    /// <see cref="WriteAsync(long, ReadOnlyMemory{byte}, VolumeWriteFlags, CancellationToken)"/>.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie in the image; nothing was written.</exception>
    /// <exception cref="VolumeException">The store failed.</exception>
    public ValueTask WriteAsync(
        long offset,
        ReadOnlySequence<byte> source,
        VolumeWriteFlags flags = VolumeWriteFlags.None,
        CancellationToken cancellation = default)
    {
        if (source.IsSingleSegment)
            return WriteAsync(offset, source.First, flags, cancellation);
        CheckRange(offset, source.Length);
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        ThrowIfClosed();
        if (source.IsEmpty)
            return ValueTask.CompletedTask;
        return _cached is not null
            ? _cached.WriteAsync(offset, source, OptionsOf(flags), cancellation)
            : _direct!.Rent().Write(offset, source, (flags & VolumeWriteFlags.Fua) != 0);
    }

    /// <summary>Makes everything durable that was written before the call. Cancelling lets the caller go.</summary>
    /// <remarks>With a cache, what a failed flush covered stays dirty, and a later flush may succeed; of a volume that failed
    /// (<see cref="Failure"/>) only after <see cref="ResumeAsync"/>. Without one nobody holds
    /// those bytes: after a flush that failed (that of a FUA write is one) every further one fails with its errno, whoever asks,
    /// until the volume is opened again; what was written since the last good flush is then to be written again.</remarks>
    /// <exception cref="VolumeException">Some of it could not be written or flushed.</exception>
    public ValueTask FlushAsync(CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        ThrowIfClosed();
        ValueTask flush = _cached is not null ? _cached.FlushAsync() : _direct!.Rent().Run(DirectKind.Flush, 0, 0);
        return cancellation.CanBeCanceled && !flush.IsCompleted ? UntilAsync(flush, cancellation) : flush;
    }

    /// <summary>Lets a volume that failed (<see cref="Failure"/>) write again, and makes everything durable that it kept; any
    /// other is flushed.</summary>
    /// <remarks>After ESHUTDOWN only who holds the image again may call this: what was kept overwrites what another holder has
    /// written meanwhile. That is why no flush, no close and no timer does it.</remarks>
    /// <exception cref="VolumeException">The store refused again: the volume has failed as before, and nothing is lost. Or any
    /// other error of <see cref="FlushAsync"/>.</exception>
    public ValueTask ResumeAsync(CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        ThrowIfClosed();
        _cached?.Resume();
        return FlushAsync(cancellation);
    }

    /// <summary>Makes everything durable that was written before the call, as <see cref="FlushAsync"/> does; blocks.</summary>
    /// <exception cref="VolumeException">Some of it could not be written or flushed.</exception>
    public void Flush()
    {
        ThrowIfClosed();
        if (_cached is not null)
            _cached.Flush();
        else
            _direct!.Rent().RunBlocking(DirectKind.Flush, 0, 0);
    }

    /// <summary>Cancelling lets the caller go; the flush goes on.</summary>
    private static async ValueTask UntilAsync(ValueTask flush, CancellationToken cancellation)
    {
        await flush.AsTask().WaitAsync(cancellation).ConfigureAwait(false);
    }

    private static WriteOptions OptionsOf(VolumeWriteFlags flags) => new() { Fua = (flags & VolumeWriteFlags.Fua) != 0 };

    /// <summary>The hot half: one object, and the cache has room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryWriteHot(long offset, ReadOnlySpan<byte> source)
    {
        ObjectCacher? cacher = _hot;
        long inObject = offset & _objectMask;

        // One sign bit for all, as in TryReadHot.
        long outside = offset | (_length - source.Length - offset) | (_objectMask + 1 - source.Length - inObject);
        return cacher is not null && outside >= 0 && cacher.TryWrite(_set!, offset >> _objectShift, inObject, source);
    }

    private void WriteSlow(long offset, ReadOnlySpan<byte> source)
    {
        CheckRange(offset, source.Length);
        ThrowIfClosed();
        if (source.IsEmpty)
            return;
        if (_cached is not null)
            _cached.Write(offset, source);
        else
            _direct!.Rent().WriteBlocking(offset, source);
    }

    private ValueTask WriteSlowAsync(
        long offset, ReadOnlyMemory<byte> source, VolumeWriteFlags flags, CancellationToken cancellation)
    {
        CheckRange(offset, source.Length);
        ThrowIfClosed();
        if (source.IsEmpty)
            return ValueTask.CompletedTask;
        return _cached is not null
            ? _cached.WriteAsync(offset, new ReadOnlySequence<byte>(source), OptionsOf(flags), cancellation)
            : _direct!.Rent().Write(offset, source, (flags & VolumeWriteFlags.Fua) != 0);
    }
}
