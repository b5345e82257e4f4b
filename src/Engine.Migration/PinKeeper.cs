// Has directories where their pins say.
//
// Directories with a pin of their own are found by looking at open dirfrags in turn, some at each tick, since pins come by many
// ways: requests, the journal, the store, other ranks. Subtrees' roots are looked at in every tick.
// A pin lies with the inode, a subtree with whoever serves it: where the two are different ranks the inode's tells the other.
// Invariants: what a pin to this rank made a root is one as long as the pin says so; a pin to a rank that cannot have the
// directory is asked for again when the map changes, not before.

using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Acts upon pins, <c>dir.pin</c>. Source: migrator specification, 2.9 and 5.1 (D27).</summary>
internal sealed class PinKeeper
{
    /// <summary>Dirfrags that a tick looks at.</summary>
    private const int LooksMax = 8192;

    /// <summary>Directories that are remembered before those are forgotten that are not in memory any more.</summary>
    private const int HeardMax = 4096;

    /// <summary>Dirfrags of directories with pins of their own.</summary>
    private readonly SortedSet<DirFrag> _pinned = [];

    /// <summary>Pins that could not be followed with the map that holds.</summary>
    private readonly SortedSet<(DirFrag Dir, RankId To)> _refused = [];

    /// <summary>Whereto pinned dirfrags were asked to go that have not gone yet.</summary>
    private readonly Dictionary<DirFrag, int> _asked = [];

    /// <summary>What ranks were told of directories that they serve.</summary>
    private readonly Dictionary<DirFrag, (RankId Who, ulong Life, RankId To)> _told = [];

    /// <summary>What this rank was told of directories whose inodes are others', and by whom.</summary>
    private readonly Dictionary<Ino, (RankId To, RankId By)> _heard = [];

    private readonly List<Dir> _roots = [];
    private readonly List<DirFrag> _round = [];
    private readonly Migrator _migrator;
    private readonly Action<Dir> _look;
    private ulong _epoch;
    private int _next;
    private int _at;

    public PinKeeper(Migrator migrator) => (_migrator, _look) = (migrator, Look);

    private RankServices Rank => _migrator.Rank;

    private MetadataCache Cache => Rank.Cache;

    /// <summary>Directories with pins of their own that this rank serves, as far as it knows by now.</summary>
    public IEnumerable<DirFrag> Pinned => _pinned;

    /// <summary>Pins that cannot be followed at present, and whereto they are.</summary>
    public IEnumerable<(DirFrag Dir, RankId To)> Unfollowed => _refused;

    /// <summary>The rank that the directory, or the nearest one above it that says so, is pinned to.</summary>
    public RankId PinOf(Dir dir)
    {
        for (Dir? at = dir; at is not null; at = Cache.ParentOf(at))
        {
            ref readonly InodeFields inode = ref Cache.Inode(at.Inode);
            // What is above a subtree of this rank's is known here as others told it.
            if (!Cache.IsAuth(at.Inode) && _heard.TryGetValue(inode.Ino, out (RankId To, RankId By) told))
                return told.To;
            if (inode.ExportPin >= 0)
                return new RankId(inode.ExportPin);
        }

        return RankId.None;
    }

    /// <summary>Another rank has the inode of what is here.</summary>
    public void Handle(RankId from, PinNews news)
    {
        if (_heard.Count >= HeardMax)
        {
            foreach (Ino ino in _heard.Keys)
            {
                if (Cache.FindInode(ino).IsNone)
                    _heard.Remove(ino);
            }
        }

        _heard[news.Ino] = (news.To, from);
    }

    /// <summary>A life of a rank is over, or the channel to it: it is told again, also that a directory is free, and so is this
    /// rank.</summary>
    public void PeerFailed(RankId rank)
    {
        foreach ((DirFrag dir, (RankId who, _, RankId to)) in _told.ToArray())
        {
            if (who == rank)
                _told[dir] = (who, 0, to);
        }

        foreach ((Ino ino, (_, RankId by)) in _heard)
        {
            if (by == rank)
                _heard.Remove(ino);
        }
    }

    /// <summary>Time passes.</summary>
    public void Tick()
    {
        if (Rank.Map[Rank.Me].State != ClusterRankState.Active)
            return;
        if (_epoch != Rank.Map.Epoch)
            _refused.Clear();
        _epoch = Rank.Map.Epoch;
        _next = Cache.VisitDirs(_next, LooksMax, _look);
        ObeySome();
        _roots.AddRange(Cache.Subtrees.Roots());
        foreach (Dir root in _roots)
        {
            if (root.DirAuth == Authority.Of(Rank.Me))
                Follow(root, PinOf(root));
            else if (Cache.IsAuth(root.Inode) && !root.DirAuth.IsAmbiguous && root.DirAuth.First >= 0)
                Tell(root);
        }

        _roots.Clear();
    }

    private void Look(Dir dir)
    {
        if (dir.IsAuth && !dir.Name.Ino.IsSystem && Cache.Inode(dir.Inode).ExportPin >= 0)
            _pinned.Add(dir.Name);
    }

    private void ObeySome()
    {
        if (_at >= _round.Count)
        {
            _round.Clear();
            _round.AddRange(_pinned);
            _at = 0;
        }

        for (int end = Math.Min(_round.Count, _at + LooksMax); _at < end; _at++)
            Obey(_round[_at]);
    }

    private void Obey(DirFrag name)
    {
        if (Cache.FindDir(name) is not { IsAuth: true } dir)
        {
            _pinned.Remove(name);
            _asked.Remove(name);
            return;
        }

        int pin = Cache.Inode(dir.Inode).ExportPin;
        if (pin < 0)
        {
            _pinned.Remove(name);
            _refused.RemoveWhere(each => each.Dir == name);
        }

        if (_asked.TryGetValue(name, out int asked) && asked != pin && _asked.Remove(name))
            _migrator.WithdrawPinned(name, new RankId(asked));
        if (pin == Rank.Me.Value)
            Keep(dir);
        else
            Release(dir);
        if (pin < 0)
            return;
        if (Follow(dir, new RankId(pin)))
            _asked[name] = pin;
    }

    /// <summary>A directory that is pinned here stays, whatever becomes of what is around it.</summary>
    private void Keep(Dir dir)
    {
        if (dir.Has(DirState.AuxSubtree) || !IsAtRest(dir))
            return;
        Cache.Subtrees.AdjustAuth(dir, Authority.Of(Rank.Me));
        MetadataCache.SetState(dir, DirState.AuxSubtree, true);
    }

    /// <summary>Something else than a pin made the dirfrag a subtree of its own, and it need be none any more.</summary>
    /// <returns>False when that is to be tried again.</returns>
    public bool TryUncut(DirFrag name)
    {
        if (_pinned.Contains(name) || Cache.FindDir(name) is not { IsAuth: true } dir || !dir.Has(DirState.AuxSubtree))
            return true;
        Release(dir);
        return !dir.Has(DirState.AuxSubtree);
    }

    private void Release(Dir dir)
    {
        if (!dir.Has(DirState.AuxSubtree) || !IsAtRest(dir))
            return;
        MetadataCache.SetState(dir, DirState.AuxSubtree, false);
        Cache.Subtrees.TryMergeAt(dir);
    }

    /// <summary>Can the dirfrag become a root, or merge, now?</summary>
    public bool IsAtRest(Dir dir) =>
        !dir.Has(DirState.Exporting | DirState.Importing | DirState.ExportBound | DirState.ImportBound)
        && !Cache.IsFreezing(dir) && !Cache.IsFrozen(dir) && Cache.Subtrees.AuthorityOf(dir) == Authority.Of(Rank.Me);

    /// <returns>Was it asked for?</returns>
    private bool Follow(Dir dir, RankId to)
    {
        if (to.IsNone || to == Rank.Me || dir.Has(DirState.Exporting))
            return false;
        if (_refused.Contains((dir.Name, to)))
            return false;
        MigrationRefusal refusal = _migrator.ExportPinned(dir.Name, to);
        if (refusal is MigrationRefusal.NoSuchRank or MigrationRefusal.NotActive or MigrationRefusal.NotMovable)
            _refused.Add((dir.Name, to));
        return refusal == MigrationRefusal.None;
    }

    private void Tell(Dir root)
    {
        RankId who = new(root.DirAuth.First);
        RankId to = PinOf(root);
        if (!Rank.Map[who].IsUp || (to.IsNone && !_told.ContainsKey(root.Name)))
            return;
        (RankId, ulong, RankId) news = (who, Rank.Map[who].Incarnation, to);
        if (_told.TryGetValue(root.Name, out (RankId, ulong, RankId) known) && known == news)
            return;
        _told[root.Name] = news;
        Rank.Send(who, new PinNews(root.Name.Ino, to));
    }
}
