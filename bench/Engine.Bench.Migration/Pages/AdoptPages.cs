namespace Engine.Bench.Migration;

/// <summary>Received pages, checked, taken over and indexed in a rank's cache.</summary>
internal sealed class AdoptPages : DirectoryContender
{
    private readonly ReceivedPages _pages = new();
    private readonly PageCache _cache;

    public AdoptPages()
        : base("pages") => _cache = new PageCache(_pages.Pool);

    public override void Prepare() => _pages.Receive();

    public override void Run() => _cache.Take(_pages.Adopt());

    public override void Clean() => _cache.Drop();

    public override void Dispose()
    {
        _cache.Dispose();
        _pages.Dispose();
        base.Dispose();
    }
}
