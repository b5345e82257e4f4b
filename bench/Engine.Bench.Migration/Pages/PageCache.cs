using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>A rank's cache with a root directory to take the sample into.</summary>
internal sealed class PageCache : IDisposable
{
    private const uint DirectoryMode = 0x41ED;

    private readonly MetadataCache _cache;
    private readonly NodeId _root;
    private Dir? _dir;

    public PageCache(MetadataPagePool pool)
    {
        _cache = new MetadataCache(new RankId(0), pool, epoch: 1, checks: false);
        PageMaker.Check(_cache.TryAddBase(Ino.Root, DirectoryMode, isAuth: true, out _root));
    }

    public void Take(PageChain chain) => PageMaker.Check(_cache.TryAdopt(_root, Frag.Root, chain, out _dir));

    public void Drop() => _cache.Close(_dir!);

    public void Dispose() => _cache.Dispose();
}
