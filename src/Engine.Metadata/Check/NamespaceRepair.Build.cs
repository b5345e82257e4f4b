// The namespace anew, from above: each directory is opened whole, divided as its inode says, and filled; then links and sums are
// made from below.
//
// Ownership: the cache is the repair's own. Invariant: a dirfrag's version is higher than any that a source of it had, so that
// what is written counts as newer from then on.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <content>The namespace in memory, with links and sums as they are.</content>
public sealed unsafe partial class NamespaceRepair
{
    private readonly Dictionary<Ino, uint> _furtherNames = [];

    private bool BuildAll()
    {
        foreach (SalvagedDir dir in _order)
        {
            foreach (SalvagedEntry entry in dir.Names.Values)
            {
                if (!entry.IsPrimary)
                    CollectionsMarshal.GetValueRefOrAddDefault(_furtherNames, entry.Ino, out _)++;
            }
        }

        bool hasRoom = true;
        foreach (SalvagedEntry entry in _bases)
            hasRoom = hasRoom && TryAddBase(entry);
        foreach (SalvagedDir dir in _order)
            hasRoom = hasRoom && TryFill(dir);
        return hasRoom;
    }

    private bool TryAddBase(SalvagedEntry entry)
    {
        if (_cache.TryAddBase(entry.Ino, entry.Inode.Mode, isAuth: true, out NodeId node).Failed)
            return false;
        _cache.WriteInode(node) = entry.Inode;
        return TrySetExts(node, entry);
    }

    private bool TryFill(SalvagedDir dir)
    {
        NodeId inode = _cache.FindInode(dir.Ino);
        Invariant.That(!inode.IsNone, "a directory comes behind the one in which it lies");
        if (dir.IsDamaged)
            Tell($"{_cache.PathOf(inode)}: its object was damaged; {WhatIsLeft(dir, inode)}");
        else if (!dir.IsKnown && !dir.Ino.IsSystem && Counts(inode))
            Tell($"{_cache.PathOf(inode)}: it has no object; it is empty now; {Loss(inode)}");
        foreach (Frag leaf in _cache.LeavesOf(inode, Frag.Root))
        {
            if (!_cache.HasRoomForChange || _cache.TryOpen(inode, leaf, out Dir? made).Failed)
                return false;
            MetadataCache.SetState(made!, DirState.Complete, true);
            if (dir.Ino.IsBase)
                _cache.Subtrees.AdjustAuth(made!, Authority.Of(s_me));
            ref DirRecord record = ref _cache.Write(made!);
            record.Version = dir.Newest.Version;
        }

        foreach (SalvagedEntry entry in dir.Names.Values)
        {
            Dir place = _cache.FindDir(inode, _cache.LeafOf(inode, NameHash.Of(entry.Name)))!;
            if (!_cache.HasRoomForChange || !TryAdd(place, entry))
                return false;
        }

        for (Dir? made = _cache.FirstDirOf(inode); made is not null; made = MetadataCache.NextDirOf(made))
            _cache.MarkDirty(made, 0, _lastSeq);
        return true;
    }

    private bool TryAdd(Dir dir, SalvagedEntry entry)
    {
        if (entry.IsPrimary)
            return TryAddPrimary(dir, entry);
        if (_salvage.TryFind(entry.Ino, out _))
            return !_cache.TryLinkRemote(dir, entry.Name, entry.Ino, entry.RemoteType, out _).Failed;
        string path = $"{_cache.PathOf(dir.Inode).TrimEnd('/')}/{NameText.Show(entry.Name)}";
        Tell($"{path}: leads to inode {entry.Ino}, which is nowhere; lost: the file's attributes, and the name with them");
        return true;
    }

    private bool TryAddPrimary(Dir dir, SalvagedEntry entry)
    {
        if (_cache.TryLinkPrimary(dir, entry.Name, entry.Ino, entry.Inode.Mode, out NodeId node).Failed)
            return false;
        ref DentryFields target = ref _cache.WriteDentry(node);
        ref EntryRecord image = ref MemoryMarshal.AsRef<EntryRecord>(entry.Image.AsSpan());
        (image.Dentry.Header, image.Dentry.Hash, image.Dentry.ExtHead) = (target.Header, target.Hash, target.ExtHead);
        (image.Dentry.First, image.Dentry.Last) = (target.First, target.Last);
        image.Dentry.Version = image.Inode.Version = _cache.VersionOf(dir);
        uint further = _furtherNames.GetValueOrDefault(entry.Ino);
        bool isStray = dir.Name.Ino.IsStray;
        if (!entry.Ino.IsSystem)
            image.Inode.LinkCount = isStray ? further : further + 1;
        Unsafe.As<DentryFields, EntryRecord>(ref target) = image;
        return TrySetExts(node, entry);
    }

    private bool TrySetExts(NodeId node, SalvagedEntry entry)
    {
        foreach ((ExtKind kind, byte[] value) in entry.Exts)
        {
            if (_cache.WriteExt(node, kind, value).Failed)
                return false;
        }

        return !_cache.IsDirectory(node) || _cache.TryLoadTree(node);
    }

    private bool Counts(NodeId inode) => _cache.Inode(inode).Stat.Files + _cache.Inode(inode).Stat.Subdirs > 0;

    private string Loss(NodeId inode)
    {
        ref readonly InodeFields fields = ref _cache.Inode(inode);
        return Text($"lost: the names of {fields.Stat.Files} files and {fields.Stat.Subdirs} directories in it, as last counted");
    }

    private string WhatIsLeft(SalvagedDir dir, NodeId inode)
    {
        if (!dir.IsKnown)
            return $"it is empty now; {Loss(inode)}";
        ref readonly FragStat counted = ref _cache.Inode(inode).Stat;
        string kept = Text($"{dir.Names.Count} names are known from elsewhere and kept");
        return dir.Names.Count >= counted.Files + counted.Subdirs
            ? kept
            : kept + Text($"; lost: the others of {counted.Files} files and {counted.Subdirs} directories, as last counted");
    }

    /// <summary>Sums, from below.</summary>
    private void CountAll()
    {
        for (int index = _order.Count - 1; index >= 0; index--)
        {
            SalvagedDir dir = _order[index];
            NodeId inode = _cache.FindInode(dir.Ino);
            for (Dir? part = _cache.FirstDirOf(inode); part is not null; part = MetadataCache.NextDirOf(part))
                Count(part);
            _ = DirSums.TryOfFragments(_cache, inode, out FragStat stat, out RecursiveStat below);
            ref InodeFields fields = ref _cache.WriteInode(inode);
            (fields.Stat.Files, fields.Stat.Subdirs) = (stat.Files, stat.Subdirs);
            fields.Stat.Mtime = Math.Max(fields.Stat.Mtime, dir.Newest.Stat.Mtime);
            fields.Stat.ChangeAttr = Math.Max(fields.Stat.ChangeAttr, dir.Newest.Stat.ChangeAttr);
            SetSums(ref fields.Recursive, below);
            fields.Recursive.Ctime = Math.Max(fields.Recursive.Ctime, dir.Newest.Recursive.Ctime);
        }
    }

    private void Count(Dir part)
    {
        DirSums.OfEntries(_cache, part, out FragStat stat, out RecursiveStat below);
        ref DirRecord record = ref _cache.Write(part);
        (record.Stat.Files, record.Stat.Subdirs) = (stat.Files, stat.Subdirs);
        SetSums(ref record.Recursive, below);
        record.AccountedStat = record.Stat;
        record.AccountedRecursive = record.Recursive;
    }

    private static void SetSums(ref RecursiveStat target, in RecursiveStat sum) =>
        (target.Bytes, target.Files, target.Subdirs) = (sum.Bytes, sum.Files, sum.Subdirs);
}
