using Engine.Buffers;

namespace Engine.Volumes;

/// <content>Requests whose memory is blocks of a pool: without a cache an aligned one is transferred without a copy.</content>
public sealed partial class Volume
{
    /// <summary>Fills the blocks of a list from the image. The list stays the caller's, and must not be touched until the request
    /// completes. Without a cache, bytes go straight from the store to the blocks where the offset, the length and every segment
    /// are multiples of the store's read alignment; blocks of a pool that was registered with the device cost least.</summary>
    /// <returns>Bytes read: fewer than the list's length only at the end of the image, 0 there.</returns>
    /// <remarks>Starting may block as in <see cref="ReadAsync(long, Memory{byte}, CancellationToken)"/>.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative, or the list is longer than a request may be:
    /// 2147483647 bytes.</exception>
    /// <exception cref="ArgumentException">A segment of the list is of the pool's shared zero block, which is never
    /// written.</exception>
    /// <exception cref="VolumeException">The store failed; the blocks' content is undefined.</exception>
    public ValueTask<int> ReadAsync(long offset, BufferList destination, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        int length = Clip(offset, CheckLength(destination, nameof(destination)));
        CheckWritable(destination, nameof(destination));
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellation);
        ThrowIfClosed();
        if (length == 0)
            return new ValueTask<int>(0);
        return _cached is not null
            ? _cached.ReadAsync(offset, destination, length, cancellation)
            : _direct!.Rent().Read(offset, destination, length);
    }

    /// <summary>Writes the blocks of a list. The list stays the caller's, and must not be changed until the request completes.
    /// Without a cache an aligned request is transferred without a copy, as in a read.</summary>
    /// <remarks>Starting may block as in
    /// <see cref="WriteAsync(long, ReadOnlyMemory{byte}, VolumeWriteFlags, CancellationToken)"/>.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie in the image, or the list is longer than a request
    /// may be, 2147483647 bytes; nothing was written.</exception>
    /// <exception cref="VolumeException">The store failed.</exception>
    public ValueTask WriteAsync(
        long offset,
        BufferList source,
        VolumeWriteFlags flags = VolumeWriteFlags.None,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        CheckLength(source, nameof(source));
        if (_cached is not null)
            return WriteAsync(offset, source.AsReadOnlySequence(), flags, cancellation);
        CheckRange(offset, source.Length);
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        ThrowIfClosed();
        return source.Length == 0
            ? ValueTask.CompletedTask
            : _direct!.Rent().Write(offset, source, (flags & VolumeWriteFlags.Fua) != 0);
    }

    private void CheckWritable(BufferList list, string parameter)
    {
        BufferHandle zeros = list.Pool.ZeroBlock;
        for (int i = 0; i < list.SegmentCount; i++)
        {
            if (list[i].Handle == zeros)
                throw VolumeErrors.SharedZeroes(Name, parameter);
        }
    }

    private int CheckLength(BufferList list, string parameter) =>
        list.Length <= int.MaxValue ? (int)list.Length : throw VolumeErrors.TooLong(Name, list.Length, parameter);
}
