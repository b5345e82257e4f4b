// Attributes of variable length.
//
// A record's items are a list of ext records on its own page, at most one of each kind. A short value lies in the ext record; a
// long one in chunks on ext pages, which the ext record and each chunk refer to by page number and slot. Chunks never move, so
// that those references stay.

using Engine.Buffers;

namespace Engine.Metadata;

public sealed unsafe partial class PageChain
{
    internal const int ExtHeadOffset = 12;

    /// <summary>Not worth a chunk of its own while a new page would take more.</summary>
    private const int ChunkBytesMin = 256;

    private static readonly IoError s_tooBig = new(7);

    /// <summary>Length of an attribute; -1 when the record has none of the kind.</summary>
    public int ExtLength(RecordRef at, ExtKind kind)
    {
        ExtRecord* item = FindItem(at, kind);
        return item == null ? -1 : (int)item->Length;
    }

    /// <summary>Reads an attribute: a short one where it lies, good until the chain changes; a long one into
    /// <paramref name="scratch"/>.</summary>
    /// <param name="at">The record.</param>
    /// <param name="kind">Which attribute.</param>
    /// <param name="scratch">At least <see cref="ExtLength"/> bytes, unless the value is known to be at most
    /// <see cref="ExtLimits.DirInlineMax"/> bytes.</param>
    /// <param name="value">The value.</param>
    /// <returns>False when the record has none of the kind.</returns>
    public bool TryGetExt(RecordRef at, ExtKind kind, Span<byte> scratch, out ReadOnlySpan<byte> value)
    {
        ExtRecord* item = FindItem(at, kind);
        value = default;
        if (item == null)
            return false;
        int length = (int)item->Length;
        if (item->IsSpilled == 0)
        {
            value = new ReadOnlySpan<byte>((byte*)item + item->Header.FixedBytes, length);
            return true;
        }

        Invariant.That(scratch.Length >= length);
        int done = 0;
        uint number = item->ChunkPage;
        ushort slot = item->ChunkSlot;
        while (number != 0)
        {
            ChunkRecord* chunk = Chunk(_ext[ExtIndex(number)], slot);
            new ReadOnlySpan<byte>((byte*)chunk + chunk->Header.FixedBytes, (int)chunk->Length).CopyTo(scratch[done..]);
            done += (int)chunk->Length;
            number = chunk->NextPage;
            slot = chunk->NextSlot;
        }

        Invariant.That(done == length);
        value = scratch[..length];
        return true;
    }

    /// <summary>Sets an attribute of a directory, entry or link record. The record may move, and others.</summary>
    /// <param name="at">The record; its place afterwards.</param>
    /// <param name="kind">Which attribute.</param>
    /// <param name="value">The value, which must not lie on a page of this chain.</param>
    /// <returns>E2BIG for a value longer than <see cref="ExtLimits.MaxOf"/>, ENOMEM when the pool is exhausted; the attribute is
    /// unchanged then.</returns>
    public IoError TrySetExt(ref RecordRef at, ExtKind kind, ReadOnlySpan<byte> value)
    {
        if (value.Length > ExtLimits.MaxOf(kind))
            return s_tooBig;
        if (!TryWrite(ref at) || !TryOwnChunks(at, kind))
            return IoError.NoMemory;
        bool isDir = _pool.KindOf(at) == RecordKind.Dir;
        bool isSpilled = value.Length > (isDir ? ExtLimits.DirInlineMax : ExtLimits.InlineMax);
        uint number = 0;
        ushort slot = 0;
        if (isSpilled && !TryWriteChunks(kind, value, out number, out slot))
            return IoError.NoMemory;
        if (!TryMakeItem(ref at, kind, isSpilled ? 0 : value.Length))
        {
            FreeChunks(number, slot);
            return IoError.NoMemory;
        }

        ExtRecord* item = FindItem(at, kind);
        if (item->IsSpilled != 0)
            FreeChunks(item->ChunkPage, item->ChunkSlot);
        item->IsSpilled = (byte)(isSpilled ? 1 : 0);
        item->Length = (uint)value.Length;
        item->ChunkPage = number;
        item->ChunkSlot = slot;
        if (!isSpilled)
        {
            Span<byte> tail = new Span<byte>((byte*)item, item->Header.TotalBytes)[item->Header.FixedBytes..];
            value.CopyTo(tail);
            tail[value.Length..].Clear();
        }

        return IoError.None;
    }

    /// <summary>Removes an attribute, if the record has it.</summary>
    /// <param name="at">The record; its place afterwards.</param>
    /// <param name="kind">Which attribute.</param>
    /// <returns>ENOMEM when a page that I/O refers to could not be cloned; nothing has changed then.</returns>
    public IoError TryRemoveExt(ref RecordRef at, ExtKind kind)
    {
        if (FindItem(at, kind) == null)
            return IoError.None;
        if (!TryWrite(ref at) || !TryOwnChunks(at, kind))
            return IoError.NoMemory;
        DropItem(at, kind);
        return IoError.None;
    }

    private static ushort* ExtHeadOf(RecordHeader* record) => (ushort*)((byte*)record + ExtHeadOffset);

    private ExtRecord* FindItem(RecordRef at, ExtKind kind)
    {
        MetadataPage page = _pool.Page(at.Page);
        for (ushort next = *ExtHeadOf(page.Record(at.Slot)); next != 0;)
        {
            var item = (ExtRecord*)page.Record(next - 1);
            if (item->Kind == kind)
                return item;
            next = item->Next;
        }

        return null;
    }

    /// <summary>Gives the record an item of the kind with room for a value of so many bytes; what it held stays readable in its
    /// fixed part. The page is the caller's to write.</summary>
    private bool TryMakeItem(ref RecordRef at, ExtKind kind, int valueBytes)
    {
        ExtRecord* old = FindItem(at, kind);
        int more = old == null
            ? MetadataPage.RoundUp(ExtRecord.Bytes + valueBytes)
            : MetadataPage.RoundUp(old->Header.FixedBytes + valueBytes) - old->Header.TotalBytes;
        int moreRecords = old == null ? 1 : 0;
        while (more > 0 && !_pool.Page(at.Page).HasRoomFor(more, moreRecords))
        {
            bool isMade = _pool.KindOf(at) == RecordKind.Dir
                ? TryMakeRoomBesideDir(ref at)
                : TryRelocate(ref at, more, moreRecords);
            if (!isMade)
                return false;
        }

        MetadataPage page = _pool.Page(at.Page);
        old = FindItem(at, kind);
        if (old != null)
        {
            bool isResized = page.TryResize(old->Header.Slot, valueBytes);
            Invariant.That(isResized);
            return true;
        }

        bool isAdded = page.TryAdd(RecordKind.Ext, ExtRecord.Bytes, valueBytes, out ushort slot);
        Invariant.That(isAdded);
        var item = (ExtRecord*)page.Record(slot);
        item->Owner = at.Slot;
        item->Kind = kind;
        ushort* head = ExtHeadOf(page.Record(at.Slot));
        item->Next = *head;
        *head = (ushort)(slot + 1);
        return true;
    }

    /// <summary>Sends one record of the first page elsewhere: the directory record cannot go.</summary>
    private bool TryMakeRoomBesideDir(ref RecordRef dir)
    {
        foreach (int slot in _pool.Page(dir.Page).Slots)
        {
            if (_pool.Page(dir.Page).KindOf(slot) is not (RecordKind.Entry or RecordKind.Link))
                continue;
            var at = new RecordRef(dir.Page, (ushort)slot);
            bool isMoved = TryRelocate(ref at, 0, 0);
            dir = Dir;
            return isMoved;
        }

        return false;
    }

    /// <summary>Bytes and number of a record with its items.</summary>
    private void GroupSize(RecordRef at, out int bytes, out int records)
    {
        MetadataPage page = _pool.Page(at.Page);
        RecordHeader* record = page.Record(at.Slot);
        bytes = record->TotalBytes;
        records = 1;
        for (ushort next = *ExtHeadOf(record); next != 0; next = ((ExtRecord*)record)->Next)
        {
            record = page.Record(next - 1);
            bytes += record->TotalBytes;
            records++;
        }
    }

    /// <summary>Frees a record and its items, which have been copied elsewhere.</summary>
    private void FreeGroup(RecordRef at)
    {
        MetadataPage page = _pool.Page(at.Page);
        ushort next = *ExtHeadOf(page.Record(at.Slot));
        page.Free(at.Slot);
        while (next != 0)
        {
            ushort item = (ushort)(next - 1);
            next = ((ExtRecord*)page.Record(item))->Next;
            page.Free(item);
        }
    }

    /// <summary>Drops all items of a record on a page that is the caller's to write, or those of the inode only.</summary>
    private bool TryDropExtItems(RecordRef at, bool keepDentryItems)
    {
        for (ExtKind kind = ExtKind.None + 1; (int)kind < ExtLimits.KindCount; kind++)
        {
            if (!TryOwnChunks(at, kind))
                return false;
        }

        for (ExtKind kind = ExtKind.None + 1; (int)kind < ExtLimits.KindCount; kind++)
        {
            if (!keepDentryItems || kind != ExtKind.Replicas)
                DropItem(at, kind);
        }

        return true;
    }

    private void DropItem(RecordRef at, ExtKind kind)
    {
        MetadataPage page = _pool.Page(at.Page);
        ushort* link = ExtHeadOf(page.Record(at.Slot));
        while (*link != 0)
        {
            ushort slot = (ushort)(*link - 1);
            var item = (ExtRecord*)page.Record(slot);
            if (item->Kind == kind)
            {
                *link = item->Next;
                if (item->IsSpilled != 0)
                    FreeChunks(item->ChunkPage, item->ChunkSlot);
                page.Free(slot);
                return;
            }

            link = &item->Next;
        }
    }
}
