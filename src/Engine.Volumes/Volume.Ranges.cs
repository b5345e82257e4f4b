namespace Engine.Volumes;

/// <content>Requests without data: discard and write-zeroes, of any length.</content>
public sealed partial class Volume
{
    /// <summary>
    /// Says that the range's content is no longer needed, so that the store may drop it. What it reads as afterwards is the store's
    /// choice; bytes at the ends that do not fill a unit of the store are kept.
    /// </summary>
    /// <exception cref="VolumeException">The store failed. A store that cannot discard is no error.</exception>
    public ValueTask DiscardAsync(long offset, long length, CancellationToken cancellation = default)
    {
        CheckRange(offset, length);
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        ThrowIfClosed();
        int unit = _direct!.WriteAlignment;
        long start = (offset + unit - 1) & -(long)unit;
        long end = (offset + length) & -(long)unit;
        return start >= end ? ValueTask.CompletedTask : _direct.Rent().Run(DirectKind.Discard, start, end - start);
    }

    /// <summary>Makes the range read as zeros, with as little data sent to the store as it allows.</summary>
    /// <exception cref="VolumeException">The store failed.</exception>
    public ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellation = default)
    {
        CheckRange(offset, length);
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        ThrowIfClosed();
        return length == 0 ? ValueTask.CompletedTask : _direct!.Rent().Run(DirectKind.WriteZeroes, offset, length);
    }
}
