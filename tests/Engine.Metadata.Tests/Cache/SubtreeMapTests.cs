// The subtree map: catalogue cases of section B.

using Xunit;

namespace Engine.Metadata.Tests;

public class SubtreeMapTests : IDisposable
{
    private readonly CacheFixture _fixture = new();

    private MetadataCache Cache => _fixture.Cache;

    private SubtreeMap Map => _fixture.Subtrees;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void MG011_BoundsAreTheNextRootsBelow()
    {
        Dir a = _fixture.Dirs("a");
        Dir b = _fixture.Dirs("a/b");
        _fixture.Give(a, 1);
        _fixture.Give(b, 0);
        Assert.Equal([a], _fixture.Bounds(_fixture.RootDir));
        Assert.Equal([b], _fixture.Bounds(a));
        Assert.Empty(_fixture.Bounds(b));
        Assert.Equal(b, Map.RootOf(_fixture.Dirs("a/b/c")));
        _fixture.Audit();
    }

    [Fact]
    public void MG011_ARootBetweenTakesTheBoundsBelowIt()
    {
        Dir deep = _fixture.Dirs("a/b/c/d");
        Dir beside = _fixture.Dirs("a/x");
        _fixture.Give(deep, 1);
        _fixture.Give(beside, 1);
        Dir b = _fixture.Dirs("a/b");
        _fixture.Give(b, 2);
        Assert.Equal([deep], _fixture.Bounds(b));
        Assert.Equal(new HashSet<Dir> { b, beside }, [.. _fixture.Bounds(_fixture.RootDir)]);
        _fixture.Audit();
    }

    [Fact]
    public void MG012_RootsOfOneAuthorityMergeAway()
    {
        Dir a = _fixture.Dirs("a");
        Dir b = _fixture.Dirs("a/b");
        for (int i = 0; i < 5; i++)
            Cache.Hit(b, LoadKind.Write);
        Cache.Hit(a, LoadKind.Read);
        double whole = Cache.SubtreeLoadOf(_fixture.RootDir);
        _fixture.Give(b, 0);
        Assert.Equal(1, Cache.SubtreeLoadOf(a));
        Assert.Equal(1, Cache.SubtreeLoadOf(_fixture.RootDir));
        _fixture.Give(a, 1);
        _fixture.Give(b, 0);
        Assert.Equal(1, Cache.PinsOf(b, PinKind.Subtree));
        int pins = b.Pins;
        _fixture.Give(a, 0);
        Map.TryMerge(a);
        Assert.False(a.IsSubtreeRoot);
        Assert.False(b.IsSubtreeRoot);
        Assert.Equal(pins - 1, b.Pins);
        Assert.Equal(1, Map.Count);
        Assert.Equal(whole, Cache.SubtreeLoadOf(_fixture.RootDir));
        Assert.Equal([b.Inode, a.Inode], Map.ToEvaluate.OrderByDescending(node => node.Value));
        _fixture.Audit();
    }

    [Fact]
    public void MG013_AnAuxiliaryRootStaysUntilItIsNone()
    {
        Dir b = _fixture.Dirs("a/b");
        MetadataCache.SetState(b, DirState.AuxSubtree, true);
        _fixture.Give(b, 0);
        Map.TryMerge(b);
        Assert.True(b.IsSubtreeRoot);
        _fixture.Audit();
        MetadataCache.SetState(b, DirState.AuxSubtree, false);
        Map.TryMerge(b);
        Assert.False(b.IsSubtreeRoot);
        _fixture.Audit();
    }

    [Fact]
    public void MG015_AmbiguousRootsDoNotMerge()
    {
        Dir a = _fixture.Dirs("a");
        List<string> log = [];
        Map.AdjustAuth(a, Authority.Of(new RankId(0), new RankId(1)));
        Map.TryMerge(a);
        Assert.True(a.IsSubtreeRoot);
        Cache.Wait(_fixture.Dirs("a/b"), WaitMask.SingleAuth, new Note("single", log));
        Assert.Equal(WaitMask.SingleAuth, MetadataCache.WaitedFor(a));
        Map.AdjustAuth(a, Authority.Of(new RankId(0)));
        Assert.Empty(log);
        _fixture.RunReady();
        Assert.Equal(["single"], log);
        Map.TryMerge(a);
        _fixture.Audit();
    }

    [Fact]
    public void MG016_BoundsAreMadeExact()
    {
        Dir a = _fixture.Dirs("a");
        Dir x = _fixture.Dirs("a/x");
        Dir y = _fixture.Dirs("a/y");
        Dir m = _fixture.Dirs("a/m");
        Dir x2 = _fixture.Dirs("a/m/x2");
        Dir below = _fixture.Dirs("a/y/below");
        _fixture.Give(y, 2);
        _fixture.Give(below, 1);
        Map.AdjustAuth(m, Authority.Of(new RankId(0), new RankId(1)));
        Map.AdjustAuth(x2, Authority.Of(new RankId(2)));
        Assert.True(Map.AdjustBounded(a, [x, x2], Authority.Of(new RankId(3))));
        Assert.Equal(new HashSet<Dir> { x, x2 }, [.. _fixture.Bounds(a)]);
        Assert.Equal(Authority.Of(new RankId(0)), x.DirAuth);
        Assert.Equal(Authority.Of(new RankId(2)), x2.DirAuth);
        Assert.False(y.IsSubtreeRoot || m.IsSubtreeRoot || below.IsSubtreeRoot);
        Assert.False(Map.AdjustBounded(x, [y], Authority.Of(new RankId(0))));
        MetadataCache.VisitRegion(_fixture.RootDir, dir => MetadataCache.SetAuth(dir, true));
        MetadataCache.VisitRegion(a, dir => MetadataCache.SetAuth(dir, false));
        MetadataCache.VisitRegion(x2, dir => MetadataCache.SetAuth(dir, false));
        MetadataCache.SetAuth(x, true);
        _fixture.Audit();
    }

    [Fact]
    public void MG017_FragsOfAPeerAreTranslated()
    {
        Dir whole = _fixture.Dirs("a");
        NodeId a = whole.Inode;
        for (int i = 0; i < 64; i++)
            _fixture.File(whole, $"f{i}");
        Cache.FreezeDir(whole);
        List<Dir> parts = [];
        CacheFixture.Check(Cache.TrySplit(whole, 1, parts));
        foreach (Dir part in parts)
            Cache.UnfreezeDir(part);
        Ino ino = Cache.Inode(a).Ino;
        List<Dir> mapped = [];
        Map.MapDirFrags([new DirFrag(ino, Frag.Root)], mapped);
        Assert.Equal(parts, mapped);
        mapped.Clear();
        DirFrag finer = new(ino, parts[0].Frag.Child(1, 0));
        Map.MapDirFrags([finer, new DirFrag(new Ino(0xdead), Frag.Root)], mapped);
        Assert.Empty(mapped);
        CacheFixture.Check(Map.TryForceDirFrags([finer], mapped));
        Assert.Equal(finer, Assert.Single(mapped).Name);
        Assert.Equal(3, Cache.TreeOf(a)!.Leaves.Length);
        _fixture.Audit();
    }

    [Fact]
    public void MG018_ARenamedDirectoryKeepsItsAuthority()
    {
        Dir d = _fixture.Dirs("mine/d");
        Dir bound = _fixture.Dirs("mine/d/deep/bound");
        Dir theirs = _fixture.Dirs("theirs");
        _fixture.Give(theirs, 1);
        _fixture.Give(bound, 2);
        CacheFixture.Check(Cache.TryMove(d.Inode, theirs, CacheFixture.Bytes("moved")));
        Assert.Equal(Authority.Of(new RankId(0)), d.DirAuth);
        Assert.Equal([bound], _fixture.Bounds(d));
        Assert.Equal([d], _fixture.Bounds(theirs));
        Assert.Equal([theirs], _fixture.Bounds(_fixture.RootDir));
        Assert.Equal("/theirs/moved/deep", Cache.PathOf(_fixture.Cache.ParentOf(bound)!.Inode));
        _fixture.Audit();
        CacheFixture.Check(Cache.TryMove(d.Inode, _fixture.RootDir, CacheFixture.Bytes("back")));
        Assert.False(d.IsSubtreeRoot);
        Assert.Equal(new HashSet<Dir> { theirs, bound }, [.. _fixture.Bounds(_fixture.RootDir)]);
        _fixture.Audit();
    }

    [Fact]
    public void MG020_AChangeCostsItsOwnBoundsNotAllRoots()
    {
        const int Siblings = 10_000;
        using CacheFixture fixture = new(diagnose: false);
        List<Dir> roots = [];
        for (int i = 0; i < Siblings; i++)
        {
            Dir dir = fixture.Open(fixture.Directory(fixture.RootDir, $"s{i}"));
            fixture.Give(dir, 1);
            roots.Add(dir);
        }

        long before = fixture.Subtrees.Steps;
        Dir one = roots[Siblings / 2];
        MetadataCache.SetAuth(one, true);
        fixture.Subtrees.AdjustAuth(one, Authority.Of(new RankId(0), new RankId(0)));
        fixture.Subtrees.AdjustAuth(one, Authority.Of(new RankId(0)));
        fixture.Subtrees.TryMerge(one);
        Assert.False(one.IsSubtreeRoot);
        Assert.True(fixture.Subtrees.AdjustBounded(one, [], Authority.Of(new RankId(1))));
        MetadataCache.SetAuth(one, false);
        Assert.InRange(fixture.Subtrees.Steps - before, 1, 40);
        Assert.Equal(Siblings, fixture.Bounds(fixture.RootDir).Count);
        Assert.Empty(fixture.Cache.Audit(1));
    }
}
