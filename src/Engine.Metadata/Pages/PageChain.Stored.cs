using Engine.Buffers;

namespace Engine.Metadata;

/// <content>How a chain leaves memory: numbered, summed, and as a list of its pages' own bytes.</content>
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
    /// <see cref="Share"/> gives afterwards is the stored form, until the chain changes.
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
    /// Lists the sealed chain's stored bytes without a copy. The pages are shared until the list is disposed: changes to the
    /// chain clone them.
    /// </summary>
    /// <returns>A list over the pools of the pages, which the caller disposes.</returns>
    public BufferList Share()
    {
        BufferList list = BufferList.Rent(_pool.Blocks(0));
        for (int i = 0; i < StoredPageCount; i++)
        {
            PagePiece piece = StoredPiece(i);
            list.Append(piece.Pool, piece.Handle, 0, piece.Front);
            list.Append(piece.Pool, piece.Handle, piece.Pool.BlockBytes - piece.Tail, piece.Tail);
        }

        return list;
    }

    /// <summary>Adds the sealed chain's pages to a parcel without a copy. They are shared until the parcel is disposed: changes
    /// to the chain clone them.</summary>
    public void ShareIn(PageParcel parcel)
    {
        ArgumentNullException.ThrowIfNull(parcel);
        for (int i = 0; i < StoredPageCount; i++)
        {
            PagePiece piece = StoredPiece(i);
            piece.Pool.Retain(piece.Handle);
            parcel.Add(piece.Pool, piece.Handle, piece.Front, piece.Tail);
        }
    }

    /// <summary>Have the pages that count as sealed their checksums? Reads all of them.</summary>
    internal bool IsAsSealed()
    {
        for (int i = 0; i < StoredPageCount; i++)
        {
            PageId page = StoredPage(i);
            if (_pool.IsSealed(page) && _pool.Page(page).ComputeCrc() != _pool.Page(page).Header.Crc)
                return false;
        }

        return true;
    }

    /// <summary>Adds one page of the sealed chain to a parcel, as <see cref="ShareIn(PageParcel)"/> does.</summary>
    public void ShareIn(PageParcel parcel, int index)
    {
        ArgumentNullException.ThrowIfNull(parcel);
        PagePiece piece = StoredPiece(index);
        piece.Pool.Retain(piece.Handle);
        parcel.Add(piece.Pool, piece.Handle, piece.Front, piece.Tail);
    }

    /// <summary>What a page of the sealed chain holds.</summary>
    public PageStamp StampOf(int index)
    {
        PageId page = StoredPage(index);
        return new PageStamp(_pool.StampOf(page), _pool.Page(page).Header.Crc);
    }

    /// <summary>What of a sealed page is stored: its used bytes from the front, and its slots from the end.</summary>
    private PagePiece StoredPiece(int index)
    {
        PageId page = StoredPage(index);
        Invariant.That(_pool.IsSealed(page));
        MetadataPage view = _pool.Page(page);
        return new PagePiece(_pool.Blocks(page.SizeClass), _pool.Handle(page), view.UsedBytes, view.Directory.Length);
    }
}
