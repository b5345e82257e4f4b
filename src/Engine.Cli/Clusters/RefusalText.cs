using Engine.Metadata;
using Engine.Migration;

namespace Engine.Cli.Clusters;

/// <summary>What it means that a migration does not begin, for operators.</summary>
internal static class RefusalText
{
    /// <summary>Why it cannot go to that rank.</summary>
    public static string OfRank(Rank rank, RankId to) => to == rank.Services.Me ? $"{to} is this rank itself"
        : to.Value >= rank.Map.Ranks.Count ? $"the cluster has ranks 0 to {rank.Map.Ranks.Count - 1}"
        : $"{to} is {rank.Map[to].State}: it serves nothing now; status shows the ranks";

    /// <summary>In words, with what to look at.</summary>
    public static string Of(MigrationRefusal refusal) => refusal switch
    {
        MigrationRefusal.NotActive => "the rank does not serve at present",
        MigrationRefusal.NotAuthority => "another rank has it; subtrees shows which",
        MigrationRefusal.NoSuchRank => "that rank is this one, unknown or down; status shows them",
        MigrationRefusal.NotMovable => "it is one of the namespace's own, or the root",
        MigrationRefusal.Busy => "it is asked for already, or too much is",
        MigrationRefusal.Frozen => "it is being moved or divided; try again",
        MigrationRefusal.Degraded => "a rank of the cluster has failed, or does not serve again yet; status shows them",
        MigrationRefusal.ReadOnly => "this rank's store or journal takes no changes at present",
        MigrationRefusal.Pinned => "it is pinned to another rank",
        _ => "it cannot be moved now",
    };
}
