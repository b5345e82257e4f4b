using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>What an authority over the cluster map has done, and by whom. Whatever is begun here is answered by a later call
/// of the authority, never within the call.</summary>
public interface IMapEnvironment
{
    /// <summary>The clock, in microseconds; it never goes back.</summary>
    long NowMicros { get; }

    /// <summary>Makes a map durable in place of the one before; <see cref="MapAuthority.Stored"/> answers.</summary>
    void Store(ClusterMap map);

    /// <summary>Raises a rank's journal to an incarnation, so that nothing of an older life becomes durable any more;
    /// <see cref="MapAuthority.Fenced"/> answers.</summary>
    void Fence(RankId rank, ulong incarnation);

    /// <summary>Sends a map to a process.</summary>
    void Send(ulong process, ClusterMap map);
}
