// The memory of metadata pages: a buffer pool for each size class under one limit of bytes.
//
// Ownership: owns the four pools unless they were handed in. A page belongs to its chain, which holds one reference to its block;
// lists under I/O hold more. A page with more than one reference, or in flight, is shared: nobody changes its bytes.
// Invariants: BytesUsed is the sum of all blocks in use, those included that only lists under I/O still hold, so that what
// the limit leaves can be had; beside each block lie the generation of its handle and whether its page is sealed (its
// checksum and numbers are those of its bytes).
// Threads: one, but for references that lists give back.

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Pages of the four size classes under a limit of bytes. Exhaustion is a value.</summary>
public sealed unsafe class MetadataPagePool : IDisposable
{
    private const int CacheLineBytes = 64;

    private readonly BufferPool[] _pools = new BufferPool[PageSize.ClassCount];
    private readonly UnmanagedArray<Side>[] _sides = new UnmanagedArray<Side>[PageSize.ClassCount];
    private readonly nint[] _bases = new nint[PageSize.ClassCount];
    private readonly bool _ownsPools;

    /// <summary>How often pages were sealed: no two sealings have the same number.</summary>
    private ulong _stamps;

    /// <summary>Maps memory for pages of any class up to <paramref name="bytesMax"/>; it takes room once it is used, but for
    /// <paramref name="preTouchBytes"/>, which all classes have an equal share of.</summary>
    /// <exception cref="InsufficientMemoryException">The system has no room for the mapping.</exception>
    public MetadataPagePool(long bytesMax, long preTouchBytes = 0)
    {
        Invariant.That(bytesMax >= PageSize.BytesMax);
        BytesMax = bytesMax;
        _ownsPools = true;
        for (int i = 0; i < PageSize.ClassCount; i++)
        {
            int count = (int)Math.Min(bytesMax >> PageSize.ShiftOf(i), (1L << PageId.IndexBits) - 1);
            long touched = preTouchBytes / PageSize.ClassCount;
            BufferPoolOptions options = new() { BlockBytes = PageSize.Of(i), BlockCount = count, PreTouchBytes = touched };
            Attach(i, new BufferPool(options));
        }
    }

    /// <summary>Uses the pools given, one for each class, which stay the caller's.</summary>
    public MetadataPagePool(ReadOnlySpan<BufferPool> pools, long bytesMax)
    {
        Invariant.That(pools.Length == PageSize.ClassCount);
        BytesMax = bytesMax;
        for (int i = 0; i < PageSize.ClassCount; i++)
            Attach(i, pools[i]);
    }

    /// <summary>Most bytes of pages at once.</summary>
    public long BytesMax { get; private set; }

    /// <summary>Bytes of the pages in use: in chains, and given up by a chain while I/O refers to them.</summary>
    public long BytesUsed
    {
        get
        {
            long bytes = 0;
            for (int i = 0; i < PageSize.ClassCount; i++)
                bytes += (long)_pools[i].RentedCount << PageSize.ShiftOf(i);
            return bytes;
        }
    }

    /// <summary>Lowers the limit; pages in use beyond it stay until they are given back.</summary>
    public void LimitTo(long bytesMax) => BytesMax = Math.Min(BytesMax, bytesMax);

    /// <summary>The pool that pages of a class are blocks of.</summary>
    public BufferPool Blocks(int sizeClass) => _pools[sizeClass];

    /// <summary>The page's block.</summary>
    public BufferHandle Handle(PageId page) => new(page.Index, SideOf(page).Generation);

    /// <summary>A view of the page.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public MetadataPage Page(PageId page) => new(Address(page));

    /// <summary>The page's first byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Address(PageId page)
    {
        int sizeClass = page.SizeClass;
        return (byte*)_bases[sizeClass] + ((nuint)(page.Index - 1) << PageSize.ShiftOf(sizeClass));
    }

    /// <summary>The directory record at a place; what lies there is the caller's to know.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public DirRecord* Dir(RecordRef at) => (DirRecord*)Find(at, RecordKind.Dir);

    /// <summary>The entry record at a place; another kind of record is an invariant failure.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public EntryRecord* Entry(RecordRef at) => (EntryRecord*)Find(at, RecordKind.Entry);

    /// <summary>The link record at a place; another kind of record is an invariant failure.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public LinkRecord* Link(RecordRef at) => (LinkRecord*)Find(at, RecordKind.Link);

    /// <summary>The dentry part of the entry or link record at a place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public DentryFields* Dentry(RecordRef at)
    {
        RecordHeader* record = Page(at.Page).Record(at.Slot);
        Invariant.That(record->Kind is RecordKind.Entry or RecordKind.Link);
        return (DentryFields*)record;
    }

    /// <summary>The kind of the record at a place; <see cref="RecordKind.Free"/> for none.</summary>
    public RecordKind KindOf(RecordRef at) => Page(at.Page).KindOf(at.Slot);

    /// <summary>The name of the record at a place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Name(RecordRef at) => Page(at.Page).Name(at.Slot);

    /// <summary>The name of the record at a place, whose inode is likely to be read next. A name lies half a KiB behind the
    /// record's start, and the record anywhere: what will be read of it comes at once, not each line after the one before.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> NameToCompare(RecordRef at)
    {
        byte* start = Address(at.Page);

        // The slot's place follows from the page's class: the header, another line, is needed only to check.
        int offset = MetadataPage.SlotAt(start, at.Page.SizeClass, at.Slot) * RecordHeader.Unit;
        if (Sse.IsSupported)
        {
            byte* record = start + offset;
            Sse.Prefetch0(record + EntryRecord.Bytes);
            Sse.Prefetch0(record + CacheLineBytes);
            Sse.Prefetch0(record + (2 * CacheLineBytes));
        }

        return Page(at.Page).Name(at.Slot);
    }

    /// <summary>Is the page referred to by I/O, so that its bytes must not change?</summary>
    public bool IsShared(PageId page)
    {
        BufferHandle handle = Handle(page);
        return _pools[page.SizeClass].ReferenceCount(handle) > 1;
    }

    /// <summary>Takes a page with one reference; its bytes are whatever the last user left.</summary>
    /// <returns>False when the limit or the class is exhausted.</returns>
    public bool TryRent(int sizeClass, out PageId page)
    {
        page = default;
        if (BytesUsed + PageSize.Of(sizeClass) > BytesMax || !_pools[sizeClass].TryRent(out BufferHandle handle))
            return false;
        page = new PageId(sizeClass, handle.Index);
        SideOf(page) = new Side { Generation = handle.Generation };
        if (handle.Index == HugePage.WorthBytes / sizeof(Side))
            _sides[sizeClass].UseHugePages();
        return true;
    }

    /// <summary>Takes over a block of the class's pool (<see cref="Blocks"/>) that was rented there, and its one reference, as a
    /// page: how pages come in that a transport received in their place.</summary>
    public PageId Take(int sizeClass, BufferHandle handle)
    {
        Invariant.That(_pools[sizeClass].ReferenceCount(handle) == 1, "a page is taken over by its only holder");
        var page = new PageId(sizeClass, handle.Index);
        SideOf(page) = new Side { Generation = handle.Generation };
        return page;
    }

    /// <summary>Takes over all pages of a parcel that was received into the pools of this pool, and leaves it empty.</summary>
    /// <param name="parcel">The parcel; stays the caller's.</param>
    /// <param name="pages">Gets the pages, in order; none of them is validated but for its size.</param>
    /// <returns>False when one is not a page by its first bytes, or not of its size; the parcel is as it was.</returns>
    public bool TryTake(PageParcel parcel, List<PageId> pages)
    {
        ArgumentNullException.ThrowIfNull(parcel);
        ArgumentNullException.ThrowIfNull(pages);
        for (int i = 0; i < parcel.Count; i++)
        {
            PagePiece piece = parcel[i];
            ReadOnlySpan<byte> header = piece.Pool.Span(piece.Handle)[..Math.Min(piece.Front, PageHeader.Bytes)];
            bool isPage = PageValidator.CheckHeader(header, i, out PageExtent extent).IsNone
                && piece.Pool == _pools[extent.SizeClass]
                && (piece.Front, piece.Tail) == (extent.FrontBytes, extent.DirectoryBytes);
            if (!isPage)
                return false;
        }

        for (int i = 0; i < parcel.Count; i++)
            pages.Add(Take(Array.IndexOf(_pools, parcel[i].Pool), parcel[i].Handle));
        parcel.Surrender();
        return true;
    }

    /// <summary>Gives the holder's reference back.</summary>
    public void Return(PageId page) => _pools[page.SizeClass].Release(Handle(page));

    /// <summary>Are the page's checksum and numbers those of its bytes?</summary>
    internal bool IsSealed(PageId page) => SideOf(page).IsSealed;

    /// <summary>Says whether they are; a page that is not has been changed.</summary>
    internal void SetSealed(PageId page, bool isSealed)
    {
        ref Side side = ref SideOf(page);
        side.IsSealed = isSealed;
        if (!isSealed)
            return;
        side.Stamp = ++_stamps;
        _pools[page.SizeClass].NoteWritten(Handle(page));
    }

    /// <summary>Which sealing of which page it was: while the page is sealed with the same number, its bytes are the same.
    /// </summary>
    internal ulong StampOf(PageId page)
    {
        ref Side side = ref SideOf(page);
        Invariant.That(side.IsSealed);
        return side.Stamp;
    }

    /// <summary>Frees the memory, where it is the pool's own. Pages still rented are gone.</summary>
    public void Dispose()
    {
        for (int i = 0; i < PageSize.ClassCount; i++)
        {
            _sides[i].Dispose();
            if (_ownsPools)
                _pools[i].Dispose();
        }
    }

    private void Attach(int sizeClass, BufferPool pool)
    {
        Invariant.That(pool.BlockBytes == PageSize.Of(sizeClass));
        _pools[sizeClass] = pool;
        _sides[sizeClass] = new UnmanagedArray<Side>(pool.BlockCount + 1, isSparse: true);
        _bases[sizeClass] = pool.Regions[0].Address;
    }

    private RecordHeader* Find(RecordRef at, RecordKind kind)
    {
        RecordHeader* record = Page(at.Page).Record(at.Slot);
        if (record->Kind != kind)
            FailKind(at, record->Kind, kind);
        return record;
    }

    [DoesNotReturn]
    private static void FailKind(RecordRef at, RecordKind found, RecordKind wanted) =>
        Invariant.Fail($"{at} holds a record of kind {found}, not {wanted}");

    private ref Side SideOf(PageId page) => ref _sides[page.SizeClass][(int)page.Index];

    /// <summary>What is kept beside a block.</summary>
    private struct Side
    {
        public uint Generation;
        public bool IsSealed;
        public ulong Stamp;
    }
}
