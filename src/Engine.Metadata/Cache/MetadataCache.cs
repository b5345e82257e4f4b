// What one rank holds of the namespace.
//
// A node is one directory entry, with its inode where the entry is the primary one. Its bytes are a record on a page of its
// dirfrag's chain; everything that does not travel lies in side arrays by node. Dirfrags that are open are objects (Dir).
//   MetadataCache.Entries     names: look up, add, remove, move
//   MetadataCache.Moves       what those have in common
//   MetadataCache.Dirs        dirfrags: open, adopt loaded pages, close
//   MetadataCache.Records     the bytes of nodes and dirfrags
//   MetadataCache.Pins        pins, trimming
//   MetadataCache.AuthPins    auth pins with nested counts
//   MetadataCache.Freezing    trees and dirfrags that stand still
//   MetadataCache.Waiters     who waits for what
//   MetadataCache.Dirty       versions, log segments, commits
//   MetadataCache.Fragments   splitting and merging dirfrags
//   MetadataCache.Replicas    copies given to other ranks
//   MetadataCache.Expire      copies of others' dropped here
//   MetadataCache.Transfer    dirfrags that change hands
//   MetadataCache.Apart       what may come, and what went
// CacheAudit checks all invariants.
// Ownership: the cache owns nodes, dirfrags, chains, indexes and the base chain; not the pool of pages.
// Invariants: a node's side state names the page and slot of its record; the inode index names exactly the primary and base
// nodes; every cached object's chain of parents up to a base inode is cached. Single-threaded; nothing here depends on time (but
// popularity), on chance or on the order of a hash table.

using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>The cache of metadata of one rank. Not thread-safe.</summary>
public sealed partial class MetadataCache : IDisposable, IRecordMoves
{
    internal readonly NodeTable Nodes = new();
    private readonly InoIndex _inos = new();
    private readonly IndexArena _arena = new();
    private readonly List<Dir?> _dirs = [null];
    private readonly Stack<int> _freeDirs = new();
    private readonly List<NodeCompanion?> _companions = [null];
    private readonly Stack<int> _freeCompanions = new();
    private readonly List<NodeId> _bases = [];
    private readonly PinLedger? _ledger;
    private readonly PageChain _baseChain;
    private bool _isDisposed;

    /// <summary>An empty cache.</summary>
    /// <param name="me">The rank.</param>
    /// <param name="pool">Where pages come from; stays the caller's.</param>
    /// <param name="epoch">Incarnation of the rank, which pages carry.</param>
    /// <param name="checks">Count pins by kind, to find who releases what is not held: for tests and simulation.</param>
    /// <exception cref="InsufficientMemoryException">The pool has no room for the first page.</exception>
    public MetadataCache(RankId me, MetadataPagePool pool, ulong epoch, bool checks)
    {
        ArgumentNullException.ThrowIfNull(pool);
        Invariant.That(!me.IsNone);
        Me = me;
        Pool = pool;
        Epoch = epoch;
        _ledger = checks ? new PinLedger() : null;
        _baseChain = PageChain.TryCreate(pool, PageKind.Base, new DirFrag(Ino.PrivateOf(me), Frag.Root), epoch, this)
            ?? throw new InsufficientMemoryException("no room for the page of base inodes; give the page pool more memory");
        Subtrees = new SubtreeMap(this);
    }

    /// <summary>The rank.</summary>
    public RankId Me { get; }

    /// <summary>Incarnation of the rank.</summary>
    public ulong Epoch { get; }

    /// <summary>Nothing is ever committed: then a dirty dirfrag may lose what is clean in it, which its object has.</summary>
    public bool IsView { get; init; }

    /// <summary>Where pages come from.</summary>
    public MetadataPagePool Pool { get; }

    /// <summary>The subtree map.</summary>
    public SubtreeMap Subtrees { get; }

    /// <summary>Nodes in memory.</summary>
    public int NodeCount => Nodes.Count;

    /// <summary>Inodes in memory, those that stand apart included.</summary>
    public int InodeCount => _inos.Count;

    /// <summary>Open dirfrags.</summary>
    public int DirCount => _dirs.Count - 1 - _freeDirs.Count - _apartCount;

    /// <summary>Base inodes, in order of arrival.</summary>
    public IReadOnlyList<NodeId> Bases => _bases;

    /// <summary>Time for popularity, microseconds; set by the rank at the beginning of a step.</summary>
    public long NowMicros { get; set; }

    /// <summary>Decay of popularity.</summary>
    public DecayRate PopularityRate { get; init; } = new(DecayRate.HalfLifeSecondsDefault);

    /// <summary>Bytes of all pages, free room included, and of the side arrays and indexes.</summary>
    public long BytesUsed => PageBytes + SideBytes;

    /// <summary>Bytes of the pages of this cache: a walk over all dirfrags.</summary>
    public long PageBytes
    {
        get
        {
            long bytes = _baseChain.BytesUsed;
            foreach (Dir? dir in _dirs)
                bytes += dir?.Pages.BytesUsed ?? 0;
            return bytes;
        }
    }

    /// <summary>Bytes of side arrays and indexes.</summary>
    public long SideBytes => Nodes.Bytes + _inos.Bytes + _arena.Bytes;

    /// <summary>Bytes per inode in memory, pages, side arrays and indexes together; 0 without inodes.</summary>
    public double BytesPerInode => InodeCount == 0 ? 0 : (double)BytesUsed / InodeCount;

    /// <summary>All open dirfrags, by number.</summary>
    public IEnumerable<Dir> Dirs
    {
        get
        {
            for (int id = 1; id < _dirs.Count; id++)
            {
                if (_dirs[id] is Dir dir && !dir.Has(Apart))
                    yield return dir;
            }
        }
    }

    /// <summary>Entries in dirfrags that stand apart: for checks.</summary>
    internal int ApartEntries => _dirs.Sum(static dir => dir is not null && dir.Has(Apart) ? dir.Count : 0);

    /// <summary>Gives everything back. Nothing is written.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        foreach (Dir? dir in _dirs)
            dir?.Pages.Dispose();
        _dirs.Clear();
        _baseChain.Dispose();
        _arena.Dispose();
        _inos.Dispose();
        Nodes.Dispose();
    }

    private readonly struct InoSource(MetadataCache cache) : IInoSource
    {
        public ulong InoOf(int node) => cache.Inode(new NodeId(node)).Ino.Value;
    }

    private readonly struct NameSource(MetadataCache cache) : INameSource
    {
        public ReadOnlySpan<byte> NameOf(int node) => cache.Pool.NameToCompare(cache.PlaceOf(new NodeId(node)));
    }
}
