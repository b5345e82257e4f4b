// Replays a rank's journal from scratch beside the rank, and compares what comes out with the rank's memory.
//
// Ownership: cache and pages are the shadow's; the rank's cache is only read, between two steps. Nothing of a store is read: what
// is not in the journal is not compared.
// Invariants: what differs is text that begins with an invariant's number: M4, a subtree that one of both does not have; A4, a
// dirfrag that the rank takes for another's; J7, an event that contradicts those before it (subtree maps included); N4, entries,
// numbers or sums that differ; C7, sessions and requests done that differ; C6, flushes that differ.
//   ShadowReplay           what is replayed, and the namespace
//   ShadowReplay.Sessions  sessions, requests that were done, flushes

using System.Text;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>A replay beside a rank that lives: events in by <see cref="TryReplay"/>, then <see cref="Compare"/>. Source:
/// migrator specification, section 6, A4, M4, J7, C6 and C7.</summary>
public sealed partial class ShadowReplay : IDisposable
{
    private readonly MetadataPagePool _pages;
    private readonly MetadataCache _cache;
    private readonly Replay _replay;
    private readonly List<string> _findings = [];

    /// <summary>A shadow of a rank.</summary>
    /// <param name="rank">Whose journal it is.</param>
    /// <param name="cacheBytesMax">Memory for what the journal holds.</param>
    public ShadowReplay(RankId rank, long cacheBytesMax)
    {
        _pages = new MetadataPagePool(cacheBytesMax);
        _cache = new MetadataCache(rank, _pages, 0, checks: false);
        _replay = new Replay(_cache, rank, _sessions, checksContexts: true);
    }

    /// <summary>Number of the last event.</summary>
    public long LastSeq => _replay.LastSeq;

    /// <summary>What is wrong, a line each.</summary>
    public IReadOnlyList<string> Findings => _findings;

    /// <summary>Entries that were compared.</summary>
    public long Compared { get; private set; }

    /// <summary>Applies the journal's next event; false when it contradicts what came before.</summary>
    public bool TryReplay(ReadOnlySpan<byte> bytes, long position)
    {
        if (_replay.Apply(bytes, position) is not { } problem)
            return true;
        _findings.Add($"J7: the event at {position}: {problem}");
        return false;
    }

    /// <summary>Compares with the memory of the rank whose last event was the last replayed.</summary>
    public void Compare(Rank rank)
    {
        ArgumentNullException.ThrowIfNull(rank);
        CompareSessions(rank.Sessions);
        CompareNames(rank.Cache);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cache.Dispose();
        _pages.Dispose();
    }

    private void CompareNames(MetadataCache live)
    {
        CompareRoots(live);
        foreach (Dir dir in _cache.Dirs)
        {
            if (live.FindDir(dir.Name) is { } other)
                CompareDir(live, dir, other);
            else if (dir.IsAuth && !live.FindInode(dir.Name.Ino).IsNone
                && !live.LeavesOf(live.FindInode(dir.Name.Ino), Frag.Root).Contains(dir.Frag))
                Find("N4", dir, "is divided in another way");
        }

        foreach (Dir dir in live.Dirs)
        {
            if (dir.IsDirty && dir.IsAuth && _cache.FindDir(dir.Name) is null)
                Find("J6", dir, "is dirty, and the journal does not know it");
        }
    }

    private static HashSet<DirFrag> RootsOf(MetadataCache cache) =>
        [.. cache.Subtrees.Roots().Where(root => root.DirAuth.First == cache.Me.Value).Select(root => root.Name)];

    private void CompareRoots(MetadataCache live)
    {
        HashSet<DirFrag> here = RootsOf(_cache);
        HashSet<DirFrag> there = RootsOf(live);
        foreach (DirFrag root in there.Except(here))
            Find("M4", root, "is a subtree of the rank, and none by the journal");
        foreach (DirFrag root in here.Except(there))
            Find("M4", root, "is a subtree by the journal, and none of the rank");
    }

    private void CompareDir(MetadataCache live, Dir dir, Dir other)
    {
        Authority owner = _cache.Subtrees.AuthorityOf(dir);
        Authority serving = live.Subtrees.AuthorityOf(other);
        // What other ranks give one another the journal does not tell.
        bool isOwn = owner.First == _cache.Me.Value || serving.First == _cache.Me.Value;
        if (isOwn && owner.First != serving.First)
            Find("A4", other, $"belongs to {serving}, and by the journal to {owner}");
        // What others have is in the journal as it was when the way through it was told.
        if (!other.IsAuth)
            return;
        if (other.IsDirty && dir.IsDirty)
            CompareRecords(live, dir, other);
        for (int i = 0; i < dir.Count; i++)
            CompareEntry(live, MetadataCache.EntryAt(dir, i), other);
        for (int i = 0; i < other.Count; i++)
        {
            NodeId node = MetadataCache.EntryAt(other, i);
            bool isDirty = (live.StateOf(node) & NodeState.Dirty) != 0;
            if (isDirty && _cache.Lookup(dir, live.NameOf(node)).IsNone)
                Find("N4", other, $"entry {Show(live, node)} is dirty, and the journal does not know it");
        }
    }

    private void CompareRecords(MetadataCache live, Dir dir, Dir other)
    {
        ref readonly DirRecord replayed = ref _cache.Read(dir);
        ref readonly DirRecord known = ref live.Read(other);
        if (replayed.Stat != known.Stat || replayed.Recursive != known.Recursive)
            Find("N4", other, $"counts {known.Stat} {known.Recursive}, and by the journal {replayed.Stat} {replayed.Recursive}");
        if (replayed.AccountedStat != known.AccountedStat || replayed.AccountedRecursive != known.AccountedRecursive)
            Find("N4", other, "has told otherwise above than by the journal");
        if (replayed.Version != known.Version)
            Find("N5", other, $"is at version {known.Version}, and by the journal at {replayed.Version}");
    }

    private void CompareEntry(MetadataCache live, NodeId node, Dir other)
    {
        NodeId found = live.Lookup(other, _cache.NameOf(node));
        if (found.IsNone)
        {
            if (other.IsComplete && !_cache.IsNull(node))
                Find("N4", other, $"has no entry {Show(_cache, node)}, and by the journal it has");
            return;
        }

        Compared++;
        bool isSame = _cache.IsNull(node) == live.IsNull(found) && _cache.IsRemote(node) == live.IsRemote(found)
            && _cache.HasInode(node) == live.HasInode(found);
        if (isSame && _cache.IsRemote(node))
            isSame = _cache.Link(node).RemoteIno == live.Link(found).RemoteIno;
        if (isSame && _cache.HasInode(node))
            isSame = AreEqual(_cache.Inode(node), live.Inode(found)) && HaveEqualAttributes(live, node, found);
        if (!isSame)
            Find("N4", other, $"entry {Show(_cache, node)} is another by the journal");
    }

    private static bool AreEqual(in InodeFields one, in InodeFields other) =>
        one.Ino == other.Ino && one.Mode == other.Mode && one.Uid == other.Uid && one.Gid == other.Gid
        && one.LinkCount == other.LinkCount && one.Size == other.Size && one.Mtime == other.Mtime && one.Atime == other.Atime
        && one.Ctime == other.Ctime && one.Btime == other.Btime && one.ChangeAttr == other.ChangeAttr
        && one.ExportPin == other.ExportPin && one.Stat == other.Stat && one.Recursive == other.Recursive;

    private bool HaveEqualAttributes(MetadataCache live, NodeId node, NodeId found)
    {
        for (ExtKind kind = ExtKind.Xattrs; kind <= ExtKind.FragTree; kind++)
        {
            if (!_cache.ReadExt(node, kind).AsSpan().SequenceEqual(live.ReadExt(found, kind)))
                return false;
        }

        return true;
    }

    private void Find(string invariant, object what, string message) => _findings.Add($"{invariant}: {what}: {message}");

    private static string Show(MetadataCache cache, NodeId node) => NameText.Show(cache.NameOf(node));
}
