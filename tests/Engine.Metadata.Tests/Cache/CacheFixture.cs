using System.Text;
using Engine.Buffers;
using Xunit;

namespace Engine.Metadata.Tests;

/// <summary>A cache with a root directory that belongs to its rank, and short ways to fill it.</summary>
internal sealed class CacheFixture : IDisposable
{
    private readonly PageFixture? _pages;
    private readonly MetadataPagePool _pool;
    private ulong _nextIno = 0x1_0000;

    public CacheFixture(int rank = 0, int authority = 0, long bytesMax = 64 << 20, bool diagnose = true)
    {
        _pages = diagnose ? new PageFixture(bytesMax, blocks: 1024) : null;
        _pool = _pages?.Pool ?? new MetadataPagePool(bytesMax);
        Cache = new MetadataCache(new RankId(rank), _pool, epoch: 1, checks: true);
        Check(Cache.TryAddBase(Ino.Root, FileMode.Directory | 0x1ED, rank == authority, out NodeId root));
        Root = root;
        RootDir = Open(root);
        Cache.Subtrees.AdjustAuth(RootDir, Authority.Of(new RankId(authority)));
    }

    public MetadataCache Cache { get; }

    public NodeId Root { get; }

    public Dir RootDir { get; }

    public SubtreeMap Subtrees => Cache.Subtrees;

    public static byte[] Bytes(string name) => Encoding.UTF8.GetBytes(name);

    public static void Check(IoError error) => Assert.Equal(IoError.None, error);

    /// <summary>Opens the whole of a directory, complete.</summary>
    public Dir Open(NodeId inode)
    {
        Check(Cache.TryOpen(inode, Frag.Root, out Dir? dir));
        MetadataCache.SetState(dir!, DirState.Complete, true);
        return dir!;
    }

    public NodeId File(Dir dir, string name)
    {
        Check(Cache.TryLinkPrimary(dir, Bytes(name), new Ino(_nextIno++), FileMode.Regular | 0x1A4, out NodeId node));
        return node;
    }

    public NodeId Directory(Dir dir, string name)
    {
        Check(Cache.TryLinkPrimary(dir, Bytes(name), new Ino(_nextIno++), FileMode.Directory | 0x1ED, out NodeId node));
        return node;
    }

    /// <summary>Makes the directories of a path that are missing, open; the last one's dirfrag.</summary>
    public Dir Dirs(string path)
    {
        Dir at = RootDir;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            NodeId node = Cache.Lookup(at, Bytes(name));
            if (node.IsNone)
                node = Directory(at, name);
            at = Cache.FirstDirOf(node) ?? Open(node);
        }

        return at;
    }

    /// <summary>Gives a subtree to a rank, with the Auth bits of its dirfrags.</summary>
    public void Give(Dir dir, int rank)
    {
        Subtrees.AdjustAuth(dir, Authority.Of(new RankId(rank)));
        MetadataCache.VisitRegion(dir, each => MetadataCache.SetAuth(each, rank == Cache.Me.Value));
    }

    public IReadOnlyList<Dir> Bounds(Dir root)
    {
        List<Dir> bounds = [];
        Subtrees.AddBounds(root, bounds);
        return bounds;
    }

    public void RunReady()
    {
        while (Cache.Ready.TryRunNext())
        {
        }
    }

    public void Audit() => Assert.Empty(Cache.Audit(3));

    public void Dispose()
    {
        Cache.Dispose();
        if (_pages == null)
            _pool.Dispose();
        else
            _pages.Dispose();
    }
}
