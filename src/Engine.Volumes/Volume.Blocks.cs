using Engine.Buffers;

namespace Engine.Volumes;

/// <content>Requests whose memory is blocks of a pool: without a cache an aligned one is transferred without a copy.</content>
public sealed partial class Volume
{
    /// <summary>Fills the blocks of a list from the image. The list stays the caller's, and must not be touched until the request
    /// completes. Without a cache, bytes go straight from the store to the blocks where the offset, the length and every segment
    /// are multiples of the store's read alignment; blocks of a pool that was registered with the device cost least.</summary>
    /// <returns>Bytes read: fewer than the list's length only at the end of the image, 0 there.</returns>
    /// <exception cref="VolumeException">The store failed; the blocks' content is undefined.</exception>
    public ValueTask<int> ReadAsync(long offset, BufferList destination, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        int length = Clip(offset, checked((int)destination.Length));
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellation);
        ThrowIfClosed();
        if (length == 0)
            return new ValueTask<int>(0);
        return _cached is not null
            ? ReadSegmentsAsync(offset, destination, length, cancellation)
            : _direct!.Rent().Read(offset, destination, length);
    }

    /// <summary>Writes the blocks of a list. The list stays the caller's, and must not be changed until the request completes.
    /// Without a cache an aligned request is transferred without a copy, as in a read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie in the image; nothing was written.</exception>
    /// <exception cref="VolumeException">The store failed.</exception>
    public ValueTask WriteAsync(
        long offset,
        BufferList source,
        VolumeWriteFlags flags = VolumeWriteFlags.None,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
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

    /// <summary>Through the cache: segment by segment, since a cached read copies anyway.</summary>
    private async ValueTask<int> ReadSegmentsAsync(
        long offset, BufferList destination, int length, CancellationToken cancellation)
    {
        int done = 0;
        for (int i = 0; done < length; i++)
        {
            BufferSegment segment = destination[i];
            int part = Math.Min(segment.Length, length - done);
            Memory<byte> memory = destination.Pool.Memory(segment.Handle).Slice(segment.Offset, part);
            await ReadAsync(offset + done, memory, cancellation).ConfigureAwait(false);
            destination.Pool.NoteWritten(segment.Handle);
            done += part;
        }

        return done;
    }
}
