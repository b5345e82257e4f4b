// Where records go, and how a chain grows and shrinks.
//
// Growth: a new page is of a class that is at most 1/16 of the chain, so that its free room is small beside the rest. Before a
// fourth page of a class would come, the pages of that class (and of the next, if there are three too) become one page of the
// next: a small chain moves a record at most three times in its life, a large one begins with the largest class. Where it is
// known how many records come, the chain takes at once the shape that it would come to.
// Shrinking: a page that is left with less than a quarter goes to one with room, or to a page of the class below.

using Engine.Buffers;

namespace Engine.Metadata;

public sealed unsafe partial class PageChain
{
    /// <summary>A chain is at least so many times as large as the page added to it, but for the smallest class.</summary>
    private const int GrowthRatio = 16;

    /// <summary>
    /// A page, ready to be written to, with room for so many records of so many bytes together; not <paramref name="except"/>.
    /// </summary>
    private bool TryPlace(int bytes, int records, PageId except, out PageId page, int coming = 1)
    {
        page = _hint;
        if (!page.IsNone && page != except && _pool.Page(page).HasRoomFor(bytes, records))
            return TryOwn(ref page);
        for (int i = _pageCount - 1; i >= 0; i--)
        {
            page = _pages[i];
            if (page == except || !_pool.Page(page).HasRoomFor(bytes, records))
                continue;
            if (!TryOwn(ref page))
                return false;
            _hint = page;
            return true;
        }

        if (!TryGrow(bytes, records, except, coming, out page))
            return false;
        _hint = page;
        return true;
    }

    private bool TryGrow(int bytes, int records, PageId except, int coming, out PageId page)
    {
        int least = 0;
        while (!FitsEmptyPage(least, bytes, records))
            least++;
        int sizeClass = least;
        while (sizeClass < PageSize.ClassCount - 1 && PageSize.Of(sizeClass + 1) <= BytesUsed / GrowthRatio)
            sizeClass++;
        int merged = sizeClass;
        while (merged < PageSize.ClassCount - 1 && CountOf(merged) + PagesFor(merged, bytes, coming) >= PageSize.Ratio)
            merged++;
        if (merged > sizeClass && TryMerge(sizeClass, merged, bytes, records, except, out page))
            return true;
        // What is coming fills the larger page without what is there.
        if (coming > 1 && merged > sizeClass && TryAppendPage(merged, out page))
            return true;
        for (; sizeClass >= least; sizeClass--)
        {
            if (TryAppendPage(sizeClass, out page))
                return true;
        }

        page = default;
        return false;
    }

    /// <summary>Moves the pages of classes from <paramref name="first"/> to below <paramref name="target"/> into one page of that
    /// class, as far as they leave room for what is to be added.</summary>
    private bool TryMerge(int first, int target, int bytes, int records, PageId except, out PageId page)
    {
        // The first page's records come first: its directory record has to become slot 0 again.
        if (!_pool.TryRent(target, out page))
            return false;
        MetadataPage into = MetadataPage.Format(_pool.Address(page), target, _kind, Of, Epoch);
        int kept = 0;
        int at = -1;
        for (int i = 0; i < _pageCount; i++)
        {
            PageId old = _pages[i];
            MetadataPage from = _pool.Page(old);
            bool moves = old.SizeClass >= first && old.SizeClass < target && old != except
                && into.HasRoomFor(ContentBytes(from) + bytes, from.LiveCount + records);
            if (!moves)
            {
                _pages[kept++] = old;
                continue;
            }

            MoveAll(old, page);
            if (at < 0)
            {
                at = kept;
                _pages[kept++] = page;
            }

            Release(old);
        }

        if (at < 0)
        {
            _pool.Return(page);
            return false;
        }

        _pageCount = kept;
        BytesUsed += PageSize.Of(target);
        return true;
    }

    /// <summary>After something was removed from a page: lets an empty page go, and moves the rest of a nearly empty
    /// one.</summary>
    private void Tidy(PageId page)
    {
        MetadataPage view = _pool.Page(page);
        int index = _pages.AsSpan(0, _pageCount).IndexOf(page);
        if (view.LiveCount == 0 && index != 0)
        {
            RemovePage(index);
            return;
        }

        if (page.SizeClass == 0 || view.LiveBytes >= view.Size / PageSize.Ratio)
            return;
        int content = ContentBytes(view);
        for (int i = 0; i < _pageCount && index != 0; i++)
        {
            PageId other = _pages[i];
            if (i == index || _pool.IsShared(other) || !_pool.Page(other).HasRoomFor(content, view.LiveCount))
                continue;
            _pool.SetSealed(other, false);
            MoveAll(page, other);
            RemovePage(index);
            return;
        }

        // Without room for a smaller page the large one just stays.
        if (!_pool.TryRent(page.SizeClass - 1, out PageId smaller))
            return;
        MetadataPage.Format(_pool.Address(smaller), smaller.SizeClass, _kind, Of, Epoch);
        MoveAll(page, smaller);
        _pages[index] = smaller;
        BytesUsed += PageSize.Of(smaller.SizeClass);
        Release(page);
    }

    /// <summary>Moves a record with its items to a page that has more room than they need; slot 0 of the first page
    /// stays.</summary>
    private bool TryRelocate(ref RecordRef at, int moreBytes, int moreRecords)
    {
        GroupSize(at, out int bytes, out int records);
        if (!TryPlace(bytes + moreBytes, records + moreRecords, at.Page, out PageId to))
            return false;
        RecordRef from = at;
        at = MoveRecord(from, to);
        FreeGroup(from);
        Tidy(from.Page);
        return true;
    }

    /// <summary>Copies every record of a page to another, which has room, and tells who has to know.</summary>
    private void MoveAll(PageId from, PageId to)
    {
        foreach (int slot in _pool.Page(from).Slots)
        {
            if (_pool.Page(from).Record(slot)->Kind != RecordKind.Ext)
                MoveRecord(new RecordRef(from, (ushort)slot), to);
        }
    }

    /// <summary>Copies a record and its items; the old ones stay for the caller to free.</summary>
    private RecordRef MoveRecord(RecordRef from, PageId to)
    {
        var moved = new RecordRef(to, CopyRecord(from, to));
        ushort next = *ExtHeadOf(_pool.Page(from.Page).Record(from.Slot));
        ushort previous = 0;
        while (next != 0)
        {
            var source = new RecordRef(from.Page, (ushort)(next - 1));
            ushort slot = CopyRecord(source, to);
            MetadataPage page = _pool.Page(to);
            var item = (ExtRecord*)page.Record(slot);
            next = item->Next;
            item->Owner = moved.Slot;
            item->Next = 0;
            if (previous == 0)
                *ExtHeadOf(page.Record(moved.Slot)) = (ushort)(slot + 1);
            else
                ((ExtRecord*)page.Record(previous - 1))->Next = (ushort)(slot + 1);
            previous = (ushort)(slot + 1);
        }

        Moves?.RecordMoved(from, moved);
        return moved;
    }

    private ushort CopyRecord(RecordRef from, PageId to)
    {
        RecordHeader* source = _pool.Page(from.Page).Record(from.Slot);
        int bytes = source->TotalBytes;
        MetadataPage page = _pool.Page(to);
        bool isAdded = page.TryAdd(source->Kind, source->FixedBytes, bytes - source->FixedBytes, out ushort slot);
        Invariant.That(isAdded);
        RecordHeader* copy = page.Record(slot);
        Buffer.MemoryCopy(source, copy, bytes, bytes);
        copy->Slot = slot;
        return slot;
    }

    /// <summary>Makes a page ready to be written to; see <see cref="TryWrite"/>.</summary>
    private bool TryOwn(ref PageId page)
    {
        if (_pool.IsShared(page) && !TryClone(ref page))
            return false;
        _pool.SetSealed(page, false);
        return true;
    }

    private bool TryClone(ref PageId page)
    {
        if (!_pool.TryRent(page.SizeClass, out PageId clone))
            return false;
        MetadataPage from = _pool.Page(page);
        byte* start = _pool.Address(clone);
        from.Front.CopyTo(new Span<byte>(start, from.UsedBytes));
        MetadataPage to = _pool.Page(clone);
        from.Directory.CopyTo(to.Directory);
        bool isExt = to.Header.Kind == PageKind.Ext;
        Span<PageId> table = isExt ? _ext.AsSpan(0, _extCount) : _pages.AsSpan(0, _pageCount);
        table[table.IndexOf(page)] = clone;
        if (!isExt && Moves is not null)
        {
            foreach (int slot in to.Slots)
            {
                if (to.Record(slot)->Kind != RecordKind.Ext)
                    Moves.RecordMoved(new RecordRef(page, (ushort)slot), new RecordRef(clone, (ushort)slot));
            }
        }

        BytesUsed += PageSize.Of(clone.SizeClass);
        Release(page);
        page = clone;
        return true;
    }

    private bool TryAppendPage(int sizeClass, out PageId page)
    {
        if (!_pool.TryRent(sizeClass, out page))
            return false;
        MetadataPage.Format(_pool.Address(page), sizeClass, _kind, Of, Epoch);
        if (_pageCount == _pages.Length)
            Array.Resize(ref _pages, _pageCount < 4 ? _pageCount + 1 : _pageCount * 3 / 2);
        _pages[_pageCount++] = page;
        BytesUsed += PageSize.Of(sizeClass);
        return true;
    }

    private void RemovePage(int index)
    {
        PageId page = _pages[index];
        _pages[index] = _pages[--_pageCount];
        Release(page);
    }

    private void Release(PageId page)
    {
        BytesUsed -= PageSize.Of(page.SizeClass);
        if (_hint == page)
            _hint = default;
        _pool.Return(page);
    }

    private int CountOf(int sizeClass)
    {
        int count = 0;
        foreach (PageId page in Pages)
            count += page.SizeClass == sizeClass ? 1 : 0;
        return count;
    }

    /// <summary>Pages of a class that so many times so many bytes fill, and begin.</summary>
    private static int PagesFor(int sizeClass, int bytes, int times)
    {
        int inOne = Math.Max(1, MetadataPage.RecordBytesMax(sizeClass) / (bytes + sizeof(ushort)));
        return (times + inOne - 1) / inOne;
    }

    private static bool FitsEmptyPage(int sizeClass, int bytes, int records) =>
        bytes + PageHeader.Bytes + MetadataPage.DirectoryBytes(records) <= PageSize.Of(sizeClass);

    /// <summary>Bytes of the page's records.</summary>
    private static int ContentBytes(MetadataPage page) =>
        page.UsedBytes - page.Header.HeaderBytes - (int)page.Header.HoleBytes;
}
