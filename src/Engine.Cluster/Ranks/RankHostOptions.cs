using System.Net;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>What a process needs to become a rank.</summary>
public sealed record RankHostOptions
{
    /// <summary>Names the process for as long as it lives, and no other one ever; from 1 up.</summary>
    public required long Process { get; init; }

    /// <summary>In which cluster.</summary>
    public required ClusterId Cluster { get; init; }

    /// <summary>Where the authority over the cluster map is.</summary>
    public required IPEndPoint Map { get; init; }

    /// <summary>Where the rank answers calls; the same to all who call, with a port.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>How messages are written and read, those of modules too.</summary>
    public required MessageFormats Formats { get; init; }

    /// <summary>The only rank that it can become; none where it takes any.</summary>
    public RankId Wants { get; init; } = RankId.None;

    /// <summary>The rank's options, but for which rank and which life it is.</summary>
    public RankOptions Rank { get; init; } = new() { Incarnation = 1 };

    /// <summary>It tells of itself as often.</summary>
    public long BeaconMicros { get; init; } = 1_000_000;

    /// <summary>Tells the time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Told of each map that comes, before anything is done about it. Must not block.</summary>
    public Action<ClusterMap>? Heard { get; init; }

    /// <summary>Told when the rank is otherwise than before, on its thread, or why it could not begin. Must not block.</summary>
    public Action<RankHost>? Changed { get; init; }

    /// <summary>Gives the rank its modules, before it begins.</summary>
    public Action<Rank>? Prepare { get; init; }
}
