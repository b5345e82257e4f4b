using System.Globalization;
using Engine.Bench.Data;
using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>How much memory does an inode of a real tree take?</summary>
internal sealed class TreeMemoryQuestion : IMetadataQuestion
{
    private const double BytesMax = 900;

    public string Name => "tree-memory";

    public string Title => "memory per inode of a real tree, index and side arrays included";

    public void Ask(Report report, MetadataArguments arguments)
    {
        long managed = GC.GetTotalMemory(forceFullCollection: true);
        using TreeImport? import = TreeImport.TryRun(arguments.Tree, out string reason);
        if (import is null)
        {
            report.Note("skipped: " + reason);
            return;
        }

        MetadataCache cache = import.Rank.Cache;
        double managedBytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - managed) / cache.InodeCount;
        managed = GC.GetTotalMemory(forceFullCollection: true);
        var graph = new GraphTree(cache);
        double perObject = (double)(GC.GetTotalMemory(forceFullCollection: true) - managed) / graph.InodeCount;
        GC.KeepAlive(graph);
        double bytes = cache.BytesPerInode + managedBytes;
        report.Add(new Figure(
            $"{Name}: {arguments.Tree}, pages", bytes, "B", "object graph", perObject, bytes / perObject,
            string.Create(CultureInfo.InvariantCulture, $"at most {BytesMax}"), bytes <= BytesMax));
        double pages = (double)cache.PageBytes / cache.InodeCount;
        double side = (double)cache.SideBytes / cache.InodeCount;
        report.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{cache.InodeCount} inodes in {cache.DirCount} directories; pages {pages:0}, side arrays and indexes {side:0}, ")
            + string.Create(CultureInfo.InvariantCulture, $"managed memory {managedBytes:0} bytes per inode"));
    }
}
