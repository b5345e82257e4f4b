// Auth pins, freezing and waiting: catalogue cases of section C.

using Xunit;

namespace Engine.Metadata.Tests;

public class FreezingTests : IDisposable
{
    private readonly CacheFixture _fixture = new();
    private readonly List<string> _log = [];

    private MetadataCache Cache => _fixture.Cache;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void MG021_AuthPinsCountUpToTheRootOfTheSubtree()
    {
        Dir a = _fixture.Dirs("a");
        Dir b = _fixture.Dirs("a/b");
        Dir c = _fixture.Dirs("a/b/c");
        NodeId leaf = _fixture.File(c, "leaf");
        _fixture.Subtrees.AdjustAuth(b, Authority.Of(new RankId(0)));
        MetadataCache.SetState(b, DirState.AuxSubtree, true);
        Cache.AuthPin(leaf);
        Cache.AuthPin(leaf);
        Assert.Equal((0, 2, 2), (c.AuthPins, c.DirAuthPins, c.NestedAuthPins));
        Assert.Equal((0, 0, 1), (b.AuthPins, b.DirAuthPins, b.NestedAuthPins));
        Assert.Equal(0, a.CumulativeAuthPins);
        _fixture.Audit();
        MetadataCache.SetState(b, DirState.AuxSubtree, false);
        _fixture.Subtrees.TryMerge(b);
        Assert.Equal(1, a.CumulativeAuthPins);
        Assert.Equal(1, Cache.NestedAuthPinsOf(a.Inode));
        Assert.Equal(1, _fixture.RootDir.CumulativeAuthPins);
        _fixture.Audit();
        Cache.AuthUnpin(leaf);
        Assert.Equal(1, _fixture.RootDir.CumulativeAuthPins);
        Cache.AuthUnpin(leaf);
        Assert.Equal(0, a.CumulativeAuthPins + b.CumulativeAuthPins + c.CumulativeAuthPins + _fixture.RootDir.CumulativeAuthPins);
        _fixture.Audit();
    }

    [Fact]
    public void MG022_FreezingWaitsForAuthPinsAndForbidsNewOnes()
    {
        Dir a = _fixture.Dirs("a");
        NodeId file = _fixture.File(_fixture.Dirs("a/b"), "file");
        Cache.AuthPin(file);
        Assert.False(Cache.FreezeTree(a));
        Cache.Wait(a, WaitMask.Frozen, new Note("frozen", _log));
        Assert.True(Cache.IsFreezingTree(_fixture.Dirs("a/b")));
        Assert.False(Cache.CanAuthPin(file));
        Assert.Equal(AuthPinRefusal.SubtreeFreezing, Cache.WhyNotAuthPin(_fixture.Dirs("a/b")));
        Assert.True(Cache.CanAuthPin(_fixture.RootDir));
        _fixture.Audit();
        Cache.AuthUnpin(file);
        Assert.True(a.Has(DirState.FrozenTree));
        Assert.Equal(Authority.Of(new RankId(0), new RankId(0)), a.DirAuth);
        Assert.Empty(_log);
        _fixture.RunReady();
        Assert.Equal(["frozen"], _log);
        Assert.Equal(0, a.CumulativeAuthPins);
        _fixture.Audit();
        Cache.UnfreezeTree(a);
        _fixture.Subtrees.TryMerge(a);
        Assert.Equal(1, _fixture.Subtrees.Count);
        _fixture.Audit();
    }

    [Fact]
    public void MG023_AFreezeGivenUpTellsItsWaiters()
    {
        Dir a = _fixture.Dirs("a");
        NodeId file = _fixture.File(a, "file");
        Cache.AuthPin(file);
        Assert.False(Cache.FreezeTree(a));
        Cache.Wait(a, WaitMask.Frozen, new Note("frozen", _log));
        Cache.Wait(file, WaitMask.Unfreeze, new Note("unfrozen", _log));
        Cache.UnfreezeTree(a);
        _fixture.RunReady();
        Assert.Equal(["frozen ECANCELED", "unfrozen"], _log);
        Assert.Equal(0, a.AuthPins);
        Assert.True(Cache.CanAuthPin(file));
        Cache.AuthUnpin(file);
        Assert.False(a.IsSubtreeRoot);
        _fixture.Audit();
    }

    [Fact]
    public void MG024_AFrozenRootBelowDoesNotHoldUpATreeButAFrozenDirfragDoes()
    {
        Dir a = _fixture.Dirs("a");
        Dir b = _fixture.Dirs("a/b");
        Dir c = _fixture.Dirs("a/c");
        Assert.True(Cache.FreezeTree(b));
        Assert.Equal(0, Cache.AuthPinsOf(b.Inode));
        Assert.True(Cache.FreezeTree(a));
        _fixture.Audit();
        Cache.UnfreezeTree(a);
        _fixture.Subtrees.TryMerge(a);
        Assert.True(Cache.FreezeDir(c));
        Assert.Equal(1, Cache.AuthPinsOf(c.Inode));
        Assert.False(Cache.FreezeTree(a));
        _fixture.Audit();
        Cache.UnfreezeDir(c);
        Assert.True(a.Has(DirState.FrozenTree));
        Cache.UnfreezeTree(b);
        Cache.UnfreezeTree(a);
        _fixture.Subtrees.TryMerge(a);
        _fixture.Subtrees.TryMerge(b);
        Assert.Equal(1, _fixture.Subtrees.Count);
        _fixture.Audit();
    }

    [Fact]
    public void MG025_NestedFreezesCompleteFromBelow()
    {
        Dir a = _fixture.Dirs("a");
        Dir b = _fixture.Dirs("a/b");
        NodeId inB = _fixture.File(b, "file");
        NodeId inA = _fixture.File(a, "file");
        Cache.AuthPin(inB);
        Cache.AuthPin(inA);
        Assert.False(Cache.FreezeTree(b));
        Assert.False(Cache.FreezeTree(a));
        Cache.AuthUnpin(inB);
        Assert.True(b.Has(DirState.FrozenTree));
        Assert.True(a.Has(DirState.FreezingTree));
        _fixture.Audit();
        Cache.AuthUnpin(inA);
        Assert.True(a.Has(DirState.FrozenTree));
        Assert.Equal((0, 2), (Cache.FreezingTrees, Cache.FrozenTrees));
        _fixture.Audit();
    }

    [Fact]
    public void MG025_ATreeInAFrozenDirfragWaitsForItsInode()
    {
        Dir a = _fixture.Dirs("a");
        Dir b = _fixture.Dirs("a/b");
        NodeId file = _fixture.File(_fixture.Dirs("a/b/c"), "file");
        Cache.AuthPin(file);
        Assert.False(Cache.FreezeTree(b));
        Assert.True(Cache.FreezeDir(a));
        Cache.AuthUnpin(file);
        Assert.True(b.Has(DirState.FreezingTree));
        Cache.UnfreezeDir(a);
        _fixture.RunReady();
        Assert.True(b.Has(DirState.FrozenTree));
        _fixture.Audit();
    }

    [Fact]
    public void MG026_OperationsWaitAtTheFrozenRootAndKeepEachClientsOrder()
    {
        Dir a = _fixture.Dirs("a");
        NodeId file = _fixture.File(_fixture.Dirs("a/b"), "file");
        Assert.True(Cache.FreezeTree(a));
        for (int i = 0; i < 100; i++)
            Cache.Wait(file, WaitMask.Unfreeze, new Note($"{i % 3}:{i:00}", _log, new ClientId(1 + (i % 3))));
        Assert.Equal(WaitMask.Unfreeze, MetadataCache.WaitedFor(a));
        Assert.Equal(WaitMask.None, Cache.WaitedFor(file));
        _fixture.Audit();
        Cache.UnfreezeTree(a);
        Assert.Equal(40, Cache.Ready.RunBatch(40));
        Assert.True(Cache.Ready.Holds(new ClientId(1)));
        Assert.Equal(60, Cache.Ready.Count);
        _fixture.RunReady();
        Assert.False(Cache.Ready.Holds(new ClientId(1)));
        Assert.Equal(100, _log.Count);
        Assert.All(_log.GroupBy(line => line[0]), group => Assert.Equal(group.Order(StringComparer.Ordinal), group));
    }

    [Fact]
    public void MG028_ADirfragInAFreezingTreeIsNotSplit()
    {
        Dir a = _fixture.Dirs("a");
        Dir b = _fixture.Dirs("a/b");
        NodeId file = _fixture.File(a, "file");
        Cache.AuthPin(file);
        Assert.False(Cache.FreezeTree(a));
        Assert.False(Cache.CanFragment(b));
        Cache.AuthUnpin(file);
        Assert.False(Cache.CanFragment(b));
        Cache.UnfreezeTree(a);
        _fixture.Subtrees.TryMerge(a);
        Assert.True(Cache.CanFragment(b));
        _fixture.Audit();
    }

    [Fact]
    public void MG028_ASplitThatBeganBeforeTheFreezeKeepsPinsExact()
    {
        Dir a = _fixture.Dirs("a");
        Dir b = _fixture.Dirs("a/b");
        Dir deep = _fixture.Dirs("a/b/deep");
        for (int i = 0; i < 50; i++)
            _fixture.File(b, $"f{i}");
        NodeId file = _fixture.File(deep, "file");
        Cache.AuthPin(file);
        Assert.True(Cache.FreezeDir(b));
        Assert.False(Cache.FreezeTree(a));
        List<Dir> parts = [];
        CacheFixture.Check(Cache.TrySplit(b, 2, parts));
        _fixture.Audit();
        Assert.Equal(4, parts.Count);
        foreach (Dir part in parts)
            Cache.UnfreezeDir(part);
        Assert.False(a.Has(DirState.FrozenTree));
        Cache.AuthUnpin(file);
        Assert.True(a.Has(DirState.FrozenTree));
        _fixture.Audit();
    }

    [Fact]
    public void MG029_CountersOfOneRankAreItsOwn()
    {
        using CacheFixture other = new(rank: 1, authority: 1);
        Dir mine = _fixture.Dirs("a");
        Dir theirs = other.Dirs("b");
        NodeId file = other.File(theirs, "file");
        other.Cache.AuthPin(file);
        Assert.True(Cache.FreezeTree(mine));
        Assert.False(other.Cache.FreezeTree(theirs));
        Assert.Equal((0, 1), (Cache.FreezingTrees, Cache.FrozenTrees));
        Assert.Equal((1, 0), (other.Cache.FreezingTrees, other.Cache.FrozenTrees));
        Assert.True(other.Cache.CanAuthPin(other.RootDir));
        _fixture.Audit();
        other.Audit();
    }
}
