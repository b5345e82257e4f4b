// All directories of a tree as they come from a peer: the stored bytes of their pages.
//
// Ownership: the bytes are copies, so that they outlive the cache they were taken from. Parents come before children.

using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>The pages of a whole tree, to be received again and again.</summary>
internal sealed unsafe class ReceivedTree
{
    private readonly List<Directory> _directories = [];
    private readonly List<(Ino Ino, uint Mode)> _bases = [];

    public ReceivedTree(MetadataCache cache)
    {
        foreach (NodeId node in cache.Bases)
            _bases.Add((cache.Inode(node).Ino, cache.Inode(node).Mode));
        foreach (Dir root in cache.Subtrees.Roots())
            MetadataCache.VisitRegion(root, dir => _directories.Add(Copy(cache, dir)));
    }

    /// <summary>Bytes of all pages, as they are stored.</summary>
    public long StoredBytes { get; private set; }

    /// <summary>A cache with the base inodes.</summary>
    public MetadataCache Begin(MetadataPagePool pool)
    {
        var cache = new MetadataCache(new RankId(0), pool, epoch: 1, checks: false);
        foreach ((Ino ino, uint mode) in _bases)
            PageMaker.Check(cache.TryAddBase(ino, mode, isAuth: true, out _));
        return cache;
    }

    /// <summary>Lays the pages out in the pool.</summary>
    public void Receive(MetadataPagePool pool)
    {
        foreach (Directory directory in _directories)
        {
            for (int i = 0; i < directory.Pages.Length; i++)
                directory.Received[i] = Receive(pool, directory.Pages[i]);
        }
    }

    /// <summary>Checks them, takes them over and indexes them.</summary>
    public void Adopt(MetadataPagePool pool, MetadataCache cache, PageValidator validator)
    {
        foreach (Directory directory in _directories)
        {
            PageProblem problem = PageChain.TryAdopt(
                pool, directory.Received, directory.Of, PageKind.Dirfrag, validator, out PageChain? chain);
            if (chain is null)
                throw new IOException($"pages of the tree are refused: {problem}");
            PageMaker.Check(cache.TryAdopt(cache.FindInode(directory.Of.Ino), directory.Of.Frag, chain, out _));
        }
    }

    private static PageId Receive(MetadataPagePool pool, Page stored)
    {
        if (!pool.TryRent(stored.SizeClass, out PageId page))
            throw new IOException("the page pool is too small");
        var bytes = new Span<byte>(pool.Address(page), PageSize.Of(stored.SizeClass));
        stored.Front.CopyTo(bytes);
        stored.Directory.CopyTo(bytes[^stored.Directory.Length..]);
        return page;
    }

    private Directory Copy(MetadataCache cache, Dir dir)
    {
        PageChain chain = dir.Pages;
        if (!chain.TrySeal())
            throw new IOException("the page pool is too small");
        var pages = new Page[chain.StoredPageCount];
        for (int i = 0; i < pages.Length; i++)
        {
            MetadataPage page = cache.Pool.Page(chain.StoredPage(i));
            pages[i] = new Page(chain.StoredPage(i).SizeClass, page.Front.ToArray(), page.Directory.ToArray());
            StoredBytes += page.StoredBytes;
        }

        return new Directory(dir.Name, pages, new PageId[pages.Length]);
    }

    private sealed record Directory(DirFrag Of, Page[] Pages, PageId[] Received);

    private sealed record Page(int SizeClass, byte[] Front, byte[] Directory);
}
