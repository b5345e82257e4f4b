using System.Buffers;

namespace Engine.Volumes;

/// <content>Writes and flushes.</content>
public sealed partial class Volume
{
    /// <summary>Writes, blocking until accepted (with a cache) or written (without).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie in the image; nothing was written.</exception>
    /// <exception cref="VolumeException">The store failed.</exception>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        CheckRange(offset, source.Length);
        ThrowIfClosed();
        if (!source.IsEmpty)
            _direct!.Rent().WriteBlocking(offset, source);
    }

    /// <summary>Writes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie in the image; nothing was written.</exception>
    /// <exception cref="VolumeException">The store failed.</exception>
    public ValueTask WriteAsync(
        long offset,
        ReadOnlyMemory<byte> source,
        VolumeWriteFlags flags = VolumeWriteFlags.None,
        CancellationToken cancellation = default)
    {
        CheckRange(offset, source.Length);
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        ThrowIfClosed();
        return source.IsEmpty
            ? ValueTask.CompletedTask
            : _direct!.Rent().Write(offset, source, (flags & VolumeWriteFlags.Fua) != 0);
    }

    /// <summary>Writes a sequence of memory as one run of bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie in the image; nothing was written.</exception>
    /// <exception cref="VolumeException">The store failed.</exception>
    public ValueTask WriteAsync(
        long offset,
        ReadOnlySequence<byte> source,
        VolumeWriteFlags flags = VolumeWriteFlags.None,
        CancellationToken cancellation = default)
    {
        CheckRange(offset, source.Length);
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        ThrowIfClosed();
        return source.IsEmpty
            ? ValueTask.CompletedTask
            : _direct!.Rent().Write(offset, source, (flags & VolumeWriteFlags.Fua) != 0);
    }

    /// <summary>Makes everything durable that was written before the call.</summary>
    /// <exception cref="VolumeException">Some of it could not be written or flushed.</exception>
    public ValueTask FlushAsync(CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        ThrowIfClosed();
        return _direct!.Rent().Run(DirectKind.Flush, 0, 0);
    }

    /// <summary>Makes everything durable that was written before the call; blocks.</summary>
    /// <exception cref="VolumeException">Some of it could not be written or flushed.</exception>
    public void Flush()
    {
        ThrowIfClosed();
        _direct!.Rent().RunBlocking(DirectKind.Flush, 0, 0);
    }
}
