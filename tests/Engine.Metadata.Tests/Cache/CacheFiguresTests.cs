using Engine.Buffers;
using Xunit;
using Xunit.Abstractions;

namespace Engine.Metadata.Tests;

[Collection(nameof(CacheFiguresTests))]
public class CacheFiguresTests(ITestOutputHelper output)
{
    [Fact]
    public void AnInodeTakesAtMost700BytesInDirectoriesOf1000Files()
    {
        using MetadataPagePool pool = new(512L << 20);
        using MetadataCache cache = Fill(pool, directories: 100, files: 1000);
        output.WriteLine($"{cache.BytesPerInode:F0} bytes an inode; pages {cache.PageBytes}, beside them {cache.SideBytes}");
        Assert.InRange(cache.BytesPerInode, 512, 700);
    }

    [Fact]
    public void AnInodeTakesAtMost900BytesInSmallDirectories()
    {
        using MetadataPagePool pool = new(512L << 20);
        using MetadataCache cache = Fill(pool, directories: 5000, files: 11);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        using MetadataCache twin = Fill(pool, directories: 5000, files: 11);
        long managed = GC.GetTotalMemory(forceFullCollection: true) - before;
        double each = cache.BytesPerInode + ((double)managed / twin.InodeCount);
        output.WriteLine($"{each:F0} bytes an inode, of these {managed / twin.InodeCount} managed; pages {cache.PageBytes}");
        Assert.InRange(each, 512, 900);
    }

    [Fact]
    public void LookupsAllocateNothing()
    {
        using MetadataPagePool pool = new(512L << 20);
        using MetadataCache cache = Fill(pool, directories: 50, files: 1000);
        NodeId root = cache.FindInode(Ino.Root);
        byte[][] names = [.. Enumerable.Range(0, 1000).Select(PageFixture.Name)];
        NodeId[] directories = [.. Enumerable.Range(0, 50).Select(i => cache.Lookup(root, CacheFixture.Bytes($"d{i}")))];
        SeededRandom random = new(7);
        long found = Search(cache, random, directories, names, 100_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        found += Search(cache, random, directories, names, 1_000_000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(1_100_000, found);
        for (int round = 0; round < 3; round++)
        {
            TimeSpan started = Environment.CpuUsage.TotalTime;
            Search(cache, random, directories, names, 1_000_000);
            TimeSpan taken = Environment.CpuUsage.TotalTime - started;
            output.WriteLine($"{taken.TotalNanoseconds / 1_000_000:F0} ns a lookup and stat");
        }
    }

    [Fact]
    public void AdoptingPagesAllocatesNoManagedMemoryForEntries()
    {
        const int Directories = 100;
        const int Files = 1000;
        using MetadataPagePool pool = new(512L << 20);
        using MetadataCache cache = Fill(pool, Directories, files: 0);
        NodeId root = cache.FindInode(Ino.Root);
        List<(NodeId Directory, PageChain Chain)> chains = [];
        for (int d = 0; d < Directories; d++)
        {
            NodeId directory = cache.Lookup(root, CacheFixture.Bytes($"d{d}"));
            chains.Add((directory, Chain(cache, directory, Files, first: 0x100_0000 + ((ulong)d * Files))));
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan started = Environment.CpuUsage.TotalTime;
        foreach ((NodeId directory, PageChain chain) in chains)
            CacheFixture.Check(cache.TryAdopt(directory, Frag.Root, chain, out _));
        TimeSpan taken = Environment.CpuUsage.TotalTime - started;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        output.WriteLine($"{taken.TotalNanoseconds / (Directories * Files):F0} ns an inode, {allocated} bytes allocated");
        Assert.Equal((Directories * Files) + Directories + 1, cache.InodeCount);
        Assert.InRange(allocated, 0, Directories * 4096);
    }

    private static unsafe PageChain Chain(MetadataCache cache, NodeId directory, int files, ulong first)
    {
        DirFrag of = new(cache.Inode(directory).Ino, Frag.Root);
        PageChain chain = PageChain.TryCreate(cache.Pool, PageKind.Dirfrag, of, 1, null)!;
        for (int f = 0; f < files; f++)
        {
            byte[] name = PageFixture.Name(f);
            CacheFixture.Check(chain.TryAdd(RecordKind.Entry, name, NameHash.Of(name), out RecordRef at));
            cache.Pool.Entry(at)->Inode.Ino = new Ino(first + (ulong)f);
            cache.Pool.Entry(at)->Inode.Mode = FileMode.Regular;
        }

        return chain;
    }

    private static long Search(MetadataCache cache, SeededRandom random, NodeId[] directories, byte[][] names, int count)
    {
        long found = 0;
        for (int i = 0; i < count; i++)
        {
            NodeId node = cache.Lookup(directories[random.NextInt(directories.Length)], names[random.NextInt(names.Length)]);
            found += cache.Inode(node).Mode != 0 ? 1 : 0;
        }

        return found;
    }

    private static MetadataCache Fill(MetadataPagePool pool, int directories, int files)
    {
        MetadataCache cache = new(new RankId(0), pool, epoch: 1, checks: false);
        CacheFixture.Check(cache.TryAddBase(Ino.Root, FileMode.Directory, isAuth: true, out NodeId root));
        CacheFixture.Check(cache.TryOpen(root, Frag.Root, out Dir? rootDir));
        cache.Subtrees.AdjustAuth(rootDir!, Authority.Of(new RankId(0)));
        ulong ino = 0x1000;
        for (int d = 0; d < directories; d++)
        {
            Ino number = new(ino++);
            byte[] name = CacheFixture.Bytes($"d{d}");
            CacheFixture.Check(cache.TryLinkPrimary(rootDir!, name, number, FileMode.Directory, out NodeId node));
            CacheFixture.Check(cache.TryOpen(node, Frag.Root, out Dir? dir));
            for (int f = 0; f < files; f++)
                CacheFixture.Check(cache.TryLinkPrimary(dir!, PageFixture.Name(f), new Ino(ino++), FileMode.Regular, out _));
        }

        return cache;
    }
}
