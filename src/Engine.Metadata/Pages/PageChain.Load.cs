// How a chain comes into memory: copied into pages of its own, or taken over with the pages that it was received in.
//
// Ownership: pages that were rented here go back when anything is wrong; pages that were handed in stay the caller's then.
// Invariant: nothing is a chain before a validator has accepted all of it, in the memory that the chain then uses: no peer can
// change it in between.

using Engine.Buffers;

namespace Engine.Metadata;

public sealed unsafe partial class PageChain
{
    private static readonly IoError s_damaged = new(117);

    /// <summary>
    /// Reads a stored chain into pages of its own, and checks everything before it is there.
    /// </summary>
    /// <param name="pool">Where pages come from.</param>
    /// <param name="stored">The stored bytes, whole.</param>
    /// <param name="of">The dirfrag that they have to be.</param>
    /// <param name="kind">Dirfrag or base.</param>
    /// <param name="validator">Checks them.</param>
    /// <param name="chain">The chain; it reports no moves until told to whom.</param>
    /// <param name="problem">What is wrong, after EUCLEAN.</param>
    /// <returns>EUCLEAN for bytes that are not the chain; ENOMEM when the pool is exhausted.</returns>
    public static IoError TryLoad(
        MetadataPagePool pool,
        ReadOnlySpan<byte> stored,
        DirFrag of,
        PageKind kind,
        PageValidator validator,
        out PageChain? chain,
        out PageProblem problem)
    {
        var source = new SpanSource(stored);
        return TryLoad(pool, ref source, of, kind, validator, out chain, out problem);
    }

    /// <summary>The same from the bytes of a list. Where the pool has no page left, <paramref name="makeRoom"/> is asked to give
    /// some back, until it says that it cannot.</summary>
    public static IoError TryLoad(
        MetadataPagePool pool,
        BufferList stored,
        DirFrag of,
        PageKind kind,
        PageValidator validator,
        out PageChain? chain,
        out PageProblem problem,
        Func<bool>? makeRoom = null)
    {
        var source = new ListSource(stored);
        return TryLoad(pool, ref source, of, kind, validator, out chain, out problem, makeRoom);
    }

    /// <summary>
    /// Takes over pages of the pool that hold a stored chain: each as <see cref="PageValidator.CheckHeader"/> said, which must
    /// have accepted it.
    /// </summary>
    /// <param name="pool">Where the pages are from.</param>
    /// <param name="pages">The pages in stored order; the chain's on success, else still the caller's.</param>
    /// <param name="of">The dirfrag that they have to be.</param>
    /// <param name="kind">Dirfrag or base.</param>
    /// <param name="validator">Checks them.</param>
    /// <param name="chain">The chain; null when there is a problem.</param>
    public static PageProblem TryAdopt(
        MetadataPagePool pool,
        ReadOnlySpan<PageId> pages,
        DirFrag of,
        PageKind kind,
        PageValidator validator,
        out PageChain? chain)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(validator);
        chain = null;
        PageProblem problem = validator.CheckChain(pool, pages, of, kind);
        if (problem.IsNone)
            chain = AdoptChecked(pool, pages, of, kind);
        return problem;
    }

    /// <summary>The same where a validator has accepted just these pages in this order, and nobody has changed them since.
    /// </summary>
    public static PageChain AdoptChecked(MetadataPagePool pool, ReadOnlySpan<PageId> pages, DirFrag of, PageKind kind)
    {
        ArgumentNullException.ThrowIfNull(pool);
        int dataPages = 0;
        while (dataPages < pages.Length && pool.Page(pages[dataPages]).Header.Kind != PageKind.Ext)
            dataPages++;
        PageChain chain = new(pool, kind, of, pool.Page(pages[0]).Header.Epoch, null)
        {
            _pages = pages[..dataPages].ToArray(),
            _pageCount = dataPages,
            _ext = pages[dataPages..].ToArray(),
            _extCount = pages.Length - dataPages,
        };
        foreach (PageId page in pages)
        {
            chain.BytesUsed += PageSize.Of(page.SizeClass);
            pool.SetSealed(page, true);
        }

        return chain;
    }

    private static IoError TryLoad<TSource>(
        MetadataPagePool pool,
        ref TSource source,
        DirFrag of,
        PageKind kind,
        PageValidator validator,
        out PageChain? chain,
        out PageProblem problem,
        Func<bool>? makeRoom = null)
        where TSource : IPageSource, allows ref struct
    {
        ArgumentNullException.ThrowIfNull(pool);
        chain = null;
        var pages = new PageId[1];
        int count = 0;
        problem = default;
        IoError error = IoError.None;
        for (long at = 0; at < source.Length && error.IsNone; count++)
        {
            if (count == pages.Length)
                Array.Resize(ref pages, count * 2);
            error = TryLoadPage(pool, ref source, ref at, count, makeRoom, out pages[count], out problem);
        }

        if (error.IsNone)
        {
            problem = TryAdopt(pool, pages.AsSpan(0, count), of, kind, validator, out chain);
            error = problem.IsNone ? IoError.None : s_damaged;
        }

        for (int i = 0; i < count && error.Failed; i++)
        {
            if (!pages[i].IsNone)
                pool.Return(pages[i]);
        }

        return error;
    }

    private static IoError TryLoadPage<TSource>(
        MetadataPagePool pool,
        ref TSource source,
        ref long at,
        int index,
        Func<bool>? makeRoom,
        out PageId page,
        out PageProblem problem)
        where TSource : IPageSource, allows ref struct
    {
        page = default;
        Span<byte> header = stackalloc byte[PageHeader.Bytes];
        header = header[..(int)Math.Min(PageHeader.Bytes, source.Length - at)];
        source.CopyTo(at, header);
        problem = PageValidator.CheckHeader(header, index, out PageExtent extent);
        if (problem.IsNone && extent.StoredBytes > source.Length - at)
            problem = new PageProblem(PageProblemKind.Truncated, index, (int)(source.Length - at));
        if (problem.IsNone && index >= PageValidator.PagesMax)
            problem = new PageProblem(PageProblemKind.TooLarge, index, 0);
        if (!problem.IsNone)
            return s_damaged;
        while (!pool.TryRent(extent.SizeClass, out page))
        {
            if (makeRoom?.Invoke() != true)
                return IoError.NoMemory;
        }

        var memory = new Span<byte>(pool.Address(page), PageSize.Of(extent.SizeClass));
        source.CopyTo(at, memory[..extent.FrontBytes]);
        source.CopyTo(at + extent.FrontBytes, memory[^extent.DirectoryBytes..]);
        at += extent.StoredBytes;
        return IoError.None;
    }

    private readonly ref struct SpanSource(ReadOnlySpan<byte> bytes) : IPageSource
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public long Length => _bytes.Length;

        public void CopyTo(long offset, scoped Span<byte> destination) =>
            _bytes.Slice((int)offset, destination.Length).CopyTo(destination);
    }

    private readonly struct ListSource(BufferList list) : IPageSource
    {
        public long Length => list.Length;

        public void CopyTo(long offset, scoped Span<byte> destination) => list.CopyTo(offset, destination);
    }
}
