namespace Engine.Metadata;

/// <content>Attributes of variable length: the items beside a record, and the chunks they lead to.</content>
public sealed unsafe partial class PageValidator
{
    /// <summary>The list of a record's items ends, repeats no kind, and each is whole.</summary>
    private PageProblem CheckItems(
        ReadOnlySpan<nint> pages, int dataPages, MetadataPage view, int owner, ref int referred)
    {
        RecordHeader* record = view.Record(owner);
        byte* page = (byte*)pages[_page];
        uint seen = 0;
        for (ushort next = *(ushort*)((byte*)record + PageChain.ExtHeadOffset); next != 0;)
        {
            if (view.KindOf(next - 1) != RecordKind.Ext)
                return Fail(PageProblemKind.Ext, (byte*)record - page);
            var item = (ExtRecord*)view.Record(next - 1);
            long offset = (byte*)item - page;
            bool isGood = item->Owner == owner && item->Kind is > ExtKind.None and < (ExtKind)ExtLimits.KindCount
                && (seen & (1u << (int)item->Kind)) == 0 && IsKindOf(item->Kind, record->Kind)
                && item->Length <= ExtLimits.MaxOf(item->Kind) && item->IsSpilled <= 1;
            if (!isGood)
                return Fail(PageProblemKind.Ext, offset);
            seen |= 1u << (int)item->Kind;
            referred++;
            int inlineMax = record->Kind == RecordKind.Dir ? ExtLimits.DirInlineMax : ExtLimits.InlineMax;
            bool isWhole = item->IsSpilled == 0
                ? item->Length <= inlineMax && item->ChunkPage == 0
                : IsChunkListGood(pages[dataPages..], item);
            if (!isWhole)
                return Fail(PageProblemKind.Ext, offset);
            next = item->Next;
        }

        return AreReplicasGood(record, view, seen) ? default : Fail(PageProblemKind.Ext, (byte*)record - page);
    }

    /// <summary>The chunks of a value follow one another by number from 0, have its length together, and are on no other
    /// list.</summary>
    private bool IsChunkListGood(ReadOnlySpan<nint> extPages, ExtRecord* item)
    {
        long length = 0;
        uint number = item->ChunkPage;
        ushort slot = item->ChunkSlot;
        for (int seq = 0; number != 0; seq++)
        {
            if (!TryFindExtPage(extPages, number, out byte* page))
                return false;
            var view = new MetadataPage(page);
            if (view.KindOf(slot) != RecordKind.Chunk)
                return false;
            var chunk = (ChunkRecord*)view.Record(slot);
            if (chunk->Kind != item->Kind || chunk->Seq != seq || chunk->Length == 0)
                return false;
            length += chunk->Length;
            if (length > item->Length || !_chunks.TryAddRecord(chunk))
                return false;
            _chunkCount++;
            number = chunk->NextPage;
            slot = chunk->NextSlot;
        }

        return length == item->Length && length > 0;
    }

    private static bool TryFindExtPage(ReadOnlySpan<nint> extPages, uint number, out byte* page)
    {
        int low = 0;
        int high = extPages.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            page = (byte*)extPages[middle];
            uint there = ((PageHeader*)page)->PageNo;
            if (there == number)
                return true;
            if (there < number)
                low = middle + 1;
            else
                high = middle - 1;
        }

        page = null;
        return false;
    }

    private static bool IsKindOf(ExtKind item, RecordKind record) => record switch
    {
        RecordKind.Dir => item is ExtKind.Replicas or ExtKind.FragTree,
        RecordKind.Link => item == ExtKind.Replicas,
        _ => true,
    };

    /// <summary>The nonces of a replica set lie in an item exactly when there are too many for the record, one for each
    /// rank.</summary>
    private static bool AreReplicasGood(RecordHeader* record, MetadataPage view, uint seen)
    {
        if (record->Kind == RecordKind.Dir)
            return IsSetGood(((DirRecord*)record)->Replicas, ExtKind.Replicas, record, view, seen);
        return IsSetGood(((DentryFields*)record)->Replicas, ExtKind.Replicas, record, view, seen)
            && (record->Kind == RecordKind.Link
                || IsSetGood(((EntryRecord*)record)->Inode.Replicas, ExtKind.InodeReplicas, record, view, seen));
    }

    private static bool IsSetGood(in ReplicaSet set, ExtKind kind, RecordHeader* record, MetadataPage view, uint seen)
    {
        bool hasItem = (seen & (1u << (int)kind)) != 0;
        if (!set.IsSpilled || !hasItem)
            return set.IsSpilled == hasItem;
        for (ushort next = *(ushort*)((byte*)record + PageChain.ExtHeadOffset); next != 0;)
        {
            var item = (ExtRecord*)view.Record(next - 1);
            if (item->Kind == kind)
                return item->Length == set.Count * sizeof(uint);
            next = item->Next;
        }

        return false;
    }

    /// <summary>Every chunk is on a list.</summary>
    private PageProblem CheckChunkCount(ReadOnlySpan<nint> pages, int dataPages)
    {
        _page = dataPages;
        int chunks = _chunkCount;
        foreach (nint page in pages[dataPages..])
            chunks -= ((PageHeader*)page)->LiveCount;
        return chunks == 0 ? default : Fail(PageProblemKind.Ext, 28);
    }
}
