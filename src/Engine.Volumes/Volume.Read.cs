namespace Engine.Volumes;

/// <content>Reads.</content>
public sealed partial class Volume
{
    /// <summary>Reads, blocking until done.</summary>
    /// <returns>Bytes read: fewer than asked for only at the end of the image, 0 there.</returns>
    /// <exception cref="VolumeException">The store failed.</exception>
    public int Read(long offset, Span<byte> destination)
    {
        int length = Clip(offset, destination.Length);
        ThrowIfClosed();
        if (length == 0)
            return 0;
        _direct!.Rent().ReadBlocking(offset, destination[..length]);
        return length;
    }

    /// <summary>Reads without waiting: false when any byte would have to come from the store, and always without a cache.</summary>
    public bool TryRead(long offset, Span<byte> destination)
    {
        ThrowIfClosed();
        return false;
    }

    /// <summary>Reads. A hit completes at once.</summary>
    /// <returns>Bytes read: fewer than asked for only at the end of the image, 0 there.</returns>
    /// <exception cref="VolumeException">The store failed.</exception>
    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellation = default)
    {
        int length = Clip(offset, destination.Length);
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellation);
        ThrowIfClosed();
        return length == 0 ? new ValueTask<int>(0) : _direct!.Rent().Read(offset, destination[..length]);
    }
}
