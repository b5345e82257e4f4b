using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>A rank's own invariants, as checks of a simulation.</summary>
internal static class RankAudit
{
    /// <summary>Reports what of the cache does not hold.</summary>
    public static void Check(SimWorld world, Rank rank)
    {
        foreach (string problem in rank.Cache.Audit(3))
            world.Report(Invariants.IsKnown(problem[..2]) ? problem[..2] : "N4", problem);
    }
}
