using System.Globalization;
using System.Text;
using Engine.Bench.Data;
using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>How much memory does an inode take?</summary>
internal sealed class PageMemoryQuestion : IMetadataQuestion
{
    private const int Directories = 100;
    private const double BytesMax = 700;

    public string Name => "page-memory";

    public string Title => "memory per inode in 100 directories of 1000 entries, index and side arrays included";

    public void Ask(Report report, MetadataArguments arguments)
    {
        long managed = GC.GetTotalMemory(forceFullCollection: true);
        var graph = new List<GraphDir>();
        var names = new List<Dictionary<string, GraphDentry>>();
        var inos = new Dictionary<ulong, GraphInode>();
        for (int i = 0; i < Directories; i++)
            AddGraph(graph, names, inos, (ulong)i << 32);
        double perObject = (double)(GC.GetTotalMemory(forceFullCollection: true) - managed) / inos.Count;
        GC.KeepAlive(graph);
        GC.KeepAlive(names);

        managed = GC.GetTotalMemory(forceFullCollection: true);
        using var pool = new MetadataPagePool(256 << 20);
        using MetadataCache cache = Fill(pool);
        double managedBytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - managed) / cache.InodeCount;
        double bytes = cache.BytesPerInode + managedBytes;
        report.Add(new Figure(
            $"{Name}: pages", bytes, "B", "object graph", perObject, bytes / perObject,
            string.Create(CultureInfo.InvariantCulture, $"at most {BytesMax}"), bytes <= BytesMax));
        report.Note(string.Create(
            CultureInfo.InvariantCulture, $"managed memory among it: {managedBytes:0.0} bytes per inode; names have 14 bytes"));
    }

    private static void AddGraph(
        List<GraphDir> graph,
        List<Dictionary<string, GraphDentry>> names,
        Dictionary<ulong, GraphInode> inos,
        ulong firstIno)
    {
        GraphDir dir = GraphMaker.Make();
        var byName = new Dictionary<string, GraphDentry>();
        foreach (GraphDentry dentry in dir.Entries)
        {
            byName.Add(Encoding.UTF8.GetString(dentry.Name), dentry);
            if (dentry.Inode is null)
                continue;
            dentry.Inode.Ino += firstIno;
            inos.Add(dentry.Inode.Ino, dentry.Inode);
        }

        graph.Add(dir);
        names.Add(byName);
    }

    private static MetadataCache Fill(MetadataPagePool pool)
    {
        const uint directoryMode = 0x41ED;
        var cache = new MetadataCache(new RankId(0), pool, epoch: 1, checks: false);
        PageMaker.Check(cache.TryAddBase(Ino.Root, directoryMode, isAuth: true, out NodeId root));
        PageMaker.Check(cache.TryOpen(root, Frag.Root, out Dir? top));
        for (int i = 0; i < Directories; i++)
        {
            var ino = new Ino(2_000_000 + (ulong)i);
            byte[] name = Encoding.UTF8.GetBytes($"directory-{i:0000}");
            PageMaker.Check(cache.TryLinkPrimary(top!, name, ino, directoryMode, out NodeId node));
            PageMaker.Check(cache.TryOpen(node, Frag.Root, out Dir? dir));
            foreach (ref readonly SampleEntry entry in SampleDirectory.Values.AsSpan())
                Add(cache, dir!, in entry, (ulong)(i + 1) << 32);
        }

        return cache;
    }

    private static void Add(MetadataCache cache, Dir dir, in SampleEntry entry, ulong firstIno) =>
        PageMaker.Check(entry.RemoteIno == 0
            ? cache.TryLinkPrimary(dir, entry.Name, new Ino(firstIno + entry.Ino), entry.Mode, out _)
            : cache.TryLinkRemote(dir, entry.Name, new Ino(entry.RemoteIno), SampleDirectory.RegularType, out _));
}
