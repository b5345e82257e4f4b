using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Ext pages, and the pieces of long values on them.</content>
public sealed unsafe partial class PageChain
{
    private ChunkRecord* Chunk(PageId page, int slot) => (ChunkRecord*)_pool.Page(page).Record(slot);

    /// <summary>Position of the ext page with a number that is known to exist.</summary>
    private int ExtIndex(uint number)
    {
        int low = 0;
        int high = _extCount - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_pool.Page(_ext[middle]).Header.PageNo < number)
                low = middle + 1;
            else
                high = middle;
        }

        Invariant.That(low < _extCount && _pool.Page(_ext[low]).Header.PageNo == number);
        return low;
    }

    /// <summary>Makes the pages of a value's chunks the caller's to write.</summary>
    private bool TryOwnChunks(RecordRef at, ExtKind kind)
    {
        ExtRecord* item = FindItem(at, kind);
        if (item == null || item->IsSpilled == 0)
            return true;
        uint number = item->ChunkPage;
        ushort slot = item->ChunkSlot;
        while (number != 0)
        {
            PageId page = _ext[ExtIndex(number)];
            if (!TryOwn(ref page))
                return false;
            ChunkRecord* chunk = Chunk(page, slot);
            number = chunk->NextPage;
            slot = chunk->NextSlot;
        }

        return true;
    }

    /// <summary>Writes a value in chunks, its last piece first, so that each knows the next.</summary>
    private bool TryWriteChunks(ExtKind kind, ReadOnlySpan<byte> value, out uint number, out ushort slot)
    {
        number = 0;
        slot = 0;
        int pieces = 0;
        for (ReadOnlySpan<byte> left = value; !left.IsEmpty; pieces++)
        {
            if (!TryPlaceChunk(left.Length, out PageId page, out int bytes))
            {
                FreeChunks(number, slot);
                return false;
            }

            MetadataPage view = _pool.Page(page);
            bool isAdded = view.TryAdd(RecordKind.Chunk, ChunkRecord.Bytes, bytes, out ushort added);
            Invariant.That(isAdded);
            ChunkRecord* chunk = Chunk(page, added);
            chunk->Length = (uint)bytes;
            chunk->Kind = kind;
            chunk->NextPage = number;
            chunk->NextSlot = slot;
            left[^bytes..].CopyTo(new Span<byte>((byte*)chunk + ChunkRecord.Bytes, bytes));
            left = left[..^bytes];
            number = view.Header.PageNo;
            slot = added;
        }

        NumberChunks(number, slot);
        return true;
    }

    private void NumberChunks(uint number, ushort slot)
    {
        for (ushort seq = 0; number != 0; seq++)
        {
            ChunkRecord* chunk = Chunk(_ext[ExtIndex(number)], slot);
            chunk->Seq = seq;
            number = chunk->NextPage;
            slot = chunk->NextSlot;
        }
    }

    /// <summary>Finds room for the whole value or a good part of it: on a page that is there, else on a new one of the largest
    /// class that the value fills.</summary>
    private bool TryPlaceChunk(int bytes, out PageId page, out int taken)
    {
        for (int i = _extCount - 1; i >= 0; i--)
        {
            page = _ext[i];
            MetadataPage view = _pool.Page(page);
            int room = view.FreeBytes - RecordHeader.Unit - ChunkRecord.Bytes;
            if (room < Math.Min(bytes, ChunkBytesMin) || _pool.IsShared(page))
                continue;
            taken = Math.Min(bytes, room);
            _pool.SetSealed(page, false);
            return true;
        }

        int sizeClass = PageSize.ClassCount - 1;
        while (sizeClass > 0 && MetadataPage.RecordBytesMax(sizeClass) - ChunkRecord.Bytes > bytes)
            sizeClass--;
        taken = Math.Min(bytes, MetadataPage.RecordBytesMax(sizeClass) - ChunkRecord.Bytes);
        return TryAppendExtPage(sizeClass, out page);
    }

    private bool TryAppendExtPage(int sizeClass, out PageId page)
    {
        if (!_pool.TryRent(sizeClass, out page))
            return false;
        MetadataPage view = MetadataPage.Format(_pool.Address(page), sizeClass, PageKind.Ext, Of, Epoch);
        view.Header.PageNo = _extCount == 0 ? 1 : _pool.Page(_ext[_extCount - 1]).Header.PageNo + 1;
        if (_extCount == _ext.Length)
            Array.Resize(ref _ext, _extCount + 1 + (_extCount / 2));
        _ext[_extCount++] = page;
        BytesUsed += PageSize.Of(sizeClass);
        return true;
    }

    /// <summary>Frees a value's chunks, and pages that are empty then. The pages are the caller's to write.</summary>
    private void FreeChunks(uint number, ushort slot)
    {
        while (number != 0)
        {
            int index = ExtIndex(number);
            PageId page = _ext[index];
            ChunkRecord* chunk = Chunk(page, slot);
            number = chunk->NextPage;
            ushort next = chunk->NextSlot;
            _pool.Page(page).Free(slot);
            slot = next;
            if (_pool.Page(page).LiveCount != 0)
                continue;
            _ext.AsSpan(index + 1, _extCount - index - 1).CopyTo(_ext.AsSpan(index));
            _extCount--;
            Release(page);
        }
    }
}
