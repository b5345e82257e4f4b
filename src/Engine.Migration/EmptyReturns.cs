using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Subtrees without an entry go back to the rank that has what is around them: once they have been so here for a while,
/// and unless they are pinned here. Who moves an empty directory has that long to fill it. Source: migrator specification, 2.3
/// (I6), 2.9 and 5.4 (Δ14).</summary>
internal sealed class EmptyReturns(Migrator migrator)
{
    private readonly List<Dir> _roots = [];

    /// <summary>Since when they are empty, or were asked to go.</summary>
    private Dictionary<DirFrag, long> _since = [];

    private Dictionary<DirFrag, long> _before = [];

    private RankServices Rank => migrator.Rank;

    private MetadataCache Cache => Rank.Cache;

    /// <summary>Time passes.</summary>
    public void Tick()
    {
        (_before, _since) = (_since, _before);
        _since.Clear();
        if (Rank.Map[Rank.Me].State != ClusterRankState.Active)
            return;
        _roots.AddRange(Cache.Subtrees.Roots());
        foreach (Dir root in _roots)
        {
            if (!IsEmpty(root))
                continue;
            long since = _before.GetValueOrDefault(root.Name, Rank.NowMicros);
            if (Rank.NowMicros - since >= migrator.Options.MinResidencyMicros && TryReturn(root))
                since = Rank.NowMicros;
            _since.Add(root.Name, since);
        }

        _roots.Clear();
    }

    private bool IsEmpty(Dir root)
    {
        // A part of a divided directory stays where the others are.
        bool isOwn = root.Frag == Frag.Root && root.DirAuth == Authority.Of(Rank.Me) && !Cache.IsAuth(root.Inode)
            && Rank.IsKnown(root);
        if (!isOwn || migrator.IsOfSystem(root) || migrator.PinOf(root) == Rank.Me)
            return false;
        FragStat stat = Cache.Read(root).Stat;
        return stat.Files + stat.Subdirs == 0;
    }

    private bool TryReturn(Dir root)
    {
        Authority around = Rank.AuthorityOf(root.Inode);
        return !around.IsAmbiguous && around.First >= 0 && around.First != Rank.Me.Value
            && migrator.Export(root.Name, new RankId(around.First)) == MigrationRefusal.None;
    }
}
