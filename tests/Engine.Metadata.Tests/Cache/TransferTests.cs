// A dirfrag's pages from one rank's cache to another's: what was in the one is in the other, dirty where it was dirty; what is in
// use at the taker stays where it is; what does not fit changes nothing.

using Engine.Buffers;
using Xunit;

namespace Engine.Metadata.Tests;

/// <summary>Two caches; the pages of one's dirfrags go to the other as bytes.</summary>
public sealed class TransferTests : IDisposable
{
    private static readonly RankId s_taker = new(1);

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
    public void ADirectoryArrivesWithEverythingInIt()
    {
        Dir a = _from.Dirs("a");
        NodeId file = _from.File(a, "file");
        _from.Cache.WriteInode(file).Size = 77;
        CacheFixture.Check(_from.Cache.WriteExt(file, ExtKind.Symlink, "target"u8));
        CacheFixture.Check(_from.Cache.TryLinkRemote(a, "other"u8, new Ino(0x999), 8, out _));
        CacheFixture.Check(_from.Cache.TryAddNull(a, "gone"u8, out _));
        Dir taken = Take(a);
        MetadataCache cache = _to.Cache;
        Assert.True(taken.IsAuth && taken.IsComplete && !taken.IsDirty);
        Assert.Equal((3, 1), (taken.Count, taken.NullCount));
        NodeId copy = cache.Lookup(taken, "file"u8);
        Assert.Equal(77ul, cache.Inode(copy).Size);
        Assert.Equal("target"u8, cache.ReadExt(copy, ExtKind.Symlink));
        Assert.Equal(copy, cache.FindInode(_from.Cache.Inode(file).Ino));
        Assert.Equal(new Ino(0x999), cache.Link(cache.Lookup(taken, "other"u8)).RemoteIno);
        Assert.True(cache.IsNull(cache.Lookup(taken, "gone"u8)));
        _to.Audit();
    }

    [Fact]
    public void WhatWasChangedIsDirtyInItsOrder_AndCanBeCommitted()
    {
        Dir a = _from.Dirs("a");
        foreach (string name in (string[])["one", "two", "three", "four"])
            _from.File(a, name);
        foreach (string name in (string[])["three", "one", "two"])
            _from.Cache.MarkDirty(_from.Cache.Lookup(a, CacheFixture.Bytes(name)), segment: 4, position: 40);
        ulong version = _from.Cache.VersionOf(a);
        Dir taken = Take(a, segment: 9);
        MetadataCache cache = _to.Cache;
        Assert.Equal((true, 9, version), (taken.IsDirty, taken.DirtySegment, cache.VersionOf(taken)));
        Assert.Equal(["three", "one", "two"], DirtyNames(taken));
        _to.Audit();
        MetadataCache.SetState(taken, DirState.Complete, true);
        Assert.Equal(version, cache.BeginCommit(taken));
        cache.EndCommit(taken, written: true);
        Assert.False(taken.IsDirty);
        Assert.Empty(DirtyNames(taken));
        _to.Audit();

        List<string> DirtyNames(Dir dir)
        {
            List<string> names = [];
            var links = new NodeDirtyLinks(cache.Nodes);
            for (int at = dir.DirtyNodes.First; at >= 0; at = dir.DirtyNodes.Next(links, at))
                names.Add(System.Text.Encoding.UTF8.GetString(cache.NameOf(new NodeId(at))));
            return names;
        }
    }

    [Fact]
    public void NodesInUseStayTheNodesTheyWere_AndTheTakerIsNoCopyAnyMore()
    {
        Dir a = _from.Dirs("a");
        NodeId file = _from.File(a, "file");
        NodeId sub = _from.Directory(a, "sub");
        Dir known = CopyOf(a);
        NodeId copy = CopyOf(known, file, "file");
        NodeId subCopy = CopyOf(known, sub, "sub");
        Dir below = _to.Open(subCopy);
        _to.Cache.Subtrees.AdjustAuth(below, Authority.Of(s_taker));
        MetadataCache.SetAuth(below, true);
        _to.Cache.Pin(copy, PinKind.Request);
        CacheFixture.Check(_from.Cache.TryAddReplica(file, new RankId(2), out _));
        CacheFixture.Check(_from.Cache.TryAddReplica(a, new RankId(2), out _));
        _from.Cache.WriteInode(file).Size = 78;
        Dir taken = Take(a);
        MetadataCache cache = _to.Cache;
        Assert.Same(known, taken);
        Assert.Equal(copy, cache.Lookup(taken, "file"u8));
        Assert.Equal(78ul, cache.Inode(copy).Size);
        Assert.Equal(subCopy, below.Inode);
        Assert.Same(below, cache.FirstDirOf(subCopy));
        Assert.Equal((4ul, 4ul), (cache.ReplicasOf(copy), cache.ReplicasOf(taken)));
        Assert.Equal((1, 1), (cache.PinsOf(copy, PinKind.Replicated), cache.PinsOf(taken, PinKind.Replicated)));
        cache.Unpin(copy, PinKind.Request);
        _to.Audit();
    }

    [Fact]
    public void WhatContradictsTheCacheIsRefused_AndNothingChanges()
    {
        Dir a = _from.Dirs("a");
        NodeId file = _from.File(a, "file");
        Dir known = CopyOf(a);
        CopyOf(known, file, "file");
        // In use here, and not among what came.
        NodeId extra = _to.Cache.Lookup(known, "extra"u8);
        Assert.True(extra.IsNone);
        CacheFixture.Check(_to.Cache.TryAddNull(known, "extra"u8, out extra));
        using InoSet before = new();
        Assert.Equal(new IoError(117), Check(a, known.Inode, before));
        CacheFixture.Check(_to.Cache.TryRemove(extra));
        using InoSet inos = new();
        Assert.Equal(IoError.None, Check(a, known.Inode, inos));

        // An inode that came before in the same message.
        Assert.Equal(new IoError(117), Check(a, known.Inode, inos));

        // An inode that lies elsewhere.
        Dir b = _from.Dirs("b");
        NodeId stranger = _from.File(b, "stranger");
        CacheFixture.Check(_to.Cache.TryLinkPrimary(
            _to.RootDir, "moved"u8, _from.Cache.Inode(stranger).Ino, FileMode.Regular | 0x1A4, out _));
        using InoSet none = new();
        Assert.Equal(new IoError(117), Check(b, NodeId.None, none));
        _to.Audit();
    }

    /// <summary>A dirfrag here as a copy of the giver's.</summary>
    private Dir CopyOf(Dir dir)
    {
        CacheFixture.Check(_from.Cache.TryAddReplica(dir, s_taker, out _));
        NodeId inode = InodeHere(dir);
        Dir copy = _to.Open(inode);
        MetadataCache.SetState(copy, DirState.Complete, false);
        return copy;
    }

    private NodeId CopyOf(Dir known, NodeId node, string name)
    {
        CacheFixture.Check(_from.Cache.TryAddReplica(node, s_taker, out _));
        InodeFields inode = _from.Cache.Inode(node);
        CacheFixture.Check(_to.Cache.TryLinkPrimary(known, CacheFixture.Bytes(name), inode.Ino, inode.Mode, out NodeId copy));
        return copy;
    }

    /// <summary>The directory's inode at the taker, as a copy.</summary>
    private NodeId InodeHere(Dir dir)
    {
        Ino ino = _from.Cache.Inode(dir.Inode).Ino;
        NodeId inode = _to.Cache.FindInode(ino);
        if (inode.IsNone)
        {
            CacheFixture.Check(_to.Cache.TryLinkPrimary(
                _to.RootDir, _from.Cache.NameOf(dir.Inode), ino, FileMode.Directory | 0x1ED, out inode));
        }

        return inode;
    }

    private PageChain Send(Dir dir)
    {
        CacheFixture.Check(_from.Cache.TrySealForExport(dir));
        using BufferList pages = dir.Pages.Share();
        var bytes = new byte[pages.Length];
        pages.CopyTo(0, bytes);
        IoError error = PageChain.TryLoad(
            _to.Cache.Pool, bytes, dir.Name, PageKind.Dirfrag, _validator, out PageChain? chain, out PageProblem problem);
        Assert.True(error.IsNone, problem.ToString());
        return chain!;
    }

    private IoError Check(Dir dir, NodeId inode, InoSet inos)
    {
        using PageChain chain = Send(dir);
        return _to.Cache.CheckImport(inode, chain, inos);
    }

    private Dir Take(Dir dir, int segment = 0)
    {
        NodeId inode = InodeHere(dir);
        PageChain chain = Send(dir);
        using InoSet inos = new();
        CacheFixture.Check(_to.Cache.CheckImport(inode, chain, inos));
        Dir taken = _to.Cache.Import(inode, chain, segment, position: 100, former: new FormerCopies());
        if (!taken.IsSubtreeRoot)
            _to.Cache.Subtrees.AdjustAuth(taken, Authority.Of(s_taker));
        _to.Cache.Subtrees.TryMerge(taken);
        return taken;
    }
}
