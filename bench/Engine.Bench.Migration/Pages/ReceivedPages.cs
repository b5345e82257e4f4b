using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>The sample directory's pages as they come from a peer: copied into pages of the pool, one chain for each
/// turn.</summary>
internal sealed unsafe class ReceivedPages : IDisposable
{
    private readonly byte[][] _fronts;
    private readonly byte[][] _directories;
    private readonly int[] _classes;

    public ReceivedPages()
    {
        using PageChain chain = PageMaker.Make(Pool);
        int count = chain.StoredPageCount;
        Pages = new PageId[count];
        _fronts = new byte[count][];
        _directories = new byte[count][];
        _classes = new int[count];
        for (int i = 0; i < count; i++)
        {
            MetadataPage page = Pool.Page(chain.StoredPage(i));
            _classes[i] = chain.StoredPage(i).SizeClass;
            _fronts[i] = page.Front.ToArray();
            _directories[i] = page.Directory.ToArray();
        }
    }

    public MetadataPagePool Pool { get; } = new(64 << 20);

    public PageValidator Validator { get; } = new();

    public PageId[] Pages { get; }

    public void Receive()
    {
        for (int i = 0; i < Pages.Length; i++)
        {
            if (!Pool.TryRent(_classes[i], out Pages[i]))
                throw new IOException("the page pool is too small");
            var page = new Span<byte>(Pool.Address(Pages[i]), PageSize.Of(_classes[i]));
            _fronts[i].CopyTo(page);
            _directories[i].CopyTo(page[^_directories[i].Length..]);
        }
    }

    /// <summary>Validates the pages and makes a chain of them.</summary>
    public PageChain Adopt()
    {
        PageProblem problem = PageChain.TryAdopt(
            Pool, Pages, SampleDirectory.Of, PageKind.Dirfrag, Validator, out PageChain? chain);
        return chain ?? throw new IOException($"the sample's pages are refused: {problem}");
    }

    public void Dispose()
    {
        Validator.Dispose();
        Pool.Dispose();
    }
}
