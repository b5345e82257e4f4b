// Lives of ranks that end, and channels to them.
//
// What a rank gave copies of to a life that ended is forgotten, and so are the answers that it owed. What this rank has copies of
// from it is dropped where nothing hangs on it; the ways to this rank's own subtrees stay, and are given anew by the next life:
// until then nobody can change them. Locks of those copies begin anew as well: no request holds any over that.

using System.Diagnostics.CodeAnalysis;
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

    /// <summary>Whose copies have to come anew before that is so, a bit for each rank.</summary>
    public ulong AwaitedForRejoin
    {
        get
        {
            ulong ranks = 0;
            foreach (Question question in _questions.Values)
            {
                if (question.Waiters.Exists(static waiter => waiter is WayBack))
                    ranks |= 1UL << question.To.Value;
            }

            return ranks;
        }
    }

    /// <summary>A newer map holds; the lives that it ends are told of by <see cref="Failed"/> before.</summary>
    public void TakeMap(ClusterMap map)
    {
        Map = map;
        for (int rank = 0; rank < map.Ranks.Count; rank++)
            IsAlone &= rank == _options.Id.Value || map.Ranks[rank].State == ClusterRankState.None;
        _lost = 0;
        ResendQuestions();
    }

    /// <summary>A life of a rank has ended, or the channel to it: what was on its way is lost, both ways, and it has no
    /// copies any more. <see cref="Failed"/> follows.</summary>
    public void Forget(Peer peer)
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
        ForgetUnread(rank);
        _channels[rank.Value]++;
        Expires.Forget(rank);
        foreach (Question question in _questions.Values)
        {
            // The map that ended a life has had the questions asked of the next one already: nothing is asked twice.
            if (question.To == rank && question.SentTo == peer.Incarnation)
                question.SentTo = 0;
        }

        ForgetCopiesOf(rank);
    }

    /// <summary>What is here of a rank's whose life or channel has ended begins anew.</summary>
    public void Failed(Peer peer)
    {
        if (peer.Kind != PeerKind.Rank)
            return;
        RankId rank = new((int)peer.Id);
        DropCopiesFrom(rank);
        // What cannot be sent now would only tell of the end once more.
        _lost |= 1UL << rank.Value;
        FindWaysBack(rank);
    }

    /// <summary>After a restart: the ways to this rank's subtrees are as its journal has them, and nobody knows of these
    /// copies.</summary>
    public void Rejoin() => FindWaysBack(RankId.None);

    /// <summary>What is here of a rank's is dropped where nobody uses it, and the rest is asked for anew.</summary>
    public void LearnAnew(RankId rank)
    {
        // While copies are given anew, one of the same number may be on its way: nobody is told of those from before.
        if (!_waysBack.Exists(way => way.Rank == rank || way.Rank.IsNone))
            DropUnused(rank);
        FindWaysBack(rank);
    }

    /// <summary>As authority: the rank has no copies any more, and answers nothing.</summary>
    private void ForgetCopiesOf(RankId rank)
    {
        ForgetCopiesOf(rank, _cache.Dirs, [.. _cache.Bases]);
    }

    private void ForgetCopiesOf(RankId rank, IEnumerable<Dir> dirs, List<NodeId> nodes)
    {
        ulong bit = 1UL << rank.Value;
        foreach (Dir dir in dirs)
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

    /// <summary>As new authority over a region: a rank that had copies of it ended before the old one knew.</summary>
    public void ForgetCopiesIn(Dir top, RankId rank)
    {
        List<Dir> region = [];
        MetadataCache.VisitRegion(top, region.Add);
        ForgetCopiesOf(rank, region, []);
    }

    /// <summary>As one with copies: their authority has forgotten that.</summary>
    private void DropCopiesFrom(RankId rank)
    {
        _clients.Locks.ReleaseHeld();
        _clients.Locks.Reset(item => !_cache.IsAuth(item.Object.Node) && AuthorityOf(item.Object.Node).First == rank.Value);
        DropUnused(rank);
    }

    private void DropUnused(RankId rank)
    {
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
    public void FindWaysBack(RankId rank)
    {
        List<LostCopy> left = [];
        foreach (NodeId node in _cache.Bases)
        {
            if (IsCopyOf(node, rank))
                left.Add(new LostCopy(0, new DirFrag(_cache.Inode(node).Ino, Frag.Root), IsBase: true, []));
        }

        foreach (Dir dir in _cache.Dirs)
        {
            if (!IsCopyOf(dir, rank))
                continue;
            int depth = DepthOf(dir);
            for (int i = 0; i < dir.Count; i++)
                left.Add(new LostCopy(depth, dir.Name, IsBase: false, _cache.NameOf(MetadataCache.EntryAt(dir, i)).ToArray()));
            if (dir.Count == 0)
                left.Add(new LostCopy(depth, dir.Name, IsBase: false, []));
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

    private bool IsCopyOf(NodeId node, RankId rank) => !_cache.IsAuth(node) && IsOf(AuthorityOf(node), rank);

    private bool IsCopyOf(Dir dir, RankId rank) => !dir.IsAuth && IsOf(_cache.Subtrees.AuthorityOf(dir), rank);

    private bool IsOf(Authority authority, RankId rank) =>
        authority.First >= 0 && authority.First != _options.Id.Value && (rank.IsNone || authority.First == rank.Value);

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
        AskAnew(rank);
    }

    /// <summary>A rank is the authority over what another was, or it is not in doubt any more that it is: what was asked about
    /// locks before, and may have been asked of nobody, is asked of it.</summary>
    public void AskAnew(RankId rank) => _clients.Locks.AskAnew(item => IsCopyOf(item.Object.Node, rank));

    /// <summary>A copy that its authority may not know of: a base inode, an entry of a dirfrag, or, without a name, the dirfrag
    /// itself.</summary>
    private readonly record struct LostCopy(int Depth, DirFrag Dir, bool IsBase, byte[] Name);

    /// <summary>Copies that are to be given anew, one after the other.</summary>
    private sealed class WayBack(PeerServer server, RankId rank, List<LostCopy> left) : Continuation
    {
        private int _next;

        /// <summary>Who was asked about the one before; none after a beginning.</summary>
        private RankId _asked = RankId.None;

        public RankId Rank => rank;

        /// <summary>Another one has begun, from the beginning.</summary>
        public bool IsVoid { get; set; }

        public override void Run(IoError error)
        {
            // Who was asked may have given it away since, and say that it is not there.
            if (!_asked.IsNone && IsLost(left[_next - 1], out _, out RankId now) && now != _asked)
                _next--;
            _next = IsVoid ? left.Count : _next;
            while (_next < left.Count)
            {
                if (!IsLost(left[_next++], out Discover? question, out RankId owner))
                    continue;
                _asked = owner;
                server.Ask(this, owner, question);
                return;
            }

            server.CameBack(this, rank);
        }

        /// <summary>What has become another rank's meanwhile is asked of that one: it was given the copies that the one before
        /// knew of.</summary>
        private bool IsLost(LostCopy copy, [NotNullWhen(true)] out Discover? question, out RankId owner)
        {
            MetadataCache cache = server._cache;
            (question, owner) = (null, RankId.None);
            (_, DirFrag name, bool isBase, byte[] entry) = copy;
            NodeId inode = cache.FindInode(name.Ino);
            if (inode.IsNone)
                return false;
            if (!isBase && entry.Length == 0)
            {
                if (cache.FindDir(name) is not { } dir || !server.IsCopyOf(dir, RankId.None))
                    return false;
                owner = new RankId(cache.Subtrees.AuthorityOf(dir).First);
                question = new Discover(0, name.Ino, name.Frag, [], false, true, false);
                return true;
            }

            NodeId node = isBase ? inode : cache.Lookup(inode, entry);
            if (node.IsNone || !server.IsCopyOf(node, RankId.None))
                return false;
            owner = new RankId(server.AuthorityOf(node).First);
            Frag frag = isBase ? Frag.Root : cache.LeafOf(inode, NameHash.Of(entry));
            question = new Discover(0, name.Ino, frag, isBase ? [] : [entry], isBase, true, false);
            return true;
        }
    }
}
