using Engine.Buffers;

namespace Engine.Metadata.Tests;

/// <summary>Directories that come into a cache with hardly any room: what was read is loaded once and added once.</summary>
public sealed class TightMemoryTests
{
    private const int LargestClass = PageSize.ClassCount - 1;

    [Fact]
    public void ALoadThatFindsNoPage_GoesOnWhenThereIsOne()
    {
        using var pages = new PageFixture(bytesMax: 1 << 20);
        using var validator = new PageValidator();
        byte[] stored;
        using (PageChain built = new Region(31, 200, 1400).Build(pages.Pool))
            stored = Region.Stored(built);
        using BufferPool blocks = new(new BufferPoolOptions { BlockCount = 512 });
        using BufferList list = BufferList.Rent(blocks);
        Assert.True(list.TryAppendCopy(stored));
        Stack<PageId> others = FillUp(pages.Pool);
        int given = 0;
        IoError error = PageChain.TryLoad(
            pages.Pool, list, PageFixture.Frag, PageKind.Dirfrag, validator, out PageChain? chain, out PageProblem problem, Give);
        Assert.Equal((IoError.None, true), (error, problem.IsNone));
        // Only as many as it takes.
        Assert.InRange(given, 2, (stored.Length / PageSize.BytesMax) + 3);
        Assert.True(chain!.TrySeal());
        Assert.Equal(stored, Region.Stored(chain));
        chain.Dispose();

        // With nothing to give it ends, and leaves nothing behind.
        foreach (PageId page in FillUp(pages.Pool))
            others.Push(page);
        long used = pages.Pool.BytesUsed;
        error = PageChain.TryLoad(
            pages.Pool, list, PageFixture.Frag, PageKind.Dirfrag, validator, out chain, out _, static () => false);
        Assert.Equal((IoError.NoMemory, null, used), (error, chain, pages.Pool.BytesUsed));
        while (Give())
            given++;

        bool Give()
        {
            if (!others.TryPop(out PageId page))
                return false;
            pages.Pool.Return(page);
            given++;
            return true;
        }
    }

    [Fact]
    public void WhatCannotBeAddedNow_IsAddedFromTheSamePages()
    {
        const int Files = 300;
        using var fixture = new CacheFixture(bytesMax: 2 << 20);
        MetadataCache cache = fixture.Cache;
        NodeId directory = fixture.Directory(fixture.RootDir, "a");
        CacheFixture.Check(cache.TryOpen(directory, Frag.Root, out Dir? dir));
        CacheFixture.Check(cache.TryLinkPrimary(dir!, "known"u8, new Ino(0x4000), FileMode.Regular, out _));
        PageChain chain = Load(cache, directory, Files);
        Stack<PageId> others = FillUp(cache.Pool);
        Assert.Equal(IoError.NoMemory, cache.TryAdopt(directory, Frag.Root, chain, out _));
        Assert.False(dir!.IsComplete);
        while (others.TryPop(out PageId page))
            cache.Pool.Return(page);
        CacheFixture.Check(cache.TryAdopt(directory, Frag.Root, chain, out Dir? same));
        Assert.Same(dir, same);
        Assert.Equal((true, Files + 1), (dir.IsComplete, dir.Count));
        Assert.Equal(new Ino(0x5000 + 7), cache.Inode(cache.Lookup(dir, PageFixture.Name(7))).Ino);
        fixture.Audit();
    }

    /// <summary>Takes pages until there is no large one left.</summary>
    private static Stack<PageId> FillUp(MetadataPagePool pool)
    {
        Stack<PageId> pages = [];
        while (pool.TryRent(LargestClass, out PageId page))
            pages.Push(page);
        return pages;
    }

    private static unsafe PageChain Load(MetadataCache cache, NodeId directory, int files)
    {
        PageChain chain = PageChain.TryCreate(
            cache.Pool, PageKind.Dirfrag, new DirFrag(cache.Inode(directory).Ino, Frag.Root), 1, null)!;
        for (int i = 0; i < files; i++)
        {
            byte[] name = PageFixture.Name(i);
            CacheFixture.Check(chain.TryAdd(RecordKind.Entry, name, NameHash.Of(name), out RecordRef at));
            cache.Pool.Entry(at)->Inode.Ino = new Ino(0x5000 + (ulong)i);
            cache.Pool.Entry(at)->Inode.Mode = FileMode.Regular;
        }

        cache.Pool.Dir(chain.Dir)->Version = 12;
        return chain;
    }
}
