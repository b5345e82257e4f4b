namespace Engine.Metadata;

/// <content>Popularity of dirfrags. Source: migrator specification, 1.13.</content>
public sealed partial class MetadataCache
{
    /// <summary>Counts something that happened in a dirfrag: for it, for all above it, and within its subtree.</summary>
    public void Hit(Dir dir, LoadKind kind, double amount = 1)
    {
        PopularityOf(dir).Own.Hit(kind, NowMicros, PopularityRate, amount);
        bool inSubtree = true;
        for (Dir? at = dir; at != null; at = ParentOf(at))
        {
            DirPopularity popularity = PopularityOf(at);
            popularity.Nested.Hit(kind, NowMicros, PopularityRate, amount);
            if (inSubtree)
                popularity.AuthSubtree.Hit(kind, NowMicros, PopularityRate, amount);
            if (at.IsAuth)
                popularity.AuthSubtreeNested.Hit(kind, NowMicros, PopularityRate, amount);
            inSubtree &= !at.IsSubtreeRoot;
        }
    }

    /// <summary>How much the dirfrag, and what is below it in its subtree, is used.</summary>
    public double SubtreeLoadOf(Dir dir) =>
        dir.Popularity == null ? 0 : dir.Popularity.AuthSubtree.MetaLoad(NowMicros, PopularityRate);

    /// <summary>How much the dirfrag itself is used.</summary>
    public double LoadOf(Dir dir) => dir.Popularity == null ? 0 : dir.Popularity.Own.MetaLoad(NowMicros, PopularityRate);

    /// <summary>A subtree began or ended at the dirfrag: what was counted below it does not, or does, count for those above it as
    /// far as the root of the subtree around it.</summary>
    internal void AdjustSubtreePopularity(Dir dir, Dir outer, bool add)
    {
        if (dir.Popularity == null)
            return;
        for (Dir? at = ParentOf(dir); at != null; at = at == outer ? null : ParentOf(at))
        {
            if (add)
                PopularityOf(at).AuthSubtree.Add(ref dir.Popularity.AuthSubtree, NowMicros, PopularityRate);
            else
                PopularityOf(at).AuthSubtree.Subtract(ref dir.Popularity.AuthSubtree, NowMicros, PopularityRate);
        }
    }

    private static DirPopularity PopularityOf(Dir dir) => dir.Popularity ??= new DirPopularity();
}
