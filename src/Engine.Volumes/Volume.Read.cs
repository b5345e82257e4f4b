using System.Runtime.CompilerServices;
using Engine.Cache;

namespace Engine.Volumes;

/// <content>Reads.</content>
public sealed partial class Volume
{
    /// <summary>Reads, blocking until done.</summary>
    /// <returns>Bytes read: fewer than asked for only at the end of the image, 0 there.</returns>
    /// <exception cref="VolumeException">The store failed.</exception>
    public int Read(long offset, Span<byte> destination) =>
        TryReadHot(offset, destination) ? destination.Length : ReadSlow(offset, destination);

    /// <summary>Reads without waiting: false when any byte would have to come from the store, when the range ends past the image,
    /// and always without a cache. After false the destination's content is undefined.</summary>
    public bool TryRead(long offset, Span<byte> destination) =>
        TryReadHot(offset, destination) || TryReadSlow(offset, destination);

    /// <summary>Reads. A hit completes at once. Cancelling lets the caller go where a cache waits for the store; without a
    /// cache, a request that was handed to the store completes.</summary>
    /// <remarks>A request that goes to the store may block while it is handed over, until the device's queue has room; a
    /// continuation on the device's own thread never does.</remarks>
    /// <returns>Bytes read: fewer than asked for only at the end of the image, 0 there.</returns>
    /// <exception cref="VolumeException">The store failed.</exception>
    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellation = default) =>
        TryReadHot(offset, destination.Span)
            ? new ValueTask<int>(destination.Length)
            : ReadSlowAsync(offset, destination, cancellation);

    /// <summary>The hot half: one object, all of it cached.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReadHot(long offset, Span<byte> destination)
    {
        ObjectCacher? cacher = _hot;
        long inObject = offset & _objectMask;

        // One sign bit for all: before the image, past its end, past the object's end.
        long outside = offset | (_length - destination.Length - offset) | (_objectMask + 1 - destination.Length - inObject);
        return cacher is not null && outside >= 0 && cacher.TryRead(_set!, offset >> _objectShift, inObject, destination);
    }

    private int ReadSlow(long offset, Span<byte> destination)
    {
        int length = Clip(offset, destination.Length);
        ThrowIfClosed();
        if (length == 0)
            return 0;
        if (_cached is not null)
            _cached.Read(offset, destination[..length]);
        else
            _direct!.Rent().ReadBlocking(offset, destination[..length]);
        return length;
    }

    private ValueTask<int> ReadSlowAsync(long offset, Memory<byte> destination, CancellationToken cancellation)
    {
        int length = Clip(offset, destination.Length);
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellation);
        ThrowIfClosed();
        if (length == 0)
            return new ValueTask<int>(0);
        return _cached is not null
            ? _cached.ReadAsync(offset, destination[..length], cancellation)
            : _direct!.Rent().Read(offset, destination[..length]);
    }

    /// <summary>What the hot half does not take: several objects, or a layout without a shift.</summary>
    private bool TryReadSlow(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ThrowIfClosed();
        if (_cached is null || destination.Length > _length - offset)
            return false;
        while (!destination.IsEmpty)
        {
            _map.Locate(offset, out long objectNumber, out long objectOffset, out long run);
            int part = (int)Math.Min(run, destination.Length);
            if (!_cached.Cacher.TryRead(_cached.Set, objectNumber, objectOffset, destination[..part]))
                return false;
            destination = destination[part..];
            offset += part;
        }

        return true;
    }
}
