// Loading, trimming and committing: how metadata enters a cache, becomes dirty and clean, and leaves it.

using Engine.Buffers;
using Xunit;

namespace Engine.Metadata.Tests;

/// <summary>Loading, trimming, committing.</summary>
public sealed class CacheLifeTests : IDisposable
{
    private readonly CacheFixture _fixture = new();

    private MetadataCache Cache => _fixture.Cache;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void ALoadedChainIsAdoptedWhole()
    {
        NodeId a = _fixture.Directory(_fixture.RootDir, "a");
        PageChain chain = Load(a, files: 200);
        CacheFixture.Check(Cache.TryAdopt(a, Frag.Root, chain, out Dir? dir));
        Assert.True(dir!.IsComplete);
        Assert.Equal((12ul, 12ul), (Cache.VersionOf(dir), dir.CommittedVersion));
        Assert.Equal(201, dir.Count);
        Assert.Equal(1, dir.NullCount);
        Assert.Equal(new Ino(0x5000 + 7), Cache.Inode(Cache.Lookup(a, PageFixture.Name(7))).Ino);
        _fixture.Audit();
        Assert.Equal(a, Cache.FirstDirOf(a)!.Inode);
    }

    [Fact]
    public void AChainThatContradictsTheCacheIsRefused()
    {
        NodeId a = _fixture.Directory(_fixture.RootDir, "a");
        CacheFixture.Check(Cache.TryLinkPrimary(_fixture.RootDir, "thief"u8, new Ino(0x5000 + 3), FileMode.Regular, out _));
        int nodes = Cache.NodeCount;
        Assert.Equal(new IoError(117), Cache.TryAdopt(a, Frag.Root, Load(a, files: 20), out Dir? dir));
        Assert.Null(dir);
        Assert.Equal(nodes, Cache.NodeCount);
        _fixture.Audit();
    }

    [Fact]
    public void ADirectoryTrimmedInPartIsCompletedByLoadingItAgain()
    {
        NodeId a = _fixture.Directory(_fixture.RootDir, "a");
        CacheFixture.Check(Cache.TryAdopt(a, Frag.Root, Load(a, files: 100), out Dir? dir));
        NodeId kept = Cache.Lookup(dir!, PageFixture.Name(5));
        Cache.Pin(kept, PinKind.Request);
        Assert.Equal(0, Cache.Trim(0));
        Assert.Equal(93, Cache.Trim(93));
        Assert.Equal(10, Cache.NodeCount);
        Assert.False(dir!.IsComplete);
        _fixture.Audit();
        CacheFixture.Check(Cache.TryAdopt(a, Frag.Root, Load(a, files: 100), out Dir? same));
        Assert.Same(dir, same);
        Assert.True(dir.IsComplete);
        Assert.Equal(101, dir.Count);
        Assert.Equal(kept, Cache.Lookup(dir, PageFixture.Name(5)));
        _fixture.Audit();
        Cache.Unpin(kept, PinKind.Request);
    }

    [Fact]
    public unsafe void AddingADirectoryThatIsDividedInNoWay_IsRefused()
    {
        NodeId a = _fixture.Directory(_fixture.RootDir, "a");
        CacheFixture.Check(Cache.TryOpen(a, Frag.Root, out Dir? dir));
        CacheFixture.Check(Cache.TryLinkPrimary(dir!, "known"u8, new Ino(0x4000), FileMode.Regular, out _));
        PageChain chain = Load(a, files: 3);
        CacheFixture.Check(chain.TryAdd(RecordKind.Entry, "sub"u8, NameHash.Of("sub"u8), out RecordRef at));
        Cache.Pool.Entry(at)->Inode.Ino = new Ino(0x7000);
        Cache.Pool.Entry(at)->Inode.Mode = FileMode.Directory;
        CacheFixture.Check(chain.TrySetExt(ref at, ExtKind.FragTree, [99, 99]));
        Assert.Equal(new IoError(117), Cache.TryAdopt(a, Frag.Root, chain, out _));
        Assert.False(dir!.IsComplete);
        Assert.True(Cache.FindInode(new Ino(0x7000)).IsNone);
        _fixture.Audit();
    }

    [Fact]
    public void WhatWasReplayedBeforeADirectoryWasLoadedWins()
    {
        NodeId a = _fixture.Directory(_fixture.RootDir, "a");
        CacheFixture.Check(Cache.TryOpen(a, Frag.Root, out Dir? dir));
        CacheFixture.Check(Cache.TryAddNull(dir!, PageFixture.Name(3), out NodeId removed));
        Cache.MarkDirty(removed, segment: 0, position: 1);
        CacheFixture.Check(Cache.TryLinkPrimary(dir!, "moved"u8, new Ino(0x5000 + 3), FileMode.Regular, out NodeId moved));
        Cache.MarkDirty(moved, segment: 0, position: 2);
        CacheFixture.Check(Cache.TryAdopt(a, Frag.Root, Load(a, files: 20), out _));
        Assert.True(Cache.IsNull(Cache.Lookup(a, PageFixture.Name(3))));
        Assert.Equal(moved, Cache.FindInode(new Ino(0x5000 + 3)));
        Assert.Equal(22, dir!.Count);
        Assert.Equal((12ul, 12ul), (Cache.VersionOf(dir), dir.CommittedVersion));
        _fixture.Audit();
    }

    [Fact]
    public void TrimmingPassesOverWhatIsUsedDirtyOrPinned()
    {
        Dir a = _fixture.Dirs("a");
        Dir dirty = _fixture.Dirs("dirty");
        NodeId used = _fixture.File(a, "used");
        _fixture.File(a, "unused");
        NodeId changed = _fixture.File(dirty, "changed");
        Cache.MarkDirty(changed, 0, 1);
        Assert.Equal(used, Cache.Lookup(a, "used"u8));
        Assert.Equal(1, Cache.Trim(int.MaxValue));
        Assert.True(Cache.Lookup(a, "unused"u8).IsNone);
        Assert.False(Cache.Lookup(a, "used"u8).IsNone);
        TrimAll();
        Assert.Equal(dirty, Cache.FindDir(dirty.Name));
        Assert.Equal(changed, Cache.Lookup(dirty, "changed"u8));
        Assert.Equal(3, Cache.NodeCount);
        _fixture.Audit();
        Cache.BeginCommit(dirty);
        Cache.EndCommit(dirty, written: true);
        TrimAll();
        Assert.Equal(1, Cache.NodeCount);
        _fixture.Audit();
    }

    [Fact]
    public void AChangeDuringACommitHangsOnItsOwnSegment()
    {
        Dir a = _fixture.Dirs("a");
        NodeId first = _fixture.File(a, "first");
        NodeId second = _fixture.File(a, "second");
        Cache.MarkDirty(first, segment: 1, position: 10);
        Assert.Equal(1u, Cache.BeginCommit(a));
        Cache.MarkDirty(second, segment: 2, position: 20);
        Cache.MarkDirty(first, segment: 3, position: 30);
        Cache.EndCommit(a, written: false);
        Assert.Equal(a, Cache.LastDirtyDir(1));
        Assert.Equal(3u, Cache.BeginCommit(a));
        Cache.MarkDirty(second, segment: 4, position: 40);
        Cache.EndCommit(a, written: true);
        Assert.Null(Cache.LastDirtyDir(1));
        Assert.Equal(a, Cache.LastDirtyDir(4));
        Assert.Equal((NodeState.None, NodeState.Dirty),
            (Cache.StateOf(first) & NodeState.Dirty, Cache.StateOf(second) & NodeState.Dirty));
        _fixture.Audit();
        Cache.BeginCommit(a);
        Cache.EndCommit(a, written: true);
        Assert.Equal((0, 4ul, 40L), (Cache.DirtyDirCount, a.CommittedVersion, a.ChangedAt));
        _fixture.Audit();
    }

    [Fact]
    public void ReleasingAPinThatIsNotHeldFails()
    {
        NodeId file = _fixture.File(_fixture.RootDir, "file");
        Cache.Pin(file, PinKind.Request);
        Assert.Throws<InvariantException>(() => Cache.Unpin(file, PinKind.Caps));
        Cache.Unpin(file, PinKind.Request);
        Assert.Throws<InvariantException>(() => Cache.AuthUnpin(file));
    }

    [Fact]
    public void CursorsGoOnBehindNamesThatAreGone()
    {
        Dir a = _fixture.Dirs("a");
        for (int i = 0; i < 100; i++)
            _fixture.File(a, $"f{i}");
        List<string> seen = [];
        for (int at = 0; at < a.Count;)
        {
            NodeId node = MetadataCache.EntryAt(a, at);
            string name = System.Text.Encoding.UTF8.GetString(Cache.NameOf(node));
            seen.Add(name);
            CacheFixture.Check(Cache.TryRemove(node));
            at = Cache.PositionAfter(a, NameHash.Of(CacheFixture.Bytes(name)), CacheFixture.Bytes(name));
        }

        Assert.Equal(100, seen.Distinct().Count());
    }

    private void TrimAll()
    {
        // What was used is passed over once.
        Cache.Trim(int.MaxValue);
        Cache.Trim(int.MaxValue);
    }

    private unsafe PageChain Load(NodeId directory, int files)
    {
        DirFrag of = new(Cache.Inode(directory).Ino, Frag.Root);
        PageChain chain = PageChain.TryCreate(Cache.Pool, PageKind.Dirfrag, of, 1, null)!;
        for (int i = 0; i < files; i++)
        {
            byte[] name = PageFixture.Name(i);
            CacheFixture.Check(chain.TryAdd(RecordKind.Entry, name, NameHash.Of(name), out RecordRef at));
            Cache.Pool.Entry(at)->Inode.Ino = new Ino(0x5000 + (ulong)i);
            Cache.Pool.Entry(at)->Inode.Mode = FileMode.Regular;
        }

        Cache.Pool.Dir(chain.Dir)->Version = 12;

        CacheFixture.Check(chain.TryAdd(RecordKind.Link, "null"u8, NameHash.Of("null"u8), out _));
        return chain;
    }
}
