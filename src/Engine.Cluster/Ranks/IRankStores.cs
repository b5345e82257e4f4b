using Engine.Buffers;
using Engine.Metadata;
using Engine.Objects;

namespace Engine.Cluster;

/// <summary>Where the ranks of a cluster keep what outlives their processes.</summary>
public interface IRankStores
{
    /// <summary>Opens a rank's journal, made where there is none, and the objects that all ranks share, for a life of it. May
    /// wait.</summary>
    /// <returns>ESTALE where a newer life has the journal; EUCLEAN where it is damaged.</returns>
    IoError TryOpen(RankId rank, ulong incarnation, out IRankStore? store);
}
