using Engine.Buffers;

namespace Engine.Cluster;

/// <summary>How an authority over the cluster map finds out who has failed.</summary>
public sealed record MapOptions
{
    /// <summary>Processes send a beacon as often.</summary>
    public long BeaconMicros { get; init; } = 1_000_000;

    /// <summary>A rank of which nothing was heard for so long has failed. Several beacons at least.</summary>
    public long GraceMicros { get; init; } = 5_000_000;

    /// <summary>May a rank give subtrees only to those that it asked for, so that the map tells clients beforehand where to?
    /// Else to every rank.</summary>
    public bool TargetsOnDemand { get; init; }

    /// <summary>Ranks that the cluster is to have.</summary>
    public int Ranks { get; init; } = 1;

    internal void Validate()
    {
        Invariant.That(BeaconMicros > 0 && GraceMicros >= 2 * BeaconMicros);
        Invariant.That(Ranks is > 0 and <= Metadata.RankId.CountMax);
    }
}
