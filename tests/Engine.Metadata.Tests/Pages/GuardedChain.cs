using Engine.Buffers;

namespace Engine.Metadata.Tests;

/// <summary>A good chain's pages, each in guarded memory of exactly its size, to be damaged and put right again.</summary>
internal sealed unsafe class GuardedChain : IDisposable
{
    private readonly GuardedMemory[] _pages;
    private readonly byte[][] _good;
    private readonly nint[] _addresses;

    public GuardedChain(PageChain chain)
    {
        int count = chain.StoredPageCount;
        _pages = new GuardedMemory[count];
        _good = new byte[count][];
        _addresses = new nint[count];
        for (int i = 0; i < count; i++)
        {
            MetadataPage page = chain.Pool.Page(chain.StoredPage(i));
            _pages[i] = new GuardedMemory(page.Size);
            _pages[i].Span.Fill(0xA5);
            page.Front.CopyTo(_pages[i].Span);
            page.Directory.CopyTo(_pages[i].Span[^page.Directory.Length..]);
            _good[i] = _pages[i].Span.ToArray();
            _addresses[i] = _pages[i].Address;
        }
    }

    public int PageCount => _pages.Length;

    public Span<byte> Page(int index) => _pages[index].Span;

    public ref PageHeader Header(int index) => ref *(PageHeader*)_addresses[index];

    /// <summary>Undoes everything done to a page.</summary>
    public void Restore(int index) => _good[index].CopyTo(_pages[index].Span);

    /// <summary>Checks as a loader does: headers first, then, if they fit the memory, the chain. Sums what fits.</summary>
    public PageProblem Check(PageValidator validator, bool fixChecksums)
    {
        for (int i = 0; i < _pages.Length; i++)
        {
            PageProblem problem = PageValidator.CheckHeader(Page(i)[..PageHeader.Bytes], i, out PageExtent extent);
            if (!problem.IsNone)
                return problem;
            if (PageSize.Of(extent.SizeClass) != _pages[i].Bytes)
                return new PageProblem(PageProblemKind.Truncated, i, 0);
            if (fixChecksums)
                Header(i).Crc = new MetadataPage((byte*)_addresses[i]).ComputeCrc();
        }

        return validator.CheckChain(_addresses, PageFixture.Frag, PageKind.Dirfrag);
    }

    /// <summary>The stored form of what is there now, which has been accepted.</summary>
    public byte[] Stored()
    {
        var bytes = new List<byte>();
        for (int i = 0; i < _pages.Length; i++)
        {
            var page = new MetadataPage((byte*)_addresses[i]);
            bytes.AddRange(page.Front);
            bytes.AddRange(page.Directory);
        }

        return [.. bytes];
    }

    public void Dispose()
    {
        foreach (GuardedMemory page in _pages)
            page.Dispose();
    }
}
