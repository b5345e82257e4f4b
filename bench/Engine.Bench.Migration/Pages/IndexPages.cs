using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>A checked chain, indexed in a rank's cache: nodes, names, inode numbers.</summary>
internal sealed class IndexPages : DirectoryContender
{
    private readonly ReceivedPages _pages = new();
    private readonly PageCache _cache;
    private PageChain? _chain;

    public IndexPages()
        : base("pages") => _cache = new PageCache(_pages.Pool);

    public override void Prepare()
    {
        _pages.Receive();
        _chain = _pages.Adopt();
    }

    public override void Run() => _cache.Take(_chain!);

    public override void Clean() => _cache.Drop();

    public override void Dispose()
    {
        _cache.Dispose();
        _pages.Dispose();
        base.Dispose();
    }
}
