using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <summary>A rank that leaves: what it owns goes to the authority around it, or to rank 0, whatever is pinned here; what is
/// under way is finished; then the rank ends. Source: migrator specification, 2.9 and 3.2.</summary>
internal sealed class Departure(Migrator migrator)
{
    private readonly List<Dir> _roots = [];
    private Recount? _recount;

    private RankServices Rank => migrator.Rank;

    private MetadataCache Cache => Rank.Cache;

    /// <summary>What keeps the rank here yet; null while it does not leave.</summary>
    public string? WaitsFor { get; private set; }

    /// <summary>Begins.</summary>
    /// <returns>Why the rank has to stay: the root is rank 0's.</returns>
    public MigrationRefusal Begin()
    {
        if (Rank.Me.Value == 0)
            return MigrationRefusal.NotMovable;
        Rank.IsLeaving = true;
        WaitsFor ??= "the cluster map";
        return MigrationRefusal.None;
    }

    /// <summary>Time passes. Others are told by the map that this rank takes nothing any more, before anything goes.</summary>
    public void Tick()
    {
        if (!Rank.IsLeaving || Rank.Map[Rank.Me].State != ClusterRankState.Stopping)
            return;
        int subtrees = GiveAway();
        int undecided = Rank.GivenExports.Count() + Rank.UpdateCount;
        int caps = Rank.DisplacedCaps.Count;
        int strays = 0;
        // What lies there may come of what is still under way.
        bool isEmpty = subtrees + undecided + caps + migrator.ExportCount + migrator.ImportCount == 0;
        if (isEmpty && !TryCountStrays(out strays))
            return;
        WaitsFor = $"{subtrees} subtrees, {migrator.ExportCount} exports, {migrator.ImportCount} imports, {undecided} to be "
            + $"confirmed, {caps} capabilities of others, {strays} files without a name or with several";
        if (isEmpty && strays == 0)
            Rank.Stop();
    }

    /// <summary>Has everything given away that can be now.</summary>
    /// <returns>How many subtrees there are yet.</returns>
    private int GiveAway()
    {
        int count = 0;
        _roots.AddRange(Cache.Subtrees.Roots());
        foreach (Dir root in _roots)
        {
            if (!root.IsAuth || !root.IsSubtreeRoot || migrator.IsOfSystem(root))
                continue;
            count++;
            if (root.DirAuth != Authority.Of(Rank.Me))
                continue;
            // One for a pin's sake goes with what is around it.
            MetadataCache.SetState(root, DirState.AuxSubtree, false);
            if (!Cache.Subtrees.TryMergeAt(root) && !IsWithinOwn(root))
                migrator.ExportPinned(root.Name, Whereto(root));
        }

        _roots.Clear();
        return count;
    }

    /// <summary>What lies around it is on its way, and it comes to lie at the end of that.</summary>
    private bool IsWithinOwn(Dir root) =>
        Cache.ParentOf(root) is { } parent && Cache.Subtrees.AuthorityOf(parent).First == Rank.Me.Value;

    private RankId Whereto(Dir root)
    {
        Authority around = Rank.AuthorityOf(root.Inode);
        RankId rank = new(around.First);
        bool takesIt = !around.IsAmbiguous && rank.Value >= 0 && rank != Rank.Me
            && Rank.Map[rank].State == ClusterRankState.Active;
        return takesIt ? rank : new RankId(0);
    }

    private bool TryCountStrays(out int count)
    {
        count = 0;
        if (_recount is { IsPending: true })
            return false;
        _recount = new Recount();
        IoError error = Rank.CountStrays(_recount, out count);
        if (error.Failed && error != IoError.Again)
            WaitsFor = $"what lies in its stray directories: they cannot be read, {error.Name}";
        return error.IsNone;
    }

    /// <summary>The next tick looks again.</summary>
    private sealed class Recount : Continuation
    {
        public override void Run(IoError error)
        {
            // Nothing to do before that.
        }
    }
}
