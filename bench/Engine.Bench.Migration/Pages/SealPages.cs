using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>What a migration does to pages that are there: their checksums.</summary>
internal sealed class SealPages : DirectoryContender
{
    private readonly MetadataPagePool _pool = new(64 << 20);
    private readonly PageChain _chain;

    public SealPages()
        : base("pages that are there, sealed") => _chain = PageMaker.Make(_pool);

    public override void Prepare() => _chain.Epoch++;

    public override void Run()
    {
        if (!_chain.TrySeal())
            throw new IOException("the page pool is too small");
    }

    public override void Dispose()
    {
        _chain.Dispose();
        _pool.Dispose();
        base.Dispose();
    }
}
