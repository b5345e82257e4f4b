// Opening and the end of a volume.
//
// Closing runs once: the first caller closes, later ones wait for it and get its outcome. The order matters: refuse new
// requests, write back and flush, wait for requests under way, and only then free the pool, so that no transfer finds its
// memory gone.
// After a failed close the volume is closed all the same: what could not be flushed is lost, and the error says so. A caller
// that wants to try again flushes before it closes, or resumes a volume that failed: closing one writes nothing.

using Engine.Buffers;
using Engine.Objects;

namespace Engine.Volumes;

/// <content>Opening, closing, statistics.</content>
public sealed partial class Volume
{
    /// <summary>A little less than the longest time that a timer takes.</summary>
    private static readonly TimeSpan s_timerMax = TimeSpan.FromDays(49);

    private TaskCompletionSource? _closing;

    private Volume(IObjectBackend store, ImageDescription image, VolumeOptions options)
    {
        _options = options;
        Image = image;
        _length = image.LengthBytes;
        _map = new ImageMap(image.Layout);
        BufferPool pool = options.Pool ?? (OwnedPool = options.CreatePool());
        if (options.Cached)
        {
            _cached = new CachedPath(store, image, pool, options);
            _set = _cached.Set;
        }
        else
        {
            _direct = new DirectPath(store, image, pool, options.Name, options.InlineContinuations);
        }

        if (_map.Shift >= 0)
        {
            _objectShift = _map.Shift;
            _objectMask = image.Layout.ObjectSize - 1L;
            _hot = _cached?.Cacher;
        }

        _meter = new VolumeMeter(this);
    }

    /// <summary>Opens an image of <paramref name="store"/>, which stays the caller's and must outlive the volume.</summary>
    /// <exception cref="VolumeException">The options cannot work with this image, store or machine: one line says which, and
    /// what would.</exception>
    public static Volume Open(IObjectBackend store, ImageDescription image, VolumeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(image);
        options ??= new VolumeOptions();
        options.Validate(store.Capabilities, image);
        return new Volume(store, image, options);
    }

    /// <summary>A snapshot of the counters; also after closing.</summary>
    public VolumeStatistics Statistics() => new()
    {
        Cache = _cached?.Cacher.Statistics(),
        Direct = _direct?.Statistics(),
    };

    /// <summary>Refuses new requests, makes everything written durable, waits for requests under way and frees what the volume
    /// owns. Later calls return the first one's outcome.</summary>
    /// <exception cref="VolumeException">Something written could not be made durable; the volume is closed nevertheless. Of one
    /// that failed (<see cref="Failure"/>) nothing is written any more, and what was kept is lost. ETIMEDOUT when the store did
    /// not answer within <see cref="VolumeOptions.CloseTimeout"/>.</exception>
    public ValueTask CloseAsync()
    {
        TaskCompletionSource mine = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource? first = Interlocked.CompareExchange(ref _closing, mine, null);
        return first is null ? CloseFirstAsync(mine) : new ValueTask(first.Task);
    }

    /// <summary>Closes as <see cref="CloseAsync"/> does, errors included, and blocks meanwhile. Does nothing more than wait
    /// when the volume is closed or closing: the closer gets the error.</summary>
    public void Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Closes as <see cref="CloseAsync"/> does, errors included; after that call, does nothing more than wait: the
    /// closer gets the error.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Volatile.Read(ref _closing) is { } closing)
            await closing.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        else
            await CloseAsync().ConfigureAwait(false);
    }

    private async ValueTask CloseFirstAsync(TaskCompletionSource mine)
    {
        try
        {
            _closed = true;
            _hot = null;
            await CloseCoreAsync().ConfigureAwait(false);
            mine.SetResult();
        }
        catch (Exception failure)
        {
            mine.SetException(failure);
            _ = mine.Task.Exception;
            throw;
        }
    }

    private async Task CloseCoreAsync()
    {
        try
        {
            if (_cached is not null)
                await CloseCachedAsync(_cached).ConfigureAwait(false);
            else
                await CloseDirectAsync(_direct!).ConfigureAwait(false);
        }
        finally
        {
            _meter.Dispose();
        }
    }

    private async Task CloseCachedAsync(CachedPath cached)
    {
        (IoError error, long lost) = await cached.StopAsync(_options.CloseTimeout).ConfigureAwait(false);

        // Frees an owned pool too: where the store did not answer in time, once its last answer has come.
        cached.Cacher.Dispose();
        if (error.Failed)
            throw lost > 0 ? VolumeErrors.Lost(Name, lost, error) : VolumeErrors.Failed(Name, "flush at close", error);
    }

    private async Task CloseDirectAsync(DirectPath direct)
    {
        Task<IoError> end = direct.CloseAsync();
        try
        {
            TimeSpan limit = _options.CloseTimeout < s_timerMax ? _options.CloseTimeout : Timeout.InfiniteTimeSpan;
            await end.WaitAsync(limit, _options.Clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The store may still use the pool's memory: it is left alone until the last request is over.
            _ = end.ContinueWith(_ => OwnedPool?.Dispose(), TaskScheduler.Default);
            throw VolumeErrors.Failed(Name, "close", IoError.TimedOut);
        }

        OwnedPool?.Dispose();
        IoError error = await end.ConfigureAwait(false);
        if (error.Failed)
            throw VolumeErrors.Failed(Name, "flush at close", error);
    }
}
