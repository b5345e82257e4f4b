// One open dirfrag of a cache: what is not on its pages.
//
// Ownership: the cache makes, changes and closes it; others read it, and change it through the cache. It owns its index, its
// waiters and its chain of pages.
// Invariants: Inode has this dirfrag in its list of open ones, which is sorted by frag; all names hash into Frag; DirAuthPins and
// NestedAuthPins are sums over the entries; DirtyList is linked exactly while Dirty is set; FirstBelow begins a list of exactly
// the open dirfrags whose inodes have their entries here.

using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>An open dirfrag: a fragment of a directory with the entries that are in memory.</summary>
public sealed class Dir : IRecordMoves
{
    private readonly MetadataCache _cache;

    internal DirIndex Index;
    internal IntrusiveList DirtyNodes;
    internal SubtreeLinks? Spine;
    internal Dir? NextOfInode;
    internal Dir? FirstBelow;
    internal Dir? NextBelow;
    internal Dir? PreviousBelow;
    internal Dir? DirtyPrevious;
    internal Dir? DirtyNext;
    internal WaiterList? Waiters;

    internal Dir(MetadataCache cache, int id, NodeId inode, DirFrag name)
    {
        _cache = cache;
        Id = id;
        Inode = inode;
        Name = name;
    }

    /// <summary>Number within the cache, above 0; used again after the dirfrag is closed.</summary>
    public int Id { get; }

    /// <summary>The directory's inode, which is pinned; none of a dirfrag that stands apart.</summary>
    public NodeId Inode { get; internal set; }

    /// <summary>Inode number and frag.</summary>
    public DirFrag Name { get; }

    /// <summary>Which names are in it.</summary>
    public Frag Frag => Name.Frag;

    /// <summary>The pages. Records are added, removed and resized through the cache.</summary>
    public PageChain Pages { get; internal set; } = null!;

    /// <summary>State bits.</summary>
    public DirState State { get; internal set; }

    /// <summary>Its own authority; <see cref="Authority.Default"/> when that of its inode holds.</summary>
    public Authority DirAuth { get; internal set; }

    /// <summary>Pins of all kinds.</summary>
    public int Pins { get; internal set; }

    /// <summary>Auth pins on the dirfrag itself.</summary>
    public int AuthPins { get; internal set; }

    /// <summary>Auth pins on its entries.</summary>
    public int DirAuthPins { get; internal set; }

    /// <summary>Auth pins on its entries and those that reach up through them.</summary>
    public int NestedAuthPins { get; internal set; }

    /// <summary>Above 0 exactly when something at or below the dirfrag in its subtree is auth-pinned.</summary>
    public int CumulativeAuthPins => AuthPins + NestedAuthPins;

    /// <summary>Entries in memory, null ones included.</summary>
    public int Count => Index.Count;

    /// <summary>Null entries among them.</summary>
    public int NullCount { get; internal set; }

    /// <summary>Version that is being written, while <see cref="DirState.Committing"/>; else the last that was.</summary>
    public ulong CommittingVersion { get; internal set; }

    /// <summary>Version of the stored object.</summary>
    public ulong CommittedVersion { get; internal set; }

    /// <summary>End of the journal event with its last change: it may be committed once that is durable.</summary>
    public long ChangedAt { get; internal set; }

    /// <summary>The log segment that keeps its oldest change that is not committed; -1 when it is clean.</summary>
    public int DirtySegment { get; internal set; } = -1;

    /// <summary>The log segment in which the way to it was last written down; -1 for none.</summary>
    internal int ContextSegment { get; set; } = -1;

    /// <summary>The segment of the first change since the commit under way began; -1 without one.</summary>
    internal int SegmentAfterCommit { get; set; } = -1;

    /// <summary>The version at which its pages said of every dirty entry that it is; null for none.</summary>
    internal ulong? MarkedVersion { get; set; }

    /// <summary>Stands among those that may have to be split or merged.</summary>
    internal bool IsFragmentQueued { get; set; }

    /// <summary>Stands among the dirfrags that trimming may close.</summary>
    internal bool IsQueuedIdle { get; set; }

    /// <summary>Popularity; null before the first hit.</summary>
    internal DirPopularity? Popularity { get; set; }

    /// <summary>Does a subtree begin here?</summary>
    public bool IsSubtreeRoot => DirAuth.IsSubtreeRoot;

    /// <summary>Does this rank act as authority?</summary>
    public bool IsAuth => Has(DirState.Auth);

    /// <summary>Are all entries in memory?</summary>
    public bool IsComplete => Has(DirState.Complete);

    /// <summary>Changed since the last commit?</summary>
    public bool IsDirty => Has(DirState.Dirty);

    /// <summary>Was it made ready for a region that may come?</summary>
    public bool IsComing => Has(DirState.Coming);

    /// <summary>Is one of the bits set?</summary>
    public bool Has(DirState bits) => (State & bits) != 0;

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {DirAuth} [{State}]";

    void IRecordMoves.RecordMoved(RecordRef from, RecordRef to) => _cache.RecordMoved(this, from, to);

    internal void Set(DirState bits, bool value) => State = value ? State | bits : State & ~bits;
}
