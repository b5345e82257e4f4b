using Engine.Cache;
using Engine.Objects;
using Engine.Volumes;

namespace Engine.Bench.Data;

/// <summary>Makes caches over a <see cref="NullStore"/>, filled and clean, or with a hot set left dirty.</summary>
internal static class CacheFixture
{
    /// <summary>Objects have 4 MiB.</summary>
    public const int ObjectShift = 22;

    /// <summary>The part of an offset that lies within its object.</summary>
    public const long ObjectMask = (1 << ObjectShift) - 1;

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
        ObjectCacher cacher = OpenCacher(NoWriteback(content.Bytes), content.Bytes, out set);
        Fill(cacher, set, content, 0);
        if (!dirty && cacher.FlushAllAsync().AsTask().GetAwaiter().GetResult().Error.Failed)
            throw new IOException("the cache over nothing failed to flush");
        return cacher;
    }

    /// <summary>An empty one.</summary>
    public static ObjectCacher OpenCacher(CacheSettings settings, long storeBytes, out ObjectSet set)
    {
        var store = new NullStore(storeBytes);
        var cacher = new ObjectCacher(store, settings, new ObjectCacherOptions());
        cacher.Start();
        set = cacher.CreateSet(new ObjectSetOptions { Prefix = store.Image.Prefix });
        return cacher;
    }

    /// <summary>Settings with which so many bytes stay, dirty or not, until they are flushed.</summary>
    public static CacheSettings NoWriteback(long bytes) => new()
    {
        SizeBytes = bytes + SpareBytes,
        DirtyBytesMax = bytes + SpareBytes,
        DirtyBytesTarget = bytes + SpareBytes,
        DirtyAgeMax = s_never,
    };

    /// <summary>Writes the content from an offset on.</summary>
    public static void Fill(ObjectCacher cacher, ObjectSet set, AlignedBuffer content, long from)
    {
        var extents = new ExtentList();
        for (long at = 0; at < content.Bytes; at += AccessPattern.BlockBytes)
        {
            extents.Clear();
            Striper.Map(FileLayout.Simple(1 << ObjectShift), from + at, AccessPattern.BlockBytes, extents);
            if (cacher.Write(set, extents, content.Block(at)).Failed)
                throw new IOException("the cache over nothing refused a write");
        }
    }
}
