namespace Engine.Metadata;

/// <content>One page as a sequence of records: lengths, slots, and nothing left over.</content>
public sealed unsafe partial class PageValidator
{
    private PageProblem CheckWalk(byte* page)
    {
        var header = (PageHeader*)page;
        var end = (ushort*)(page + PageSize.Of(header->SizeClass));
        int used = (int)header->UsedBytes;
        bool isLater = header->Minor > PageHeader.MinorVersion;
        int live = 0;
        int holes = 0;
        for (int at = header->HeaderBytes; at < used;)
        {
            // A record begins at a multiple of its header's size, and so do the used bytes end: the header lies inside.
            var record = (RecordHeader*)(page + at);
            int bytes = record->TotalBytes;
            if (bytes == 0 || bytes > used - at)
                return Fail(PageProblemKind.Geometry, at);
            if (record->Kind == RecordKind.Free)
            {
                holes += bytes;
            }
            else
            {
                if (record->Slot >= header->SlotCount || *(end - 1 - record->Slot) != at / RecordHeader.Unit)
                    return Fail(PageProblemKind.Slot, at);
                if (!IsRecordOfPage(header->Kind, record->Kind) || !IsLengthGood(record, isLater))
                    return Fail(PageProblemKind.Record, at);
                live++;
            }

            at += bytes;
        }

        // Every record has a slot of its own, so that as many slots as records leave none that points elsewhere.
        if (live != header->LiveCount || holes != header->HoleBytes || CountSlots(header, end) != live)
            return Fail(PageProblemKind.Slot, 28);
        return default;
    }

    /// <summary>Slots in use; -1 when words behind the last slot are not zero, or the last slot is free.</summary>
    private static int CountSlots(PageHeader* header, ushort* end)
    {
        int count = header->SlotCount;
        int words = MetadataPage.DirectoryBytes(count) / sizeof(ushort);
        if (new ReadOnlySpan<ushort>(end - words, words - count).ContainsAnyExcept((ushort)0))
            return -1;
        if (count > 0 && *(end - count) == 0)
            return -1;
        return count - MemoryExtensions.Count(new ReadOnlySpan<ushort>(end - count, count), (ushort)0);
    }

    private static bool IsRecordOfPage(PageKind page, RecordKind record) => page switch
    {
        PageKind.Ext => record == RecordKind.Chunk,
        PageKind.Cap => record == RecordKind.Cap,
        _ => record is RecordKind.Dir or RecordKind.Entry or RecordKind.Link or RecordKind.Ext,
    };

    /// <summary>Does the record hold its structure, and end where its name or value ends?</summary>
    private static bool IsLengthGood(RecordHeader* record, bool isLater)
    {
        int least = record->Kind switch
        {
            RecordKind.Dir => DirRecord.Bytes,
            RecordKind.Entry => EntryRecord.Bytes,
            RecordKind.Link => LinkRecord.Bytes,
            RecordKind.Cap => CapRecord.Bytes,
            RecordKind.Ext => ExtRecord.Bytes,
            _ => ChunkRecord.Bytes,
        };
        int given = record->FixedBytes;
        if (given > record->TotalBytes || (isLater ? given < least : given != least))
            return false;
        long tail = record->Kind switch
        {
            RecordKind.Entry or RecordKind.Link => record->NameBytes,
            RecordKind.Ext => ((ExtRecord*)record)->IsSpilled == 0 ? ((ExtRecord*)record)->Length : 0,
            RecordKind.Chunk => ((ChunkRecord*)record)->Length,
            _ => 0,
        };
        // Compared as long: a length from the page may be anything.
        return ((given + tail + RecordHeader.Unit - 1) & ~(RecordHeader.Unit - 1L)) == record->TotalBytes;
    }
}
