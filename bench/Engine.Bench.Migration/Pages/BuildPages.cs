using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>Pages made of the sample, sealed.</summary>
internal sealed class BuildPages() : DirectoryContender("pages, made and sealed")
{
    private readonly MetadataPagePool _pool = new(64 << 20);
    private PageChain? _chain;

    public override void Run() => _chain = PageMaker.Make(_pool);

    public override void Clean() => _chain!.Dispose();

    public override void Dispose()
    {
        _pool.Dispose();
        base.Dispose();
    }
}
