// Dirfrags that stand apart: nobody finds what was made ready before it is taken in, nor what went before it is given back, and
// an inode that comes another way ends either.

using Engine.Buffers;
using Xunit;

namespace Engine.Metadata.Tests;

/// <summary>What may come, and what went.</summary>
public sealed class ApartTests : IDisposable
{
    private readonly CacheFixture _from = new();
    private readonly CacheFixture _to = new(rank: 1, authority: 0);
    private readonly PageValidator _validator = new();

    public void Dispose()
    {
        _validator.Dispose();
        _from.Dispose();
        _to.Dispose();
    }

    [Fact]
    public void WhatIsMadeReadyIsNotFound_AndIsAllThereOnceItIsTakenIn()
    {
        Dir a = Fill();
        MetadataCache cache = _to.Cache;
        Ino file = _from.Cache.Inode(_from.Cache.Lookup(a, "file"u8)).Ino;
        (int nodes, int dirs) = (cache.NodeCount, cache.DirCount);
        Dir ready = cache.TryMakeReady(Send(a), a.Name)!;
        _to.Audit();
        Assert.True(cache.FindInode(file).IsNone);
        Assert.Equal((dirs, nodes + 4), (cache.DirCount, cache.NodeCount));
        Assert.DoesNotContain(ready, cache.Dirs);
        Assert.Same(ready, cache.FindComing(file, out bool isDirectory));
        Assert.False(isDirectory);
        Assert.Equal(0, cache.Trim(100) + cache.Trim(100));
        Assert.Equal(nodes + 4, cache.NodeCount);

        NodeId inode = InodeHere(a);
        Dir taken = cache.TakeIn(inode, ready, segment: 9, position: 100);
        cache.Subtrees.AdjustAuth(taken, Authority.Of(new RankId(1)));
        _to.Audit();
        Assert.Same(ready, cache.FindDir(a.Name));
        Assert.True(taken.IsAuth && taken.IsComplete && taken.IsDirty);
        Assert.Equal((4, 1, 9), (taken.Count, taken.NullCount, taken.DirtySegment));
        Assert.Equal(_from.Cache.VersionOf(a), cache.VersionOf(taken));
        NodeId copy = cache.FindInode(file);
        Assert.Equal(cache.Lookup(taken, "file"u8), copy);
        Assert.Equal("target"u8, cache.ReadExt(copy, ExtKind.Symlink));
        Assert.Equal(4ul, cache.ReplicasOf(copy));
        Assert.Null(cache.FindComing(file, out _));
        cache.BeginCommit(taken);
        cache.EndCommit(taken, written: true);
        Assert.False(taken.IsDirty);
        _to.Audit();
    }

    [Fact]
    public void AnInodeThatComesAnotherWayEndsIt()
    {
        Dir a = Fill();
        MetadataCache cache = _to.Cache;
        PageId[] pages = Send(a);
        Dir ready = cache.TryMakeReady(pages, a.Name)!;
        Ino file = _from.Cache.Inode(_from.Cache.Lookup(a, "file"u8)).Ino;
        int nodes = cache.NodeCount;
        CacheFixture.Check(cache.TryLinkPrimary(_to.RootDir, "moved"u8, file, FileMode.Regular | 0x1A4, out NodeId node));
        Assert.False(ready.IsComing);
        Assert.Equal(node, cache.FindInode(file));
        Assert.Equal(nodes - 4 + 1, cache.NodeCount);
        _to.Audit();

        // It is known here now.
        nodes = cache.NodeCount;
        Assert.Null(cache.TryMakeReady(pages, a.Name));
        Assert.Equal((nodes, node), (cache.NodeCount, cache.FindInode(file)));
        _to.Audit();
        Return(pages);
    }

    [Fact]
    public void TheLaterOfTwoThatHaveAnInodeIsTheOneThatStays()
    {
        Dir a = _from.Dirs("a");
        NodeId file = _from.File(a, "file");
        PageId[] before = Send(a);
        Dir first = _to.Cache.TryMakeReady(before, a.Name)!;
        Dir b = _from.Dirs("b");
        CacheFixture.Check(_from.Cache.TryMove(file, b, "file"u8));
        PageId[] after = Send(b);
        Dir second = _to.Cache.TryMakeReady(after, b.Name)!;
        Assert.Equal((false, true), (first.IsComing, second.IsComing));
        _to.Audit();
        _to.Cache.GiveUp(second);
        Return(before);
        Return(after);
        Assert.Equal(1, _to.Cache.NodeCount);
    }

    [Fact]
    public void OfWhatACopyIsHereNothingIsMadeReady()
    {
        Dir a = _from.Dirs("a");
        NodeId file = _from.File(a, "file");
        CacheFixture.Check(_from.Cache.TryAddReplica(file, new RankId(1), out _));
        PageId[] pages = Send(a);
        int nodes = _to.Cache.NodeCount;
        Assert.Null(_to.Cache.TryMakeReady(pages, a.Name));
        Assert.Equal(nodes, _to.Cache.NodeCount);
        _to.Audit();
        Return(pages);
    }

    [Fact]
    public void WhatIsDismissedIsGivenBackBitByBit()
    {
        Dir a = Fill();
        MetadataCache cache = _to.Cache;
        long bytes = cache.Pool.BytesUsed;
        int nodes = cache.NodeCount;
        cache.Dismiss(cache.TryMakeReady(Send(a), a.Name)!);
        for (int left = 3; left >= 0; left--)
        {
            Assert.True(cache.HasGone);
            Assert.Equal(1, cache.GiveBack(1));
            Assert.Equal(nodes + left, cache.NodeCount);
            _to.Audit();
        }

        Assert.False(cache.HasGone);
        Assert.Equal(bytes, cache.Pool.BytesUsed);
    }

    [Fact]
    public void WhatWentIsOutOfSightAtOnce_AndWhatIsInUseStays()
    {
        MetadataCache cache = _from.Cache;
        Dir a = Fill();
        Dir b = _from.Dirs("a/b");
        Dir c = _from.Dirs("a/c");
        Ino lost = cache.Inode(_from.File(b, "lost")).Ino;
        NodeId held = _from.File(c, "held");
        Ino dropped = cache.Inode(_from.File(c, "dropped")).Ino;
        cache.MarkDirty(_from.File(b, "new"), segment: 4, position: 40);
        cache.Pin(held, PinKind.Request);
        KeptCopies kept = Leave(a);
        _from.Audit();
        Assert.Equal([a.Name, c.Name], kept.Dirs.Select(static each => each.Dir).Order());
        Assert.Equal(2, kept.Entries.Count);
        Assert.Equal((0, true), (cache.DirtyDirCount, cache.HasGone));
        Assert.True(cache.FindInode(lost).IsNone && cache.FindInode(dropped).IsNone && cache.FindDir(b.Name) is null);
        Assert.Equal(held, cache.Lookup(c, "held"u8));

        // What comes back ends what is left of it.
        CacheFixture.Check(cache.TryAddNull(c, "x"u8, out _));
        CacheFixture.Check(cache.TryLinkPrimary(c, "lost"u8, lost, FileMode.Regular | 0x1A4, out NodeId again));
        Assert.Equal((again, false), (cache.FindInode(lost), b.Has(DirState.Gone)));
        Assert.Equal(0, cache.GiveBack(100));
        Assert.False(cache.HasGone);
        cache.Unpin(held, PinKind.Request);
        _from.Audit();
    }

    [Fact]
    public void WhoeverNeedsMemoryHasWhatWentGivenBackFirst()
    {
        MetadataCache cache = _from.Cache;
        Dir a = _from.Dirs("a");
        Dir b = _from.Dirs("a/b");
        for (int i = 0; i < 100; i++)
            _from.File(b, $"f{i}");
        long bytes = cache.Pool.BytesUsed;
        Leave(a);
        Assert.Equal(bytes, cache.Pool.BytesUsed);
        Assert.Equal(100, cache.Trim(100));
        Assert.False(cache.HasGone);
        Assert.True(cache.Pool.BytesUsed < bytes);
        _from.Audit();
    }

    private KeptCopies Leave(Dir top)
    {
        KeptCopies kept = new();
        _from.Subtrees.AdjustAuth(top, Authority.Of(new RankId(1), new RankId(0)));
        MetadataCache.VisitRegion(top, static dir => MetadataCache.SetAuth(dir, false));
        _from.Cache.LeaveRegion(top, kept);
        _from.Subtrees.AdjustAuth(top, Authority.Of(new RankId(1)));
        return kept;
    }

    /// <summary>A directory with one of each: a link, a name that is known not to exist, a file that others have copies of and
    /// that changed, a symbolic link.</summary>
    private Dir Fill()
    {
        Dir a = _from.Dirs("a");
        NodeId file = _from.File(a, "file");
        CacheFixture.Check(_from.Cache.WriteExt(file, ExtKind.Symlink, "target"u8));
        CacheFixture.Check(_from.Cache.TryAddReplica(file, new RankId(2), out _));
        CacheFixture.Check(_from.Cache.TryLinkRemote(a, "other"u8, new Ino(0x999), 8, out _));
        CacheFixture.Check(_from.Cache.TryAddNull(a, "none"u8, out _));
        _from.Cache.MarkDirty(_from.File(a, "second"), segment: 4, position: 40);
        _from.Cache.MarkDirty(_from.Cache.Lookup(a, "file"u8), segment: 4, position: 40);
        return a;
    }

    private NodeId InodeHere(Dir dir)
    {
        CacheFixture.Check(_to.Cache.TryLinkPrimary(
            _to.RootDir, _from.Cache.NameOf(dir.Inode), _from.Cache.Inode(dir.Inode).Ino, FileMode.Directory | 0x1ED,
            out NodeId inode));
        return inode;
    }

    /// <summary>The dirfrag's pages at the taker.</summary>
    private PageId[] Send(Dir dir)
    {
        CacheFixture.Check(_from.Cache.TrySealForExport(dir));
        using BufferList pages = dir.Pages.Share();
        var bytes = new byte[pages.Length];
        pages.CopyTo(0, bytes);
        IoError error = PageChain.TryLoad(
            _to.Cache.Pool, bytes, dir.Name, PageKind.Dirfrag, _validator, out PageChain? chain, out PageProblem problem);
        Assert.True(error.IsNone, problem.ToString());
        return [.. chain!.Pages, .. chain.ExtPages];
    }

    private void Return(PageId[] pages)
    {
        foreach (PageId page in pages)
            _to.Cache.Pool.Return(page);
    }
}
