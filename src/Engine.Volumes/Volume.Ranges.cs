namespace Engine.Volumes;

/// <content>Requests without data: discard and write-zeroes, of any length.</content>
public sealed partial class Volume
{
    /// <summary>Says that the range's content is no longer needed, so that the store may drop it. What it reads as afterwards
    /// is the store's choice; bytes at the ends that do not fill a unit of the store are kept.</summary>
    /// <exception cref="VolumeException">The store failed. A store that cannot discard is no error.</exception>
    public ValueTask DiscardAsync(long offset, long length, CancellationToken cancellation = default)
    {
        CheckRange(offset, length);
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        ThrowIfClosed();
        return _cached is not null
            ? _cached.DiscardAsync(offset, length, cancellation)
            : DiscardDirect(_direct!, offset, length);
    }

    /// <summary>Makes the range read as zeros, with as little data sent to the store as it allows. With a cache it waits for a
    /// flush of the store where thousands of zeroed ranges wait for one already.</summary>
    /// <exception cref="VolumeException">The store failed: the range's content is undefined, what was written to it and not
    /// flushed may be gone.</exception>
    public ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellation = default)
    {
        CheckRange(offset, length);
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        ThrowIfClosed();
        if (length == 0)
            return ValueTask.CompletedTask;
        return _cached is not null
            ? _cached.WriteZeroesAsync(offset, length, cancellation)
            : _direct!.Rent().Run(DirectKind.WriteZeroes, offset, length);
    }

    private static ValueTask DiscardDirect(DirectPath direct, long offset, long length)
    {
        int unit = direct.WriteAlignment;
        long start = (offset + unit - 1) & -(long)unit;
        long end = (offset + length) & -(long)unit;
        return start >= end ? ValueTask.CompletedTask : direct.Rent().Run(DirectKind.Discard, start, end - start);
    }
}
