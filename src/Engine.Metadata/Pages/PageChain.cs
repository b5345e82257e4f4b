// The pages of one dirfrag.
//
// Ownership: the chain holds one reference to each of its pages; lists under I/O hold more. A page with more than one is never
// changed: the chain clones it first and lets the shared one go (copy-on-write). So everything that writes to a record asks
// TryWrite first, in the same step, and uses the place that it gives back.
// Invariants: the directory record is slot 0 of the first page; a record's ext items lie on its page, long ones in chunks on ext
// pages; ext pages are in the order of their numbers; every page belongs to one chain; BytesUsed is the sum of the pages' sizes.
// Growth: see PageChain.Placement.cs.

using System.Runtime.CompilerServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>The pages of one dirfrag: its directory record, the entries, and their attributes of variable length. Not
/// thread-safe.</summary>
public sealed unsafe partial class PageChain : IDisposable
{
    private readonly MetadataPagePool _pool;
    private readonly PageKind _kind;
    private PageId[] _pages = new PageId[1];
    private int _pageCount;
    private PageId[] _ext = [];
    private int _extCount;
    private PageId _hint;

    private PageChain(MetadataPagePool pool, PageKind kind, DirFrag of, ulong epoch, IRecordMoves? moves)
    {
        _pool = pool;
        _kind = kind;
        Of = of;
        Epoch = epoch;
        Moves = moves;
    }

    /// <summary>The dirfrag.</summary>
    public DirFrag Of { get; }

    /// <summary>Incarnation of the rank that owns the chain; pages carry it from the next <see cref="TrySeal"/> on.</summary>
    public ulong Epoch { get; set; }

    /// <summary>Told of records that move; null for nobody.</summary>
    public IRecordMoves? Moves { get; set; }

    /// <summary>The memory of the pages.</summary>
    public MetadataPagePool Pool => _pool;

    /// <summary>Bytes of the pages, free room included.</summary>
    public long BytesUsed { get; private set; }

    /// <summary>The directory record's place.</summary>
    public RecordRef Dir => new(_pages[0], 0);

    /// <summary>The pages with the records; the order says nothing.</summary>
    public ReadOnlySpan<PageId> Pages => _pages.AsSpan(0, _pageCount);

    /// <summary>The pages with chunks of long attributes.</summary>
    public ReadOnlySpan<PageId> ExtPages => _ext.AsSpan(0, _extCount);

    /// <summary>Begins a chain of one smallest page with a directory record of zeroes.</summary>
    /// <param name="pool">Where pages come from.</param>
    /// <param name="kind">Dirfrag or base.</param>
    /// <param name="of">The dirfrag.</param>
    /// <param name="epoch">See <see cref="Epoch"/>.</param>
    /// <param name="moves">See <see cref="Moves"/>.</param>
    /// <returns>Null when the pool is exhausted.</returns>
    public static PageChain? TryCreate(MetadataPagePool pool, PageKind kind, DirFrag of, ulong epoch, IRecordMoves? moves)
    {
        ArgumentNullException.ThrowIfNull(pool);
        Invariant.That(kind is PageKind.Dirfrag or PageKind.Base);
        var chain = new PageChain(pool, kind, of, epoch, moves);
        if (!chain.TryAppendPage(0, out PageId page))
            return null;
        bool isAdded = pool.Page(page).TryAdd(RecordKind.Dir, DirRecord.Bytes, 0, out ushort slot);
        Invariant.That(isAdded && slot == 0);
        return chain;
    }

    /// <summary>
    /// Adds an entry or a link: zeroes but for its kind, name and hash, the last snapshot (head) and, of an entry, "no export
    /// pin" and "no loner". May move other records.
    /// </summary>
    /// <returns>ENOMEM when the pool is exhausted; nothing has changed then.</returns>
    public IoError TryAdd(RecordKind kind, ReadOnlySpan<byte> name, uint hash, out RecordRef at)
    {
        Invariant.That(name.Length <= byte.MaxValue);
        int fixedBytes = FixedBytesOf(kind);
        at = default;
        if (!TryPlace(MetadataPage.RoundUp(fixedBytes + name.Length), 1, default, out PageId page))
            return IoError.NoMemory;
        bool isAdded = _pool.Page(page).TryAdd(kind, fixedBytes, name.Length, out ushort slot);
        Invariant.That(isAdded);
        at = new RecordRef(page, slot);
        DentryFields* dentry = _pool.Dentry(at);
        dentry->Header.NameBytes = (byte)name.Length;
        dentry->Hash = hash;
        dentry->Last = SnapId.NoSnap.Value;
        name.CopyTo(new Span<byte>((byte*)dentry + fixedBytes, name.Length));
        if (kind == RecordKind.Entry)
            InitializeInode(&((EntryRecord*)dentry)->Inode);
        return IoError.None;
    }

    /// <summary>Adds an entry that is known whole, without attributes of variable length; see <see cref="TryAdd"/>.</summary>
    /// <param name="image">The entry; header, hash and items are not taken from it.</param>
    /// <param name="name">The name.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="at">The record.</param>
    /// <param name="coming">So many records of about that length are going to be added, this one included: where the chain
    /// grows, it does for all of them.</param>
    internal IoError TryAddImage(
        in EntryRecord image, ReadOnlySpan<byte> name, uint hash, out RecordRef at, int coming)
    {
        Invariant.That(name.Length <= byte.MaxValue);
        at = default;
        if (!TryPlace(MetadataPage.RoundUp(EntryRecord.Bytes + name.Length), 1, default, out PageId page, coming))
            return IoError.NoMemory;
        bool isAdded = _pool.Page(page).TryPut(
            RecordKind.Entry, EntryRecord.Bytes, name.Length, out ushort slot, out RecordHeader* header);
        Invariant.That(isAdded);
        at = new RecordRef(page, slot);
        header->NameBytes = (byte)name.Length;
        RecordHeader own = *header;
        int bytes = header->TotalBytes;
        var entry = (EntryRecord*)header;
        *entry = image;
        entry->Dentry.Header = own;
        entry->Dentry.Hash = hash;
        entry->Dentry.ExtHead = 0;
        Span<byte> tail = new((byte*)entry + EntryRecord.Bytes, bytes - EntryRecord.Bytes);
        name.CopyTo(tail);
        tail[name.Length..].Clear();
        return IoError.None;
    }

    /// <summary>Removes an entry or a link with its attributes; gives pages back that are no longer needed, for which other
    /// records may move.</summary>
    /// <returns>ENOMEM when a page that I/O refers to could not be cloned; nothing has changed then.</returns>
    public IoError TryRemove(RecordRef at)
    {
        Invariant.That(at.Slot != 0 || at.Page != _pages[0]);
        if (!TryWrite(ref at) || !TryDropExtItems(at, keepDentryItems: false))
            return IoError.NoMemory;
        _pool.Page(at.Page).Free(at.Slot);
        Tidy(at.Page);
        return IoError.None;
    }

    /// <summary>
    /// Makes an entry of a link or a link of an entry: name, dentry part and the dentry's attributes stay, the rest is as
    /// <see cref="TryAdd"/> leaves it. The record may move, and others.
    /// </summary>
    /// <returns>ENOMEM when the pool is exhausted; the record is then as it was, or lacks attributes of the inode.</returns>
    public IoError TryConvert(ref RecordRef at, RecordKind kind)
    {
        if (!TryWrite(ref at))
            return IoError.NoMemory;
        DentryFields* dentry = _pool.Dentry(at);
        if (dentry->Header.Kind == kind)
            return IoError.None;
        if (kind == RecordKind.Link && !TryDropExtItems(at, keepDentryItems: true))
            return IoError.NoMemory;
        int oldFixed = dentry->Header.FixedBytes;
        int newFixed = FixedBytesOf(kind);
        Span<byte> name = stackalloc byte[byte.MaxValue];
        name = name[..dentry->Header.NameBytes];
        _pool.Name(at).CopyTo(name);
        int tail = newFixed + name.Length - oldFixed;
        if (!_pool.Page(at.Page).TryResize(at.Slot, tail))
        {
            if (!TryRelocate(ref at, newFixed - oldFixed, 0))
                return IoError.NoMemory;
            bool isResized = _pool.Page(at.Page).TryResize(at.Slot, tail);
            Invariant.That(isResized);
        }

        dentry = _pool.Dentry(at);
        dentry->Header.Kind = kind;
        dentry->Header.FixedUnits = (byte)(newFixed / RecordHeader.Unit);
        new Span<byte>((byte*)dentry, dentry->Header.TotalBytes)[DentryFields.Bytes..].Clear();
        name.CopyTo(new Span<byte>((byte*)dentry + newFixed, name.Length));
        if (kind == RecordKind.Entry)
            InitializeInode(&((EntryRecord*)dentry)->Inode);
        return IoError.None;
    }

    /// <summary>
    /// Makes the record's page ready to be written to, in this step: clones it when I/O refers to it. Pointers into the page
    /// taken before are dead.
    /// </summary>
    /// <param name="at">The record; its place afterwards. <see cref="IRecordMoves"/> is told as well.</param>
    /// <returns>False when the clone found no room in the pool; nothing has changed.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryWrite(ref RecordRef at)
    {
        PageId page = at.Page;
        if (_pool.IsShared(page))
        {
            if (!TryClone(ref page))
                return false;
            at = at with { Page = page };
        }

        _pool.SetSealed(page, false);
        return true;
    }

    /// <summary>Gives all pages back.</summary>
    public void Dispose()
    {
        foreach (PageId page in Pages)
            _pool.Return(page);
        foreach (PageId page in ExtPages)
            _pool.Return(page);
        Abandon();
    }

    /// <summary>The pages are somebody else's; the chain is over.</summary>
    internal void Abandon()
    {
        _pageCount = 0;
        _extCount = 0;
        BytesUsed = 0;
    }

    private static int FixedBytesOf(RecordKind kind)
    {
        Invariant.That(kind is RecordKind.Entry or RecordKind.Link);
        return kind == RecordKind.Entry ? EntryRecord.Bytes : LinkRecord.Bytes;
    }

    private static void InitializeInode(InodeFields* inode)
    {
        inode->ExportPin = RankId.None.Value;
        inode->Loner = -1;
        inode->HashKind = NameHashKind.XxHash32;
    }
}
