using Engine.Cache;
using Engine.Objects;
using Engine.Volumes;

namespace Engine.Bench.Data;

/// <summary>Makes caches over a <see cref="NullStore"/>, filled and clean, or with a hot set left dirty.</summary>
internal static class CacheFixture
{
    /// <summary>Room beyond the data, so that nothing measured here evicts.</summary>
    private const long SpareBytes = 64L << 20;

    /// <summary>No writeback by age while a measurement runs.</summary>
    private static readonly TimeSpan s_never = TimeSpan.FromHours(1);

    /// <summary>A volume that has all of the content cached; dirty where <paramref name="dirty"/>.</summary>
    public static Volume OpenVolume(AlignedBuffer content, bool dirty)
    {
        var store = new NullStore(content.Bytes);
        long cacheBytes = content.Bytes + SpareBytes;
        Volume volume = Volume.Open(store, store.Image, new VolumeOptions
        {
            CacheBytes = cacheBytes,
            DirtyBytesMax = cacheBytes,
            DirtyBytesTarget = cacheBytes,
            DirtyAgeMax = s_never,
        });
        for (long at = 0; at < content.Bytes; at += AccessPattern.BlockBytes)
            volume.Write(at, content.Block(at));
        if (!dirty)
            volume.Flush();
        return volume;
    }

    /// <summary>The same one layer down.</summary>
    public static ObjectCacher OpenCacher(AlignedBuffer content, bool dirty, out ObjectSet set)
    {
        var store = new NullStore(content.Bytes);
        long cacheBytes = content.Bytes + SpareBytes;
        var settings = new CacheSettings
        {
            SizeBytes = cacheBytes,
            DirtyBytesMax = cacheBytes,
            DirtyBytesTarget = cacheBytes,
            DirtyAgeMax = s_never,
        };
        var cacher = new ObjectCacher(store, settings, new ObjectCacherOptions());
        cacher.Start();
        set = cacher.CreateSet(new ObjectSetOptions { Prefix = store.Image.Prefix });
        var extents = new ExtentList();
        for (long at = 0; at < content.Bytes; at += AccessPattern.BlockBytes)
        {
            extents.Clear();
            Striper.Map(store.Image.Layout, at, AccessPattern.BlockBytes, extents);
            if (cacher.Write(set, extents, content.Block(at)).Failed)
                throw new IOException("the cache over nothing refused a write");
        }

        if (!dirty && cacher.FlushAllAsync().AsTask().GetAwaiter().GetResult().Error.Failed)
            throw new IOException("the cache over nothing failed to flush");
        return cacher;
    }
}
