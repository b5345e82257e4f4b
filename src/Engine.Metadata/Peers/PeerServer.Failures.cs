// Lives of ranks that end, and channels to them.
//
// What a rank gave copies of to a life that ended is forgotten, and so are the answers that it owed. What this rank has copies of
// from it is dropped where nothing hangs on it; the ways to this rank's own subtrees stay, and are given anew by the next life:
// until then nobody can change them. Locks of those copies begin anew as well: no request holds any over that.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Failures. Source: migrator specification, 3.1 and 4.4, as simplified there for a first version.</content>
internal sealed partial class PeerServer
{
    private readonly List<WayBack> _waysBack = [];

    /// <summary>Ranks whose channels ended since the last tick or map: they are not asked until then.</summary>
    private ulong _lost;

    /// <summary>Are the ways to this rank's subtrees those that their authorities know?</summary>
    public bool HasRejoined => _waysBack.Count == 0;

    /// <summary>A newer map holds; the lives that it ends are told of by <see cref="Failed"/> before.</summary>
    public void TakeMap(ClusterMap map)
    {
        Map = map;
        for (int rank = 0; rank < map.Ranks.Count; rank++)
            IsAlone &= rank == _options.Id.Value || map.Ranks[rank].State == ClusterRankState.None;
        _lost = 0;
        ResendQuestions();
    }

    /// <summary>A life of a rank has ended, or the channel to it: what was on its way is lost, both ways.</summary>
    public void Failed(Peer peer)
    {
        if (peer.Kind != PeerKind.Rank)
            return;
        RankId rank = new((int)peer.Id);
        if (_outboxes.TryGetValue(rank, out Outbox? outbox) && outbox.To == peer)
        {
            outbox.Close();
            _outboxes.Remove(rank);
        }

        _recalls.RemoveAll(each => each.From == rank);
        foreach (Question question in _questions.Values)
            question.SentTo = question.To == rank ? 0 : question.SentTo;
        ForgetCopiesOf(rank);
        DropCopiesFrom(rank);
        // What cannot be sent now would only tell of the end once more.
        _lost |= 1UL << rank.Value;
        FindWaysBack(rank);
    }

    /// <summary>After a restart: the ways to this rank's subtrees are as its journal has them, and nobody knows of these
    /// copies.</summary>
    public void Rejoin() => FindWaysBack(RankId.None);

    /// <summary>As authority: the rank has no copies any more, and answers nothing.</summary>
    private void ForgetCopiesOf(RankId rank)
    {
        ulong bit = 1UL << rank.Value;
        List<NodeId> nodes = [.. _cache.Bases];
        foreach (Dir dir in _cache.Dirs)
        {
            if (!dir.IsAuth)
                continue;
            if ((_cache.ReplicasOf(dir) & bit) != 0)
                _cache.TryRemoveReplica(dir, rank, _cache.NonceOf(dir, rank));
            for (int i = 0; i < dir.Count; i++)
                nodes.Add(MetadataCache.EntryAt(dir, i));
        }

        foreach (NodeId node in nodes)
        {
            bool isKnown = (_cache.StateOf(node) & NodeState.Replicated) != 0 && _cache.IsAuth(node);
            if (!isKnown || (_cache.ReplicasOf(node) & bit) == 0)
                continue;
            _cache.TryRemoveReplica(node, rank, _cache.NonceOf(node, rank));
            NoteDropped(rank, node);
        }
    }

    /// <summary>As one with copies: their authority has forgotten that.</summary>
    private void DropCopiesFrom(RankId rank)
    {
        _clients.Locks.ReleaseHeld();
        _clients.Locks.Reset(item => !_cache.IsAuth(item.Object.Node) && AuthorityOf(item.Object.Node).First == rank.Value);
        foreach (Dir dir in (List<Dir>)[.. _cache.Dirs])
        {
            bool isCopy = _cache.FindDir(dir.Name) == dir && !dir.IsAuth && _cache.Subtrees.AuthorityOf(dir).First == rank.Value;
            for (int i = isCopy ? dir.Count - 1 : -1; i >= 0; i--)
            {
                NodeId node = MetadataCache.EntryAt(dir, i);
                if (!_cache.HasOwnBelow(node))
                    _cache.TryDropReplica(node);
            }
        }
    }

    /// <summary>Has the copies that are left given anew, those above others first.</summary>
    /// <param name="rank">Whose; none for everybody's.</param>
    private void FindWaysBack(RankId rank)
    {
        List<(int Depth, Ino Dir, byte[] Name)> left = [];
        foreach (NodeId node in _cache.Bases)
        {
            if (IsCopyOf(node, rank))
                left.Add((0, _cache.Inode(node).Ino, []));
        }

        foreach (Dir dir in _cache.Dirs)
        {
            for (int i = 0; i < dir.Count && !dir.IsAuth; i++)
            {
                NodeId node = MetadataCache.EntryAt(dir, i);
                if (IsCopyOf(node, rank))
                    left.Add((DepthOf(dir), dir.Name.Ino, _cache.NameOf(node).ToArray()));
            }
        }

        foreach (WayBack begun in _waysBack)
            begun.IsVoid |= begun.Rank == rank;
        if (left.Count == 0)
            return;
        left.Sort(static (one, other) =>
            one.Depth != other.Depth ? one.Depth.CompareTo(other.Depth)
            : one.Dir != other.Dir ? one.Dir.CompareTo(other.Dir) : one.Name.AsSpan().SequenceCompareTo(other.Name));
        WayBack way = new(this, rank, left);
        _waysBack.Add(way);
        _cache.Ready.Add(way, IoError.None);
    }

    private bool IsCopyOf(NodeId node, RankId rank) =>
        !_cache.IsAuth(node) && AuthorityOf(node) is { First: >= 0 } authority
        && authority.First != _options.Id.Value && (rank.IsNone || authority.First == rank.Value);

    private int DepthOf(Dir dir)
    {
        int depth = 1;
        for (Dir? at = _cache.ParentOf(dir); at is not null; at = _cache.ParentOf(at))
            depth++;
        return depth;
    }

    /// <summary>All copies are known to their authorities again: what was asked of those before is asked anew.</summary>
    private void CameBack(WayBack way, RankId rank)
    {
        _waysBack.Remove(way);
        _clients.Locks.AskAnew(item => IsCopyOf(item.Object.Node, rank));
    }

    /// <summary>Copies that are to be given anew, one after the other.</summary>
    private sealed class WayBack(PeerServer server, RankId rank, List<(int Depth, Ino Dir, byte[] Name)> left) : Continuation
    {
        private int _next;

        public RankId Rank => rank;

        /// <summary>Another one has begun, from the beginning.</summary>
        public bool IsVoid { get; set; }

        public override void Run(IoError error)
        {
            MetadataCache cache = server._cache;
            _next = IsVoid ? left.Count : _next;
            while (_next < left.Count)
            {
                (_, Ino ino, byte[] name) = left[_next++];
                NodeId inode = cache.FindInode(ino);
                NodeId node = inode.IsNone || name.Length == 0 ? inode : cache.Lookup(inode, name);
                if (node.IsNone || !server.IsCopyOf(node, rank))
                    continue;
                Frag frag = name.Length == 0 ? Frag.Root : cache.LeafOf(inode, NameHash.Of(name));
                RankId owner = new(server.AuthorityOf(node).First);
                server.Ask(this, owner, new Discover(
                    0, ino, frag, name.Length == 0 ? [] : [name], name.Length == 0, true, false));
                return;
            }

            server.CameBack(this, rank);
        }
    }
}
