using Engine.Buffers;
using Xunit;

namespace Engine.Metadata.Tests;

public class FragmentTests : IDisposable
{
    private readonly CacheFixture _fixture = new();
    private readonly List<string> _log = [];

    private MetadataCache Cache => _fixture.Cache;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void SplitAndMergeKeepEverything()
    {
        Dir dir = _fixture.Dirs("a");
        Dir bound = _fixture.Dirs("a/bound");
        Dir below = _fixture.Dirs("a/below");
        _fixture.Give(bound, 1);
        Dictionary<string, NodeId> nodes = Fill(dir);
        CacheFixture.Check(Cache.TryAddNull(dir, CacheFixture.Bytes("null"), out _));
        NodeId pinned = _fixture.File(below, "pinned");
        Cache.AuthPin(pinned);
        SetStats(dir);
        uint key = NameHash.Of(CacheFixture.Bytes("f5"));
        Assert.True(Cache.FreezeDir(dir));
        Cache.Wait(dir, WaitMask.Entry, new Note("entry", _log), key);
        Cache.Wait(dir, WaitMask.Unfreeze, new Note("unfrozen", _log));
        ulong version = Cache.VersionOf(dir);
        List<Dir> parts = [];
        CacheFixture.Check(Cache.TrySplit(dir, 3, parts));
        _fixture.Audit();
        Assert.Equal(8, parts.Count);
        Assert.Equal(303, parts.Sum(part => part.Count));
        Assert.Equal(8, Cache.DirtyDirsOf(4));
        Assert.Equal(version, Cache.VersionOf(parts[3]));
        Assert.Equal((320, 302), Sums(parts));
        Assert.Equal(new HashSet<Dir> { bound }, [.. _fixture.Bounds(_fixture.RootDir)]);
        Dir holder = Cache.FindDirFor(dir.Inode, key)!;
        Assert.Equal(WaitMask.Entry, MetadataCache.WaitedFor(holder) & WaitMask.Entry);
        foreach (Dir part in parts)
            Cache.UnfreezeDir(part);
        _fixture.RunReady();
        Assert.Equal(["unfrozen"], _log);
        Cache.Wake(holder, WaitMask.Entry, key: key);
        foreach (Dir part in parts)
            Assert.True(Cache.FreezeDir(part));
        CacheFixture.Check(Cache.TryMerge(dir.Inode, Frag.Root, out Dir? merged));
        Cache.UnfreezeDir(merged!);
        _fixture.Audit();
        Assert.Null(Cache.TreeOf(dir.Inode));
        Assert.Equal(-1, Cache.ExtLength(dir.Inode, ExtKind.FragTree));
        Assert.Equal((320, 302), Sums([merged!]));
        Assert.Equal(1, merged!.CumulativeAuthPins);
        foreach ((string name, NodeId node) in nodes)
        {
            int i = int.Parse(name[1..], null);
            Assert.Equal(node, Cache.Lookup(merged, CacheFixture.Bytes(name)));
            Assert.Equal(i % 7 == 0 ? PageFixture.Bytes((ulong)i, 10 * i) : [], Cache.ReadExt(node, ExtKind.Xattrs));
            Assert.Equal(i % 3 == 0, (Cache.StateOf(node) & NodeState.Dirty) != 0);
        }

        Cache.BeginCommit(merged);
        Cache.EndCommit(merged, written: true);
        Assert.Equal(0, Cache.DirtyDirCount);
        _fixture.Audit();
    }

    [Fact]
    public void SubtreeRootsAreSplitIntoRoots()
    {
        Dir dir = _fixture.Dirs("a");
        Dir bound = _fixture.Dirs("a/x/bound");
        _fixture.Give(bound, 1);
        _fixture.Subtrees.AdjustAuth(dir, Authority.Of(new RankId(0)));
        MetadataCache.SetState(dir, DirState.AuxSubtree, true);
        Assert.True(Cache.FreezeDir(dir));
        List<Dir> parts = [];
        CacheFixture.Check(Cache.TrySplit(dir, 1, parts));
        Assert.All(parts, part => Assert.True(part.IsSubtreeRoot));
        Dir holder = _fixture.Subtrees.RootOf(Cache.ParentOf(bound)!);
        Assert.Contains(holder, parts);
        Assert.Equal([bound], _fixture.Bounds(holder));
        Assert.Equal(parts, _fixture.Bounds(_fixture.RootDir));
        _fixture.Audit();
        CacheFixture.Check(Cache.TryMerge(dir.Inode, Frag.Root, out Dir? merged));
        Assert.Equal([bound], _fixture.Bounds(merged!));
        _fixture.Audit();
    }

    [Fact]
    public void ASplitWithoutMemoryChangesNothing()
    {
        using CacheFixture fixture = new(bytesMax: 300 << 10);
        Dir dir = fixture.Dirs("a");
        for (int i = 0; i < 280; i++)
            fixture.File(dir, $"file-{i:0000}");
        Assert.True(fixture.Cache.FreezeDir(dir));
        List<Dir> parts = [];
        Assert.Equal(IoError.NoMemory, fixture.Cache.TrySplit(dir, 2, parts));
        Assert.Empty(parts);
        Assert.Null(fixture.Cache.TreeOf(dir.Inode));
        fixture.Cache.UnfreezeDir(dir);
        fixture.Audit();
        Assert.Equal(280, dir.Count);
    }

    private Dictionary<string, NodeId> Fill(Dir dir)
    {
        Dictionary<string, NodeId> nodes = [];
        for (int i = 0; i < 300; i++)
        {
            nodes[$"f{i}"] = _fixture.File(dir, $"f{i}");
            Cache.WriteInode(nodes[$"f{i}"]).AccountedRecursive.Bytes = (ulong)i;
            if (i % 7 == 0)
                CacheFixture.Check(Cache.WriteExt(nodes[$"f{i}"], ExtKind.Xattrs, PageFixture.Bytes((ulong)i, 10 * i)));
            if (i % 3 == 0)
                Cache.MarkDirty(nodes[$"f{i}"], segment: 4, position: i);
        }

        return nodes;
    }

    private void SetStats(Dir dir)
    {
        ref DirRecord record = ref Cache.Write(dir);
        record.Stat.Files = 300;
        record.Stat.Subdirs = 2;
        record.AccountedStat.Files = 280;
        record.Recursive.Files = 320;
        record.AccountedRecursive.Files = 310;
    }

    private (int Recursive, int Own) Sums(IReadOnlyList<Dir> dirs)
    {
        Assert.Equal(10, dirs.Sum(dir => (int)Cache.Read(dir).Recursive.Files - (int)Cache.Read(dir).AccountedRecursive.Files));
        Assert.Equal(20, dirs.Sum(dir => (int)Cache.Read(dir).Stat.Files - (int)Cache.Read(dir).AccountedStat.Files));
        return (dirs.Sum(dir => (int)Cache.Read(dir).Recursive.Files),
            dirs.Sum(dir => (int)Cache.Read(dir).Stat.Files + (int)Cache.Read(dir).Stat.Subdirs));
    }
}
