using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Testing.Metadata;

/// <summary>Checks the ranks of a harness, each alone and all together.</summary>
public static class ClusterChecks
{
    /// <summary>Runs the cluster dry and checks everything; fails with what is wrong.</summary>
    public static void Expect(ClusterHarness cluster)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        cluster.Run();
        List<string> findings = [];
        List<Rank> ranks = [];
        for (int i = 0; i < cluster.Count; i++)
        {
            Rank rank = cluster[i].Rank;
            if (rank.State is not (RankState.Active or RankState.Stopping))
                continue;
            ranks.Add(rank);
            findings.AddRange(rank.Audit(3).Select(line => $"{rank.Cache.Me}: {line}"));
        }

        findings.AddRange(ClusterAudit.Find(ranks, isQuiescent: true));
        Invariant.That(findings.Count == 0, string.Join('\n', findings));
    }
}
