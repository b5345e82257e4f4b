using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Nodes against dirfrags, indexes and records.</content>
internal sealed unsafe partial class CacheAudit
{
    private void CheckNodes()
    {
        int unpinned = 0;
        int indexed = 0;
        int inodes = 0;
        for (int id = 1; id < cache.Nodes.End; id++)
        {
            NodeId node = new(id);
            if (!cache.Nodes.IsLive(node))
                continue;
            ref NodeSide side = ref cache.Nodes[node];
            unpinned += side.Lru.IsLinked ? 1 : 0;
            indexed += side.Dir != 0 ? 1 : 0;
            inodes += cache.HasInode(node) ? 1 : 0;
            CheckNode(node, ref side);
        }

        int inDirs = cache.ApartEntries;
        foreach (Dir dir in cache.Dirs)
            inDirs += dir.Count;

        Expect(indexed == inDirs, "IX", cache.Me, $"{indexed} nodes lie in dirfrags, whose indexes have {inDirs}");
        Expect(unpinned == cache.UnpinnedCount, "P2", cache.Me,
            $"{unpinned} nodes in the list of {cache.UnpinnedCount} unpinned");
        Expect(inodes == cache.InodeCount, "IX", cache.Me, $"{inodes} inodes, the index has {cache.InodeCount}");
    }

    private void CheckNode(NodeId node, ref NodeSide side)
    {
        Expect(side.Lru.IsLinked == (side.Pins == 0 && side.Dir != 0), "P2", node, "its pins and the list of unpinned disagree");
        Expect(side.Dirty.IsLinked == ((side.State & NodeState.Dirty) != 0), "J6", node, "its dirty bit and list disagree");
        if (cache.IsApart(node))
        {
            Expect(side.FirstDir == 0 && side.AuthPins == 0, "IX", node, "stands apart, and is in use");
            return;
        }

        if (cache.HasInode(node))
            Expect(cache.FindInode(cache.Inode(node).Ino) == node, "N2", node, "the inode index names another node, or none");
        int nested = 0;
        int open = 0;
        Frag previous = default;
        for (Dir? dir = cache.FirstDirOf(node); dir != null; dir = dir.NextOfInode)
        {
            Expect(open == 0 || previous.CompareTo(dir.Frag) < 0, "IX", node, "its open dirfrags are not in order");
            previous = dir.Frag;
            open++;
            nested += !dir.IsSubtreeRoot && dir.CumulativeAuthPins > 0 ? 1 : 0;
            Expect(dir.Inode == node && dir.Name.Ino == cache.Inode(node).Ino, "IX", dir, "its inode is another one");
        }

        Expect(nested == side.NestedAuthPins, "F1", node, $"{side.NestedAuthPins} nested auth pins, {nested} by its dirfrags");
        if (cache.PinsOf(node, PinKind.AuthPin) < 0)
            return;
        int total = cache.PinTotalOf(node);
        Expect(total == side.Pins, "P2", node, $"{side.Pins} pins, {total} by kind");
        ulong replicas = cache.ReplicasOf(node);
        Expect(cache.IsAuth(node) || (replicas & ~(1UL << cache.Me.Value)) == 0, "R1", node, "a copy counts copies");
        ExpectPin(node, PinKind.Replicated, cache.IsAuth(node) && replicas != 0);
        ExpectPin(node, PinKind.AuthPin, side.AuthPins > 0);
        ExpectPin(node, PinKind.DirFrag, open > 0);
        ExpectPin(node, PinKind.Dirty, side.Dirty.IsLinked);
        ExpectPin(node, PinKind.Waiter, cache.TryCompanionOf(node)?.Waiters is { IsEmpty: false });
    }

    private void ExpectPin(NodeId node, PinKind kind, bool expected) =>
        Expect(cache.PinsOf(node, kind) == (expected ? 1 : 0), "P2", node,
            $"{cache.PinsOf(node, kind)} pins of kind {kind}, {(expected ? 1 : 0)} expected");

    private void CheckEntries(Dir dir)
    {
        Span<DirIndexEntry> items = dir.Index.Items;
        ulong version = cache.VersionOf(dir);
        // After a restart a dirfrag may be open for the sake of the way to others alone: its version is in its object.
        bool hasVersion = dir.IsAuth && (dir.IsComplete || version > 0);
        int nulls = 0;
        for (int i = 0; i < items.Length; i++)
        {
            NodeId node = new(items[i].Node);
            if (!cache.Nodes.IsLive(node) || cache.Nodes[node].Dir != dir.Id)
            {
                Expect(false, "IX", dir, $"{node} is indexed, but lies elsewhere");
                continue;
            }

            ref readonly DentryFields dentry = ref cache.Dentry(node);
            nulls += cache.IsNull(node) ? 1 : 0;
            Expect(dentry.Hash == items[i].Hash, "IX", node, "index and record have different hashes");
            Expect(dir.Frag.Contains(dentry.Hash), "IX", node, $"does not belong in {dir.Name}");
            Expect(NameHash.Of(cache.NameOf(node)) == dentry.Hash, "IX", node, "the hash is not that of the name");
            Expect(!hasVersion || dentry.Version <= version, "N4", node,
                $"version {dentry.Version} is ahead of its dirfrag's {version}");
            if (hasVersion && cache.HasInode(node))
                Expect(cache.Inode(node).Version <= version, "N4", node, "the inode's version is ahead of its dirfrag's");
            if (i == 0)
                continue;
            int order = items[i - 1].Hash.CompareTo(items[i].Hash);
            if (order == 0)
                order = cache.NameOf(new NodeId(items[i - 1].Node)).SequenceCompareTo(cache.NameOf(node));
            Expect(order < 0, order == 0 ? "N2" : "IX", dir, $"entries {i - 1} and {i} are not in order");
        }

        Expect(nulls == dir.NullCount, "IX", dir, $"{dir.NullCount} null entries counted, there are {nulls}");
    }

    private void CheckPages(Dir dir)
    {
        int records = 0;
        foreach (PageId page in dir.Pages.Pages)
        {
            foreach (int slot in cache.Pool.Page(page).Slots)
                records += CheckRecord(dir, new RecordRef(page, (ushort)slot)) ? 1 : 0;
        }

        Expect(records == dir.Count, "PG", dir, $"{records} records, {dir.Count} entries");
    }

    private bool CheckRecord(Dir dir, RecordRef at)
    {
        RecordKind kind = cache.Pool.KindOf(at);
        if (kind is not (RecordKind.Entry or RecordKind.Link))
            return false;
        int position = dir.Index.LowerBound(cache.Pool.Dentry(at)->Hash);
        Span<DirIndexEntry> items = dir.Index.Items;
        for (; position < items.Length && items[position].Hash == cache.Pool.Dentry(at)->Hash; position++)
        {
            NodeId node = new(items[position].Node);
            if (!cache.Nodes.IsLive(node) || cache.PlaceOf(node) != at)
                continue;
            bool isEntry = kind == RecordKind.Entry;
            Expect(isEntry == ((cache.StateOf(node) & NodeState.Primary) != 0), "PG", node, $"its record is of kind {kind}");
            if (isEntry)
                Expect(FileMode.IsDirectory(cache.Inode(node).Mode) == cache.IsDirectory(node), "PG", node, "its type is wrong");
            else
                Expect((cache.Link(node).Linkage == DentryLinkage.Remote) == cache.IsRemote(node), "PG", node,
                    "its linkage is wrong");
            return true;
        }

        Expect(false, "PG", dir, $"the record at {at} has no node");
        return true;
    }
}
