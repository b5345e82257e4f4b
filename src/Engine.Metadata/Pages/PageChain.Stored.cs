using Engine.Buffers;

namespace Engine.Metadata;

/// <content>How a chain leaves memory: numbered, summed, and as lists of its pages' own bytes.</content>
public sealed unsafe partial class PageChain
{
    /// <summary>Pages of the stored chain: those with records, then those with chunks.</summary>
    public int StoredPageCount => _pageCount + _extCount;

    /// <summary>Bytes of the stored chain; exact once sealed.</summary>
    public long StoredBytes
    {
        get
        {
            long bytes = 0;
            for (int i = 0; i < StoredPageCount; i++)
                bytes += _pool.Page(StoredPage(i)).StoredBytes;
            return bytes;
        }
    }

    /// <summary>Page <paramref name="index"/> of the stored chain.</summary>
    public PageId StoredPage(int index) => index < _pageCount ? _pages[index] : _ext[index - _pageCount];

    /// <summary>
    /// Numbers the pages and fills in the checksums, where something changed; compacts pages that changed. What
    /// <see cref="Share"/> and <see cref="TryCopyTo"/> give afterwards is the stored form, until the chain changes.
    /// </summary>
    /// <returns>False when a page that I/O refers to had to be cloned, and the pool is exhausted. Trying again is
    /// harmless.</returns>
    public bool TrySeal()
    {
        for (int i = 0; i < StoredPageCount; i++)
        {
            PageId page = StoredPage(i);
            uint number = i < _pageCount ? (uint)i : _pool.Page(page).Header.PageNo;
            uint count = i == 0 ? (uint)StoredPageCount : 0;
            ref PageHeader header = ref _pool.Page(page).Header;
            if (_pool.IsSealed(page) && header.PageNo == number && header.PageCount == count && header.Epoch == Epoch)
                continue;
            if (!TryOwn(ref page))
                return false;
            MetadataPage view = _pool.Page(page);
            view.Compact();
            header = ref view.Header;
            header.PageNo = number;
            header.PageCount = count;
            header.Epoch = Epoch;
            header.Crc = view.ComputeCrc();
            _pool.SetSealed(page, true);
        }

        return true;
    }

    /// <summary>
    /// Lists the stored bytes of sealed pages without a copy: of as many as lie in one pool, from page <paramref name="index"/>
    /// of the stored chain on. The pages are shared until the list is disposed: changes to the chain clone them.
    /// </summary>
    /// <param name="index">The first page; the first page not listed afterwards.</param>
    /// <returns>A list over the pool of the pages' class, which the caller disposes.</returns>
    public BufferList Share(ref int index)
    {
        int sizeClass = StoredPage(index).SizeClass;
        BufferList list = BufferList.Rent(_pool.Blocks(sizeClass));
        for (; index < StoredPageCount && StoredPage(index).SizeClass == sizeClass; index++)
        {
            PageId page = StoredPage(index);
            Invariant.That(_pool.IsSealed(page));
            MetadataPage view = _pool.Page(page);
            BufferHandle handle = _pool.Handle(page);
            list.Append(handle, 0, view.UsedBytes);
            list.Append(handle, view.Size - view.Directory.Length, view.Directory.Length);
        }

        return list;
    }

    /// <summary>Appends a copy of the sealed chain's stored bytes to a list over any pool.</summary>
    /// <returns>False when that pool is exhausted; the list is as it was.</returns>
    public bool TryCopyTo(BufferList list)
    {
        ArgumentNullException.ThrowIfNull(list);
        long before = list.Length;
        for (int i = 0; i < StoredPageCount; i++)
        {
            PageId page = StoredPage(i);
            Invariant.That(_pool.IsSealed(page));
            MetadataPage view = _pool.Page(page);
            if (list.TryAppendCopy(view.Front) && list.TryAppendCopy(view.Directory))
                continue;
            list.Truncate(before);
            return false;
        }

        return true;
    }
}
