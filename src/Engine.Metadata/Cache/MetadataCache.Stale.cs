namespace Engine.Metadata;

/// <content>Copies that the journal tells of, and that were dropped since.</content>
public sealed unsafe partial class MetadataCache
{
    /// <summary>While a journal is read: drops copies that do not agree with a chain which a rank took in. It had dropped them by
    /// then, which no journal tells, and nothing of its own lay below.</summary>
    public void DropStale(NodeId inode, PageChain chain)
    {
        ArgumentNullException.ThrowIfNull(chain);
        Dir? known = FindDir(inode, chain.Of.Frag);
        HashSet<NodeId> found = [];
        foreach (PageId page in chain.Pages)
        {
            foreach (int slot in Pool.Page(page).Slots)
            {
                RecordRef at = new(page, (ushort)slot);
                if (Pool.KindOf(at) is not (RecordKind.Entry or RecordKind.Link))
                    continue;
                NodeId same = known is null ? NodeId.None : NodeOfName(known, at);
                bool isEntry = Pool.KindOf(at) == RecordKind.Entry;
                NodeId lies = isEntry ? FindInode(Pool.Entry(at)->Inode.Ino) : NodeId.None;
                bool isOther = !same.IsNone && (isEntry ? lies != same && HasInode(same) : HasInode(same));
                if (isOther)
                    TryDropReplica(same);
                else if (!same.IsNone)
                    found.Add(same);
                if (!lies.IsNone && lies != same)
                    TryDropReplica(lies);
            }
        }

        for (int i = known is { IsAuth: false } ? known.Count - 1 : -1; i >= 0; i--)
        {
            NodeId node = EntryAt(known!, i);
            if (!found.Contains(node))
                TryDropReplica(node);
        }
    }

    /// <summary>While a journal is read: drops copies of dirfrags within a region that a rank took in, of which nothing came. It
    /// had dropped them by then, or else the other rank would have had them.</summary>
    public void DropStaleIn(Dir root)
    {
        List<Dir> region = [];
        VisitRegion(root, region.Add);
        for (int i = region.Count - 1; i >= 0; i--)
        {
            Dir dir = region[i];
            if (!dir.IsAuth && IsFree(dir) && TryDropRegion(dir))
                Close(dir);
        }
    }
}
