// Total validation of foreign pages, before anything of them is used.
//
// Order: CheckHeader on the first 64 bytes, which tells how large the page is and where its parts go; then, once all pages of the
// chain lie in memory of their full size, CheckChain. Within a page no byte is read before the header's lengths are known to lie
// inside the page, no record before its own lengths are known to lie inside the used bytes, and nothing is followed before what
// it points to is known to be a record. Any bytes give a problem or none; nothing throws, nothing outside the pages is read.
// What is accepted keeps the invariants that MetadataPage and PageChain rely on, so that they need no checks of their own.
// Ownership: scratch tables, reused from chain to chain; one validator per thread.

using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Decides whether foreign bytes are the pages of a dirfrag. Allocates only while its tables grow. Not
/// thread-safe.</summary>
public sealed unsafe partial class PageValidator : IDisposable
{
    /// <summary>Most pages of one chain: 4 GiB of the largest class.</summary>
    public const int PagesMax = 1 << 16;

    /// <summary>Chunks reached so far; each is in the table.</summary>
    private int _chunkCount;

    private readonly PageKeyTable _names = new();
    private readonly PageKeyTable _inos = new();
    private readonly PageKeyTable _chunks = new();
    private readonly UnmanagedArray<nint> _addresses = new(PageSize.ClassCount);
    private DirFrag _of;
    private PageKind _kind;
    private ulong _epoch;
    private ulong _version;
    private int _page;

    /// <summary>Checks the first bytes of a page: is it one, and how large?</summary>
    /// <param name="header">At least <see cref="PageHeader.Bytes"/> bytes, or the page is cut off.</param>
    /// <param name="page">Position of the page, for the answer.</param>
    /// <param name="extent">The page's size, when there is no problem.</param>
    public static PageProblem CheckHeader(ReadOnlySpan<byte> header, int page, out PageExtent extent)
    {
        extent = default;
        if (header.Length < PageHeader.Bytes)
            return new PageProblem(PageProblemKind.Truncated, page, header.Length);
        PageHeader fields = System.Runtime.InteropServices.MemoryMarshal.Read<PageHeader>(header);
        if (fields.Magic != PageHeader.MagicValue)
            return new PageProblem(PageProblemKind.Magic, page, 0);
        if (fields.Major != PageHeader.MajorVersion)
            return new PageProblem(PageProblemKind.Version, page, 4);
        if (fields.Kind is < PageKind.Dirfrag or > PageKind.Base)
            return new PageProblem(PageProblemKind.Record, page, 6);
        bool isHeaderGood = fields.Minor > PageHeader.MinorVersion
            ? fields.HeaderBytes >= PageHeader.Bytes && fields.HeaderBytes % RecordHeader.Unit == 0
            : fields.HeaderBytes == PageHeader.Bytes;
        if (!isHeaderGood || fields.SizeClass >= PageSize.ClassCount || fields.SlotCount > MetadataPage.SlotsMax)
            return new PageProblem(PageProblemKind.Geometry, page, 7);
        int size = PageSize.Of(fields.SizeClass);
        int directory = MetadataPage.DirectoryBytes(fields.SlotCount);
        if (fields.UsedBytes < fields.HeaderBytes || fields.UsedBytes > size - directory
            || fields.UsedBytes % RecordHeader.Unit != 0 || fields.LiveCount > fields.SlotCount)
            return new PageProblem(PageProblemKind.Geometry, page, 32);
        extent = new PageExtent(fields.SizeClass, (int)fields.UsedBytes, directory);
        return default;
    }

    /// <summary>Checks a whole chain in pages of a pool; see the other overload.</summary>
    public PageProblem CheckChain(MetadataPagePool pool, ReadOnlySpan<PageId> pages, DirFrag of, PageKind kind)
    {
        ArgumentNullException.ThrowIfNull(pool);
        if (pages.Length > _addresses.Length)
            _addresses.Grow(pages.Length);
        for (int i = 0; i < pages.Length; i++)
        {
            byte* address = pool.Address(pages[i]);
            PageProblem problem = CheckHeader(new ReadOnlySpan<byte>(address, PageHeader.Bytes), i, out PageExtent extent);
            if (problem.IsNone && extent.SizeClass != pages[i].SizeClass)
                problem = new PageProblem(PageProblemKind.Geometry, i, 7);
            if (!problem.IsNone)
                return problem;
            _addresses[i] = (nint)address;
        }

        return CheckChain(_addresses.Span[..pages.Length], of, kind);
    }

    /// <summary>Checks a whole chain in memory of its pages' full sizes, whose headers <see cref="CheckHeader"/> has
    /// accepted.</summary>
    /// <param name="pages">Addresses of the pages in stored order.</param>
    /// <param name="of">The dirfrag that they have to be.</param>
    /// <param name="kind">Dirfrag or base.</param>
    public PageProblem CheckChain(ReadOnlySpan<nint> pages, DirFrag of, PageKind kind)
    {
        if (pages.IsEmpty)
            return new PageProblem(PageProblemKind.Truncated, 0, 0);
        if (pages.Length > PagesMax)
            return new PageProblem(PageProblemKind.TooLarge, PagesMax, 0);
        _of = of;
        _kind = kind;
        _chunkCount = 0;
        PageProblem problem = CheckIdentities(pages, out int dataPages);
        int records = 0;
        for (_page = 0; _page < pages.Length && problem.IsNone; _page++)
        {
            byte* page = (byte*)pages[_page];
            problem = CheckWalk(page);
            records += ((PageHeader*)page)->LiveCount;
        }

        if (!problem.IsNone)
            return problem;
        _page = 0;
        problem = CheckDir((byte*)pages[0]);
        _names.Reset(records);
        _inos.Reset(records);
        _chunks.Reset(records);
        for (_page = 0; _page < dataPages && problem.IsNone; _page++)
            problem = CheckRecords(pages, dataPages);
        return problem.IsNone ? CheckChunkCount(pages, dataPages) : problem;
    }

    /// <summary>Frees the scratch tables.</summary>
    public void Dispose()
    {
        _names.Dispose();
        _inos.Dispose();
        _chunks.Dispose();
        _addresses.Dispose();
    }

    /// <summary>Checksums, and that the pages are those of one chain in order.</summary>
    private PageProblem CheckIdentities(ReadOnlySpan<nint> pages, out int dataPages)
    {
        dataPages = 0;
        uint lastExt = 0;
        _epoch = ((PageHeader*)pages[0])->Epoch;
        for (_page = 0; _page < pages.Length; _page++)
        {
            var header = (PageHeader*)pages[_page];
            if (new MetadataPage((byte*)header).ComputeCrc() != header->Crc)
                return Fail(PageProblemKind.Checksum, PageHeader.CrcOffset);
            bool isExt = header->Kind == PageKind.Ext;
            bool isPlaced = isExt ? header->PageNo > lastExt : header->PageNo == _page && dataPages == _page;
            if (isExt)
                lastExt = header->PageNo;
            else
                dataPages++;
            uint count = _page == 0 ? (uint)pages.Length : 0;
            if (header->PageCount != count)
                return Fail(_page == 0 ? PageProblemKind.Truncated : PageProblemKind.Identity, 24);
            if (!isPlaced || (isExt ? _page == 0 : header->Kind != _kind))
                return Fail(PageProblemKind.Identity, 20);
            if (header->Ino != _of.Ino || header->Frag != _of.Frag.Raw || header->Epoch != _epoch)
                return Fail(PageProblemKind.Identity, 8);
        }

        return default;
    }

    private PageProblem Fail(PageProblemKind kind, long offset) => new(kind, _page, (int)offset);
}
