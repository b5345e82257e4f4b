using System.Globalization;
using Engine.Metadata;

namespace Engine.Cli.Clusters;

/// <summary>Since when each rank has been what the map says that it is, as this process has heard. Any thread.</summary>
internal sealed class MapTimes
{
    /// <summary>A rank that begins is usually through by then.</summary>
    private const long LongMs = 10_000;

    private readonly Dictionary<int, (ClusterRankState State, ulong Life, long AtMs)> _since = [];

    /// <summary>A map has come.</summary>
    public void Note(ClusterMap map)
    {
        lock (_since)
        {
            for (int rank = 0; rank < map.Ranks.Count; rank++)
            {
                (ClusterRankState state, ulong life) = (map.Ranks[rank].State, map.Ranks[rank].Incarnation);
                if (!_since.TryGetValue(rank, out var known) || known.State != state || known.Life != life)
                    _since[rank] = (state, life, Environment.TickCount64);
            }
        }
    }

    /// <summary>What is wrong with ranks, a line each.</summary>
    public IEnumerable<string> Warnings(ClusterMap map)
    {
        for (int rank = 0; rank < map.Ranks.Count; rank++)
        {
            ClusterRankState state = map.Ranks[rank].State;
            long ms = AgeMs(rank);
            string seconds = (ms / 1000).ToString(CultureInfo.InvariantCulture);
            if (state == ClusterRankState.None)
                yield return $"rank {rank} has never been served: start one more engine rank serve";
            else if (state == ClusterRankState.Failed)
                yield return $"rank {rank} has failed, and nobody has taken it over since {seconds} s: start engine rank serve; "
                    + "who asks for what is its waits until then, and no export begins";
            else if (state == ClusterRankState.Damaged)
                yield return $"rank {rank} is damaged: what its process wrote last says where; it goes to who gives --rank alone";
            else if (state is >= ClusterRankState.Creating and < ClusterRankState.Active && ms >= LongMs)
                yield return $"rank {rank} is in {state} since {seconds} s: engine mig status of its own says whom it waits for";
        }
    }

    private long AgeMs(int rank)
    {
        lock (_since)
            return _since.TryGetValue(rank, out var known) ? Environment.TickCount64 - known.AtMs : 0;
    }
}
