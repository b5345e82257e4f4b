namespace Engine.Metadata;

/// <summary>What a directory's counts must be, made anew from what they count. Source: migrator specification, section 6,
/// N3.</summary>
internal static class DirSums
{
    /// <summary>The sums of a whole dirfrag's entries.</summary>
    public static void OfEntries(MetadataCache cache, Dir dir, out FragStat stat, out RecursiveStat below)
    {
        stat = default;
        below = default;
        for (int position = 0; position < dir.Count; position++)
        {
            NodeId entry = MetadataCache.EntryAt(dir, position);
            if (cache.IsNull(entry))
                continue;
            if (cache.IsRemote(entry))
            {
                stat.Files++;
                continue;
            }

            ref readonly InodeFields inode = ref cache.Inode(entry);
            if (FileMode.IsDirectory(inode.Mode))
            {
                stat.Subdirs++;
                below.Bytes += inode.Recursive.Bytes;
                below.Files += inode.Recursive.Files;
                below.Subdirs += inode.Recursive.Subdirs + 1;
            }
            else
            {
                stat.Files++;
                below.Files++;
                below.Bytes += inode.Size;
            }
        }
    }

    /// <summary>The sums of what a directory's dirfrags have told it; false where one of them is not whole in memory.</summary>
    public static bool TryOfFragments(MetadataCache cache, NodeId directory, out FragStat stat, out RecursiveStat below)
    {
        stat = default;
        below = default;
        for (Dir? dir = cache.FirstDirOf(directory); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            if (!dir.IsComplete)
                return false;
            ref readonly DirRecord record = ref cache.Read(dir);
            stat.Files += record.AccountedStat.Files;
            stat.Subdirs += record.AccountedStat.Subdirs;
            below.Bytes += record.AccountedRecursive.Bytes;
            below.Files += record.AccountedRecursive.Files;
            below.Subdirs += record.AccountedRecursive.Subdirs;
        }

        return true;
    }

    /// <summary>Do counts say the same?</summary>
    public static bool AreEqual(in FragStat one, in FragStat other) => one.Files == other.Files && one.Subdirs == other.Subdirs;

    /// <summary>Do counts say the same?</summary>
    public static bool AreEqual(in RecursiveStat one, in RecursiveStat other) =>
        one.Bytes == other.Bytes && one.Files == other.Files && one.Subdirs == other.Subdirs;
}
