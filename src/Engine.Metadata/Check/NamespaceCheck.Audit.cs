// Links, numbers and sums of what the journal and the store make together. A sum is compared on both levels where it is kept: a
// dirfrag's against its entries, a directory's against its dirfrags. Directories that could not be loaded are left out, since
// they were reported already.
using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <content>What must agree. Source: migrator specification, sections 1.3 and 6.</content>
public sealed partial class NamespaceCheck
{
    private readonly Dictionary<Ino, uint> _remoteNames = [];

    private void Audit()
    {
        foreach (Dir dir in _cache.Dirs)
            CountRemotes(dir);
        foreach (Dir dir in _cache.Dirs)
        {
            AuditDir(dir);
            for (int position = 0; position < dir.Count; position++)
                AuditEntry(dir, MetadataCache.EntryAt(dir, position));
        }

        foreach (NodeId node in _cache.Bases)
            AuditDirectory(node);
    }

    private void CountRemotes(Dir dir)
    {
        for (int position = 0; position < dir.Count; position++)
        {
            NodeId entry = MetadataCache.EntryAt(dir, position);
            if (_cache.IsRemote(entry))
                CollectionsMarshal.GetValueRefOrAddDefault(_remoteNames, _cache.Link(entry).RemoteIno, out _)++;
        }
    }

    private void AuditEntry(Dir dir, NodeId entry)
    {
        if (_cache.IsNull(entry))
            return;
        if (_cache.IsRemote(entry))
        {
            AuditRemote(dir, entry);
            return;
        }

        ref readonly InodeFields inode = ref _cache.Inode(entry);
        if (inode.Ino.IsSystem)
        {
            AuditDirectory(entry);
            return;
        }

        Inodes++;
        bool isStray = _cache.Inode(dir.Inode).Ino.IsStray;
        if (!isStray)
            Names++;
        uint remotes = _remoteNames.GetValueOrDefault(inode.Ino);
        uint expected = isStray ? remotes : remotes + 1;
        if (inode.LinkCount != expected)
            Report(Text($"{_cache.PathOf(entry)}: inode {inode.Ino} counts {inode.LinkCount} names and has {expected}; the ")
                + "count is wrong, or names are lost");
        else if (expected == 0)
            Nameless++;
        if (!_cache.IsDirectory(entry))
            return;
        Directories++;
        AuditDirectory(entry);
    }

    private void AuditRemote(Dir dir, NodeId entry)
    {
        Names++;
        Ino ino = _cache.Link(entry).RemoteIno;
        NodeId target = _cache.FindInode(ino);
        if (!target.IsNone && !_cache.IsDirectory(target))
            return;
        string name = _cache.PathOf(dir.Inode).TrimEnd('/') + "/" + Show(_cache.NameOf(entry));
        Report(target.IsNone
            ? $"{name}: leads to inode {ino}, which is nowhere; lost: the file's attributes"
            : $"{name}: leads to the directory {_cache.PathOf(target)}, which can have one name only");
    }

    /// <summary>A dirfrag's sums against its entries.</summary>
    private void AuditDir(Dir dir)
    {
        if (!dir.IsComplete)
            return;
        DirSums.OfEntries(_cache, dir, out FragStat stat, out RecursiveStat below);
        ref readonly DirRecord record = ref _cache.Read(dir);
        ExpectSums(dir.Inode, "entries", record.Stat, record.Recursive, stat, below);
    }

    /// <summary>A directory's own sums against those of its dirfrags.</summary>
    private void AuditDirectory(NodeId directory)
    {
        if (!DirSums.TryOfFragments(_cache, directory, out FragStat stat, out RecursiveStat below))
            return;
        if (_bad.Count == 0 || _cache.FirstDirOf(directory) is not null)
        {
            ref readonly InodeFields inode = ref _cache.Inode(directory);
            ExpectSums(directory, "fragments", inode.Stat, inode.Recursive, stat, below);
        }
    }

    private void ExpectSums(
        NodeId directory, string parts, in FragStat stat, in RecursiveStat below, in FragStat sum, in RecursiveStat sumBelow)
    {
        if (!DirSums.AreEqual(stat, sum))
            Report(Text($"{_cache.PathOf(directory)}: counts {stat.Files} files and {stat.Subdirs} directories; its {parts} ")
                + Text($"make {sum.Files} and {sum.Subdirs}; the count is wrong, or names are lost"));
        if (!DirSums.AreEqual(below, sumBelow))
            Report(Text($"{_cache.PathOf(directory)}: counts {below.Bytes} bytes in {below.Files} files and {below.Subdirs} ")
                + Text($"directories below; its {parts} make {sumBelow.Bytes}, {sumBelow.Files} and {sumBelow.Subdirs}; ")
                + "the count is wrong, or names are lost");
    }
}
