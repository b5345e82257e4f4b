// Pins, and what may go when there is none: nodes in order of use, dirfrags that are empty. Source: migrator
// specification, 1.7.

using Engine.Buffers;

namespace Engine.Metadata;

public sealed partial class MetadataCache
{
    private readonly Queue<Dir> _idleDirs = new();
    private readonly Queue<NodeId> _letGo = new();
    private IntrusiveList _lru;

    /// <summary>Nodes that trimming may take unless their dirfrag is dirty.</summary>
    public int UnpinnedCount => _lru.Count;

    /// <summary>Keeps a node in the cache.</summary>
    public void Pin(NodeId node, PinKind kind)
    {
        ref NodeSide side = ref Nodes[node];
        if (side.Pins++ == 0 && side.Lru.IsLinked)
            _lru.Remove(new NodeLruLinks(Nodes), node.Value);
        _ledger?.Add(isDir: false, node.Value, kind);
    }

    /// <summary>Releases a pin of the kind.</summary>
    public void Unpin(NodeId node, PinKind kind)
    {
        ref NodeSide side = ref Nodes[node];
        _ledger?.Remove(isDir: false, node.Value, kind);
        Invariant.That(side.Pins > 0);
        if (--side.Pins == 0)
            MakeTrimmable(node, ref side);
    }

    /// <summary>Keeps a dirfrag open.</summary>
    public void Pin(Dir dir, PinKind kind)
    {
        dir.Pins++;
        _ledger?.Add(isDir: true, dir.Id, kind);
    }

    /// <summary>Releases a pin of the kind.</summary>
    public void Unpin(Dir dir, PinKind kind)
    {
        _ledger?.Remove(isDir: true, dir.Id, kind);
        Invariant.That(dir.Pins > 0);
        dir.Pins--;
        if (IsIdle(dir))
            NoteIdle(dir);
    }

    /// <summary>Pins of all kinds on a node.</summary>
    public int PinsOf(NodeId node) => Nodes[node].Pins;

    /// <summary>Pins of one kind, where the cache checks itself; else -1.</summary>
    public int PinsOf(NodeId node, PinKind kind) => _ledger?.Count(isDir: false, node.Value, kind) ?? -1;

    /// <summary>Pins of one kind, where the cache checks itself; else -1.</summary>
    public int PinsOf(Dir dir, PinKind kind) => _ledger?.Count(isDir: true, dir.Id, kind) ?? -1;

    /// <summary>Checks the cache against its invariants; see <see cref="CacheAudit"/>.</summary>
    /// <param name="level">1: dirfrags; 2: entries too; 3: pages too.</param>
    /// <returns>What is wrong, a line each.</returns>
    public IReadOnlyList<string> Audit(int level) => new CacheAudit(this).Run(level);

    /// <summary>Checks what holds beside that where requests count what they change, and nothing migrates.</summary>
    internal List<string> AuditAlone(int level) => new CacheAudit(this).RunAlone(level);

    /// <summary>Checks what holds beside that when nothing is under way.</summary>
    internal List<string> AuditAtRest() => new CacheAudit(this).RunAtRest();

    internal int PinTotalOf(NodeId node) => _ledger?.Total(isDir: false, node.Value) ?? Nodes[node].Pins;

    internal int PinTotalOf(Dir dir) => _ledger?.Total(isDir: true, dir.Id) ?? dir.Pins;

    /// <summary>
    /// Drops nodes that nobody pins, the longest unused first; those used since the last call stay, and so does what the caller
    /// has just looked up. Then closes dirfrags that are empty and unpinned, which lets go of their inodes. Entries of dirfrags
    /// that are dirty or in transition stay.
    /// </summary>
    /// <param name="count">Most nodes to drop.</param>
    /// <returns>Nodes dropped.</returns>
    public int Trim(int count)
    {
        int dropped = GiveBack(count);
        dropped += TrimUnused(count - dropped);
        CloseIdleDirs();
        while (_letGo.Count > 0 && dropped < count)
        {
            NodeId node = _letGo.Dequeue();
            if (Nodes.IsLive(node) && Nodes[node].Lru.IsLinked && TryTrim(node))
                dropped++;
            CloseIdleDirs();
        }

        _letGo.Clear();
        return dropped;
    }

    /// <summary>Closes the dirfrags that are empty and unpinned, as trimming does.</summary>
    private void CloseIdleDirs()
    {
        for (int count = _idleDirs.Count; count > 0; count--)
        {
            Dir dir = _idleDirs.Dequeue();
            dir.IsQueuedIdle = false;
            if (_dirs[dir.Id] != dir || dir.Has(Apart) || !IsIdle(dir))
                continue;
            NoteExpired(dir);
            if (dir.IsSubtreeRoot)
                Subtrees.Drop(dir);
            _letGo.Enqueue(dir.Inode);
            Close(dir);
        }
    }

    /// <summary>Is the dirfrag open for nothing? A root of another rank's subtree is, when it is empty and its inode
    /// another's too: whoever is authority over an inode must know whose the dirfrags are.</summary>
    private bool IsIdle(Dir dir) =>
        dir.Pins == 0
        || (dir is { Pins: 1, Count: 0, IsSubtreeRoot: true, IsAuth: false } && !dir.DirAuth.IsAmbiguous
            && ParentOf(dir) is { IsAuth: false });

    private int TrimUnused(int count)
    {
        int dropped = 0;
        for (int left = _lru.Count; left > 0 && dropped < count; left--)
        {
            NodeId node = new(_lru.Last);
            if (TryTrim(node))
                dropped++;
            else
                _lru.MoveToFirst(new NodeLruLinks(Nodes), node.Value);
        }

        return dropped;
    }

    private bool TryTrim(NodeId node)
    {
        ref NodeSide side = ref Nodes[node];
        Dir dir = _dirs[side.Dir]!;
        bool isUsed = (side.State & NodeState.Referenced) != 0;
        side.State &= ~NodeState.Referenced;
        DirState mustStay = IsView ? MustStayWhole & ~DirState.Dirty : MustStayWhole;
        return !isUsed && !dir.Has(mustStay) && TryTrim(dir, node);
    }

    private void MakeTrimmable(NodeId node, ref NodeSide side)
    {
        if (side.Dir != 0)
            _lru.AddFirst(new NodeLruLinks(Nodes), node.Value);
    }

    private void NoteIdle(Dir dir)
    {
        if (dir.IsQueuedIdle)
            return;
        dir.IsQueuedIdle = true;
        _idleDirs.Enqueue(dir);
    }
}
