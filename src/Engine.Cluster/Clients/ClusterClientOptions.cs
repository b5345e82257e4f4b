using System.Net;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>What a client of a cluster needs.</summary>
public sealed record ClusterClientOptions
{
    /// <summary>Names the client for as long as it lives, and no other process of the cluster ever; from 1 up.</summary>
    public required long Process { get; init; }

    /// <summary>Where the authority over the cluster map is.</summary>
    public required IPEndPoint Map { get; init; }

    /// <summary>How messages are written and read.</summary>
    public required MessageFormats Formats { get; init; }

    /// <summary>In which cluster; the default goes by the map.</summary>
    public ClusterId Cluster { get; init; }

    /// <summary>What operators are shown of it.</summary>
    public string Name { get; init; } = "";

    /// <summary>A request that has no answer for so long ends with ETIMEDOUT, or with what ranks last refused it with.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>It tells the authority of itself as often.</summary>
    public long BeaconMicros { get; init; } = 1_000_000;

    /// <summary>Tells the time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
