using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Has subtrees move by chance all the time, for tests: at every tick some begin, and each has a dirfrag within that
/// stays, so that it has a bound. Source: migrator specification, 2.9 and 5.1 (D22).</summary>
internal sealed class Thrasher(Migrator migrator)
{
    private const int LiveMax = 5;
    private const int QueuedMax = 10;

    private readonly List<(DirFrag Dir, MigrationId For)> _cuts = [];
    private readonly List<Dir> _dirs = [];

    private RankServices Rank => migrator.Rank;

    private MetadataCache Cache => Rank.Cache;

    /// <summary>Dirfrags that were made bounds.</summary>
    public long Cuts { get; private set; }

    /// <summary>Time passes.</summary>
    public void Tick()
    {
        int count = migrator.Options.ThrashExports;
        if (count == 0 && _cuts.Count == 0)
            return;
        HashSet<MigrationId> live = [.. migrator.Live().Select(static each => each.Id)];
        for (int i = _cuts.Count - 1; i >= 0; i--)
        {
            if (!live.Contains(_cuts[i].For) && migrator.Pins.TryUncut(_cuts[i].Dir))
                _cuts.RemoveAt(i);
        }

        if (count == 0 || Rank.Map[Rank.Me].State != ClusterRankState.Active)
            return;
        _dirs.AddRange(Cache.Dirs.Where(static dir => dir.IsAuth && !dir.Name.Ino.IsSystem));
        for (int i = 0; i < count && _dirs.Count > 0; i++)
        {
            if (migrator.ExportCount < count * LiveMax && migrator.Waiting.Count() < count * QueuedMax)
                migrator.Export(_dirs[Draw(_dirs.Count)].Name, new RankId(Draw(Rank.Map.Ranks.Count)));
        }

        _dirs.Clear();
    }

    /// <summary>An export begins: something within stays here.</summary>
    public void Cut(Dir root, MigrationId export)
    {
        if (migrator.Options.ThrashExports == 0)
            return;
        List<Dir> within = [];
        MetadataCache.VisitRegion(root, within.Add);
        within.RemoveAll(dir => dir == root || dir.Has(DirState.AuxSubtree) || !migrator.Pins.IsAtRest(dir));
        if (within.Count == 0)
            return;
        Dir cut = within[Draw(within.Count)];
        Cache.Subtrees.AdjustAuth(cut, Authority.Of(Rank.Me));
        MetadataCache.SetState(cut, DirState.AuxSubtree, true);
        _cuts.Add((cut.Name, export));
        Cuts++;
    }

    private int Draw(int count) => (int)(Rank.NextRandom() % (ulong)count);
}
