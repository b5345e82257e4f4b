using System.Buffers;
using Engine.Buffers;
using Engine.Cache;
using Engine.Objects;

namespace Engine.Volumes;

/// <content>Discard, write-zeroes, and the end.</content>
internal sealed partial class CachedPath
{
    /// <summary>Objects that one discard covers: what is asked of the store at once.</summary>
    private const int ObjectsAtOnce = 64;

    private static readonly byte[] s_zeroes = new byte[VolumeOptions.BlockBytes];

    /// <summary>Discards the whole units of the range.</summary>
    public async ValueTask DiscardAsync(long offset, long length, CancellationToken cancellation)
    {
        long start = RoundUp(offset);
        long end = RoundDown(offset + length);
        IoError error = await DropAsync(start, end, DiscardStore.Discard, cancellation).ConfigureAwait(false);
        if (error.Failed)
            throw RangeFailure("discard", offset, length, error);
    }

    /// <summary>Whole units are zeroed by the store, the ends by writes of zeros through the cache.</summary>
    public async ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellation)
    {
        long start = Math.Min(RoundUp(offset), offset + length);
        long end = Math.Max(RoundDown(offset + length), start);
        await WriteZeroesCachedAsync(offset, (int)(start - offset), cancellation).ConfigureAwait(false);
        await WriteZeroesCachedAsync(end, (int)(offset + length - end), cancellation).ConfigureAwait(false);
        IoError error = await DropAsync(start, end, DiscardStore.WriteZeroes, cancellation).ConfigureAwait(false);
        if (error.Failed)
            throw RangeFailure("write-zeroes", offset, length, error);
    }

    /// <summary>Ends the cache: flush, wait for the store, at most <paramref name="timeout"/>.</summary>
    /// <returns>The flush's error, and the bytes that could not be made durable; none when the store did not answer in
    /// time.</returns>
    public async ValueTask<(IoError Error, long Lost)> StopAsync(TimeSpan timeout)
    {
        _closes = true;
        IoError error = await HopAsync(Cacher.StopAsync(StopMode.Flush, timeout), inline: false).ConfigureAwait(false);
        return (error, Cacher.Statistics().DirtyBytes);
    }

    /// <summary>Drops a range of whole units from the cache and has the store do its part, some objects at a time.</summary>
    private async ValueTask<IoError> DropAsync(long start, long end, DiscardStore store, CancellationToken cancellation)
    {
        long partMax = Math.Min(PartBytesMax, (long)ObjectsAtOnce * _layout.ObjectSize);
        while (start < end)
        {
            cancellation.ThrowIfCancellationRequested();
            int part = (int)Math.Min(partMax, end - start);
            IoError error = await HopAsync(Drop(start, part, store), InlineContinuations).ConfigureAwait(false);
            bool advice = store == DiscardStore.Discard && (error == IoError.NotSupported || error == IoError.NoEntry);
            if (error.Failed && !advice)
                return error;
            start += part;
        }

        return IoError.None;
    }

    private ValueTask<IoError> Drop(long offset, int length, DiscardStore store)
    {
        ExtentList extents = Map(offset, length);
        ValueTask<IoError> pending = Cacher.DiscardAsync(Set, extents, DiscardMode.Invalidate, store);
        t_extents = extents;
        return pending;
    }

    private ValueTask WriteZeroesCachedAsync(long offset, int length, CancellationToken cancellation) =>
        length == 0
            ? ValueTask.CompletedTask
            : WriteAsync(offset, new ReadOnlySequence<byte>(s_zeroes, 0, length), default, cancellation);

    /// <summary>Goes on on the thread pool unless the result was there at once or the caller wants the completing thread: that
    /// may be the device's own, which must not be blocked.</summary>
    private static async ValueTask<IoError> HopAsync(ValueTask<IoError> pending, bool inline)
    {
        if (pending.IsCompleted || inline)
            return await pending.ConfigureAwait(false);
        IoError error = await pending.ConfigureAwait(false);
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return error;
    }

    private Exception RangeFailure(string verb, long offset, long length, IoError error) =>
        error == IoError.Shutdown && _closes
            ? VolumeErrors.Closed(_name)
            : VolumeErrors.Failed(_name, verb, offset, length, error);

    private long RoundUp(long value) => RoundDown(value + _alignment - 1);

    private long RoundDown(long value) => value & -(long)_alignment;
}
