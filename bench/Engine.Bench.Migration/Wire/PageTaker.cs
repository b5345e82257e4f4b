using System.Runtime.InteropServices;
using Engine.Buffers;
using Engine.Cluster;
using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>What is done with received pages: given back, or checked, taken into a cache and indexed, as a rank does; the cache
/// drops them then.</summary>
internal sealed class PageTaker(bool adopts) : IDisposable
{
    private const long PoolBytes = 64L << 20;

    private readonly MetadataPagePool _pool = new(PoolBytes);
    private readonly PageValidator _validator = new();
    private readonly List<PageId> _pages = [];
    private PageCache? _cache;

    /// <summary>Bytes of pages that were copied so far.</summary>
    public long PayloadBytesCopied => PagesWire.Copied(_pool);

    /// <summary>Where pages are received.</summary>
    public IPageMemory Memory => PageMemory.Of(_pool);

    /// <summary>One directory; always on one thread.</summary>
    public void Take(DirectoryPages message)
    {
        if (!adopts)
        {
            message.Pages.Dispose();
            return;
        }

        _cache ??= new PageCache(_pool);
        _pages.Clear();
        using PageParcel parcel = message.Detach();
        for (int i = 0; i < parcel.Count; i++)
            _pages.Add(_pool.Take(ClassOf(parcel[i].Pool), parcel[i].Handle));
        parcel.Surrender();
        PageProblem problem = PageChain.TryAdopt(
            _pool, CollectionsMarshal.AsSpan(_pages), SampleDirectory.Of, PageKind.Dirfrag, _validator, out PageChain? chain);
        _cache.Take(chain ?? throw new IOException($"the sample's pages are refused: {problem}"));
        _cache.Drop();
    }

    public void Dispose()
    {
        _cache?.Dispose();
        _validator.Dispose();
        _pool.Dispose();
    }

    private static int ClassOf(BufferPool pool)
    {
        int sizeClass = 0;
        while (PageSize.Of(sizeClass) != pool.BlockBytes)
            sizeClass++;
        return sizeClass;
    }
}
