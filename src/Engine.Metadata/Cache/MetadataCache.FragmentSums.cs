using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Directory records of the results of a refragmentation.</content>
public sealed unsafe partial class MetadataCache
{
    /// <summary>
    /// Each result counts its own entries; what the sources' numbers have beyond that, and what their accounted numbers lag
    /// behind, goes to the first result: sums over all stay the same.
    /// </summary>
    private void SplitRecords(List<Dir> sources, List<Dir> targets)
    {
        DirRecord sum = Read(sources[0]);
        for (int i = 1; i < sources.Count; i++)
        {
            ref readonly DirRecord other = ref Read(sources[i]);
            sum.Version = Math.Max(sum.Version, other.Version);
            sum.Stat = Add(sum.Stat, other.Stat);
            sum.AccountedStat = Add(sum.AccountedStat, other.AccountedStat);
            sum.Recursive = Add(sum.Recursive, other.Recursive);
            sum.AccountedRecursive = Add(sum.AccountedRecursive, other.AccountedRecursive);
        }

        FragStat statLeft = sum.Stat;
        RecursiveStat recursiveLeft = sum.Recursive;
        FragStat statLag = Subtract(sum.Stat, sum.AccountedStat);
        RecursiveStat recursiveLag = Subtract(sum.Recursive, sum.AccountedRecursive);
        for (int i = targets.Count - 1; i >= 0; i--)
        {
            ref DirRecord record = ref Write(targets[i]);
            RecordHeader header = record.Header;
            ushort ext = record.ExtHead;
            record = sum;
            record.Header = header;
            record.ExtHead = ext;
            record.CommittedVersion = 0;
            record.Replicas = default;
            if (i > 0)
            {
                CountEntries(targets[i], sum, out record.Stat, out record.Recursive);
                statLeft = Subtract(statLeft, record.Stat);
                recursiveLeft = Subtract(recursiveLeft, record.Recursive);
                record.AccountedStat = record.Stat;
                record.AccountedRecursive = record.Recursive;
                continue;
            }

            record.Stat = statLeft;
            record.Recursive = recursiveLeft;
            record.AccountedStat = Subtract(statLeft, statLag);
            record.AccountedRecursive = Subtract(recursiveLeft, recursiveLag);
        }
    }

    /// <summary>What the entries of a dirfrag count for.</summary>
    private void CountEntries(Dir dir, in DirRecord source, out FragStat stat, out RecursiveStat recursive)
    {
        stat = source.Stat with { Files = 0, Subdirs = 0 };
        recursive = source.Recursive with { Bytes = 0, Files = 0, Subdirs = 0, SnapRealms = 0 };
        foreach (DirIndexEntry item in dir.Index.Items)
        {
            NodeId node = new(item.Node);
            if (IsNull(node))
                continue;
            if (IsRemote(node))
            {
                stat.Files++;
                continue;
            }

            ref readonly InodeFields inode = ref Inode(node);
            if (!IsDirectory(node))
            {
                stat.Files++;
                recursive.Files++;
                recursive.Bytes += inode.Size;
                continue;
            }

            stat.Subdirs++;
            recursive.Bytes += inode.Recursive.Bytes;
            recursive.Files += inode.Recursive.Files;
            recursive.Subdirs += inode.Recursive.Subdirs + 1;
            recursive.SnapRealms += inode.Recursive.SnapRealms;
        }
    }

    private static FragStat Add(FragStat left, FragStat right) => left with
    {
        Version = Math.Max(left.Version, right.Version),
        Mtime = Math.Max(left.Mtime, right.Mtime),
        ChangeAttr = Math.Max(left.ChangeAttr, right.ChangeAttr),
        Files = left.Files + right.Files,
        Subdirs = left.Subdirs + right.Subdirs,
    };

    private static FragStat Subtract(FragStat left, FragStat right) => left with
    {
        Files = left.Files - right.Files,
        Subdirs = left.Subdirs - right.Subdirs,
    };

    private static RecursiveStat Add(RecursiveStat left, RecursiveStat right) => left with
    {
        Version = Math.Max(left.Version, right.Version),
        Ctime = Math.Max(left.Ctime, right.Ctime),
        Bytes = left.Bytes + right.Bytes,
        Files = left.Files + right.Files,
        Subdirs = left.Subdirs + right.Subdirs,
        SnapRealms = left.SnapRealms + right.SnapRealms,
    };

    private static RecursiveStat Subtract(RecursiveStat left, RecursiveStat right) => left with
    {
        Bytes = left.Bytes - right.Bytes,
        Files = left.Files - right.Files,
        Subdirs = left.Subdirs - right.Subdirs,
        SnapRealms = left.SnapRealms - right.SnapRealms,
    };
}
