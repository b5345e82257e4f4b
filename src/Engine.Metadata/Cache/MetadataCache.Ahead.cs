using System.Runtime.Intrinsics.X86;

namespace Engine.Metadata;

/// <content>Memory that is going to be needed, asked for before: each of these is a step of the way to an inode, and waits for
/// nothing that the step before asked for. They change nothing.</content>
public sealed unsafe partial class MetadataCache
{
    private const int CacheLineBytes = 64;

    /// <summary>First step: where the index would name the inode's node.</summary>
    internal void FetchCell(Ino ino) => _inos.Fetch(ino.Value);

    /// <summary>Second: the node that is likely to be the inode's; none where it is not in memory.</summary>
    internal NodeId GuessNode(Ino ino)
    {
        NodeId node = _inos.Guess(ino.Value);
        if (Sse.IsSupported && !node.IsNone)
        {
            fixed (NodeSide* side = &Nodes.At(node.Value))
                Sse.Prefetch0(side);
        }

        return node;
    }

    /// <summary>Third: where its page says the record is; and its first dirfrag.</summary>
    internal void FetchPage(NodeId node)
    {
        ref NodeSide side = ref Nodes.At(node.Value);
        if (side.FirstDir != 0 && _dirs[side.FirstDir] is { } dir)
            FetchPage(dir.Pages.Dir);
        FetchPage(new RecordRef(side.Page, side.Slot));
    }

    /// <summary>Fourth: the record; and that of the dirfrag.</summary>
    internal void FetchRecord(NodeId node)
    {
        ref NodeSide side = ref Nodes.At(node.Value);
        if (side.FirstDir != 0 && _dirs[side.FirstDir] is { } dir)
            FetchRecord(dir.Pages.Dir, DirRecord.Bytes);
        FetchRecord(new RecordRef(side.Page, side.Slot), 2 * CacheLineBytes);
    }

    private void FetchPage(RecordRef at)
    {
        if (!Sse.IsSupported || at.Page.IsNone)
            return;
        byte* page = Pool.Address(at.Page);
        Sse.Prefetch0(page);
        Sse.Prefetch0(page + PageSize.Of(at.Page.SizeClass) - (sizeof(ushort) * (at.Slot + 1)));
    }

    private void FetchRecord(RecordRef at, int bytes)
    {
        if (!Sse.IsSupported || at.Page.IsNone)
            return;
        byte* page = Pool.Address(at.Page);
        byte* record = page + (MetadataPage.SlotAt(page, at.Page.SizeClass, at.Slot) * RecordHeader.Unit);
        for (int i = 0; i < bytes; i += CacheLineBytes)
            Sse.Prefetch0(record + i);
    }
}
