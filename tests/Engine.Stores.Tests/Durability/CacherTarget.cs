using System.Buffers;
using System.IO.Pipelines;
using Engine.Buffers;
using Engine.Cache;
using Engine.Objects;
using Engine.Testing.Cache;

namespace Engine.Stores.Tests.Durability;

/// <summary>An object cache over a store, striped by hand.</summary>
internal sealed class CacherTarget : IDurabilityTarget
{
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromMinutes(10);

    private readonly ObjectCacher _cacher;
    private readonly ObjectSet _set;
    private readonly FileLayout _layout;

    public CacherTarget(IObjectBackend store, ImageDescription image, CacheSettings settings, BufferPool pool, ManualClock clock)
    {
        _layout = image.Layout;
        _cacher = new ObjectCacher(store, settings, new ObjectCacherOptions
        {
            Pool = pool,
            Clock = clock,
            Scheduler = PipeScheduler.Inline,
            InlineContinuations = true,
        });
        _set = _cacher.CreateSet(new ObjectSetOptions { Prefix = image.Prefix });
        _cacher.Start();
    }

    public long HiddenFailures => _cacher.Statistics().WritebackFailures;

    public ValueTask<IoError> Write(long offset, byte[] data, bool fua) => _cacher.WriteAsync(
        _set, Extents(offset, data.Length), new ReadOnlySequence<byte>(data), new WriteOptions { Fua = fua });

    public async ValueTask<IoError> Read(long offset, byte[] destination)
    {
        IoResult result = await _cacher.ReadAsync(_set, Extents(offset, destination.Length), destination).ConfigureAwait(false);
        return result.Error;
    }

    public async ValueTask<IoError> Flush()
    {
        Engine.Cache.FlushResult result = await _cacher.FlushSetAsync(_set).ConfigureAwait(false);
        return result.Error;
    }

    public ValueTask<IoError> Discard(long offset, int length) =>
        _cacher.DiscardAsync(_set, Extents(offset, length), DiscardMode.Invalidate, DiscardStore.Discard);

    public ValueTask<IoError> WriteZeroes(long offset, int length) =>
        _cacher.DiscardAsync(_set, Extents(offset, length), DiscardMode.Zeroed, DiscardStore.WriteZeroes);

    public ValueTask<IoError> Close()
    {
        _cacher.Audit();
        return _cacher.StopAsync(StopMode.Flush, s_stopLimit);
    }

    public void Dispose() => _cacher.Dispose();

    private ExtentList Extents(long offset, int length)
    {
        var extents = new ExtentList();
        Striper.Map(_layout, offset, length, extents);
        return extents;
    }
}
