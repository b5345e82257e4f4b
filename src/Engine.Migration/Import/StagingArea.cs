// Pages of a region that came ahead of it.
//
// Ownership: owns its pages, until a chain takes them over or they are given back. The cache indexes them as they come, where
// nothing of them is known to it, and keeps that apart: nobody is served from them, and they are gone with the import. Their
// memory counts as the cache's.
// Invariants: every page is one of the chain of one dirfrag, under the number that the exporter gave it; a chain that is kept was
// accepted by a validator with just these pages, which nobody can change since, and so was what the cache made ready of it.

using System.Runtime.InteropServices;
using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Keeps pages of a region before it is frozen. Source: migrator specification, 8.4.</summary>
/// <param name="cache">Makes ready what came.</param>
/// <param name="bytesMax">Most bytes of pages.</param>
internal sealed class StagingArea(MetadataCache cache, long bytesMax) : IDisposable
{
    private readonly MetadataPagePool _pool = cache.Pool;
    private readonly Dictionary<DirFrag, Chain> _chains = [];
    private readonly Dictionary<ulong, Held> _pages = [];

    /// <summary>Most bytes of pages.</summary>
    public long BytesMax => bytesMax;

    /// <summary>Bytes of the pages, free room included.</summary>
    public long Bytes { get; private set; }

    /// <summary>Takes pages that came.</summary>
    /// <param name="dirs">What they are of.</param>
    /// <param name="arrived">The pages, which are not the caller's any more, whatever is wrong.</param>
    /// <param name="validator">Checks them.</param>
    /// <param name="news">Gets what is to be written down of them.</param>
    /// <returns>Why not; what is kept then is of no use.</returns>
    public MigrationRefusal TryStage(
        IReadOnlyList<ExportedDir> dirs, List<PageId> arrived, PageValidator validator, List<ArrivingDir> news)
    {
        ReadOnlySpan<PageId> left = CollectionsMarshal.AsSpan(arrived);
        bool isGood = true;
        for (int i = 0; i < dirs.Count && isGood; i++)
        {
            isGood = TryCompose(dirs[i], ref left, out PageId[] pages)
                && validator.CheckChain(_pool, pages, dirs[i].Name, PageKind.Dirfrag).IsNone;
            if (!isGood)
                break;
            Chain chain = new(pages, NumbersOf(dirs[i]), null);
            Keep(dirs[i].Name, chain);
            _chains[dirs[i].Name] = chain with { Ready = cache.TryMakeReady(pages, dirs[i].Name) };
            news.Add(NewsOf(dirs[i], pages));
        }

        isGood &= left.IsEmpty;
        foreach (PageId page in left)
            _pool.Return(page);
        return !isGood ? MigrationRefusal.Damaged : Bytes > bytesMax ? MigrationRefusal.TooBig : MigrationRefusal.None;
    }

    /// <summary>What came of a dirfrag is of no use any more.</summary>
    public void Forget(DirFrag name, List<ArrivingDir> news)
    {
        Keep(name, new Chain([], [], null));
        news.Add(new ArrivingDir(name, []));
    }

    /// <summary>What came of the dirfrags that are left is of no use any more.</summary>
    public void ForgetRest(List<ArrivingDir> news)
    {
        foreach (DirFrag name in _chains.Keys.ToList())
            Forget(name, news);
        Dispose();
    }

    /// <summary>Makes a dirfrag of what came ahead of it and what comes now.</summary>
    /// <param name="dir">All its pages.</param>
    /// <param name="arrived">Pages that come now; those of the dirfrag are taken off, and are not the caller's any more.</param>
    /// <param name="validator">Checks what is new.</param>
    /// <param name="news">Gets what is to be written down of it.</param>
    /// <returns>The caller's; null where it is damaged.</returns>
    public ArrivedDir? TryTake(
        ExportedDir dir, ref ReadOnlySpan<PageId> arrived, PageValidator validator, List<ArrivingDir> news)
    {
        if (!TryCompose(dir, ref arrived, out PageId[] pages))
            return null;
        bool isKnown = _chains.TryGetValue(dir.Name, out Chain known) && known.Pages.AsSpan().SequenceEqual(pages);
        bool isGood = isKnown || validator.CheckChain(_pool, pages, dir.Name, PageKind.Dirfrag).IsNone;
        if (!isKnown)
            Keep(dir.Name, new Chain(pages, NumbersOf(dir), null));
        if (!isGood)
            return null;
        _chains.Remove(dir.Name);
        foreach (ExportedPage page in dir.Pages)
            Drop(page.Stamp.Number);
        if (!isKnown)
            news.Add(NewsOf(dir, pages));
        Dir? ready = isKnown && known.Ready is { IsComing: true } ? known.Ready : null;
        PageChain? chain = ready is null ? PageChain.AdoptChecked(_pool, pages, dir.Name, PageKind.Dirfrag) : null;
        return new ArrivedDir(dir.Name, chain, ready);
    }

    /// <summary>Gives back all that is left; what was made ready bit by bit, since there may be much of it.</summary>
    public void Dispose()
    {
        foreach (Chain chain in _chains.Values)
        {
            if (chain.Ready is not { IsComing: true } ready)
                continue;
            foreach (ulong number in chain.Numbers)
                Drop(number);
            cache.Dismiss(ready);
        }

        foreach (Held held in _pages.Values)
            _pool.Return(held.Page);
        _pages.Clear();
        _chains.Clear();
        Bytes = 0;
    }

    private static ulong[] NumbersOf(ExportedDir dir)
    {
        var numbers = new ulong[dir.Pages.Count];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = dir.Pages[i].Stamp.Number;
        return numbers;
    }

    private static ArrivingDir NewsOf(ExportedDir dir, PageId[] pages)
    {
        var news = new ArrivingPage[pages.Length];
        for (int i = 0; i < pages.Length; i++)
            news[i] = new ArrivingPage(dir.Pages[i].Stamp.Number, pages[i], dir.Pages[i].IsHere);
        return new ArrivingDir(dir.Name, news);
    }

    /// <summary>Finds the pages of a dirfrag; those that came now are the area's from here on, wherever it ends.</summary>
    private bool TryCompose(ExportedDir dir, ref ReadOnlySpan<PageId> arrived, out PageId[] pages)
    {
        pages = new PageId[dir.Pages.Count];
        for (int i = 0; i < pages.Length; i++)
        {
            ExportedPage page = dir.Pages[i];
            if (page.IsHere)
            {
                bool isNew = !arrived.IsEmpty && _pages.TryAdd(page.Stamp.Number, new Held(arrived[0], dir.Name));
                if (!isNew)
                    return false;
                Bytes += PageSize.Of(arrived[0].SizeClass);
                arrived = arrived[1..];
            }

            if (!_pages.TryGetValue(page.Stamp.Number, out Held held) || held.Of != dir.Name
                || _pool.Page(held.Page).Header.Crc != page.Stamp.Crc)
                return false;
            pages[i] = held.Page;
        }

        return true;
    }

    /// <summary>A chain takes the place of what is kept of its dirfrag: pages that it does not have are given back.</summary>
    private void Keep(DirFrag name, Chain chain)
    {
        if (_chains.Remove(name, out Chain before))
        {
            if (before.Ready is { IsComing: true } ready)
                cache.GiveUp(ready);
            foreach (ulong number in before.Numbers.Except(chain.Numbers))
            {
                PageId page = _pages[number].Page;
                Drop(number);
                _pool.Return(page);
            }
        }

        if (chain.Pages.Length > 0)
            _chains.Add(name, chain);
    }

    private void Drop(ulong number)
    {
        if (_pages.Remove(number, out Held held))
            Bytes -= PageSize.Of(held.Page.SizeClass);
    }

    private readonly record struct Held(PageId Page, DirFrag Of);

    private readonly record struct Chain(PageId[] Pages, ulong[] Numbers, Dir? Ready);
}
