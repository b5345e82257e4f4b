using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>How an end talks to others.</summary>
public sealed record EndpointOptions
{
    /// <summary>Who it is.</summary>
    public required Peer Self { get; init; }

    /// <summary>In which cluster.</summary>
    public required ClusterId Cluster { get; init; }

    /// <summary>How messages are written and read.</summary>
    public required MessageFormats Formats { get; init; }

    /// <summary>Where received pages are put; null declines all.</summary>
    public IPageMemory? Memory { get; init; }

    /// <summary>Tells the time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>An end that has nothing to say is heard this often.</summary>
    public int HeartbeatMs { get; init; } = 500;

    /// <summary>An end that was silent for so long is given up. It is given at least twice the time between its own
    /// heartbeats.</summary>
    public int TimeoutMs { get; init; } = 5000;

    /// <summary>Longest time until two ends know one another.</summary>
    public int HandshakeTimeoutMs { get; init; } = 3000;

    /// <summary>Most connections at once.</summary>
    public int ConnectionsMax { get; init; } = 4096;

    /// <summary>Most connections at once that have not greeted.</summary>
    public int HandshakesMax { get; init; } = 64;

    /// <summary>How much may wait on a connection.</summary>
    public SendLimits SendLimits { get; init; } = SendLimits.Usual;

    /// <summary>Checks what cannot be.</summary>
    internal void Validate()
    {
        Invariant.That(HeartbeatMs is >= 1 and <= Greeting.HeartbeatMsMax && TimeoutMs > HeartbeatMs);
        Invariant.That(HandshakeTimeoutMs > 0 && ConnectionsMax > 0 && HandshakesMax > 0);
        Invariant.That(Self.Kind != PeerKind.Rank || Self.Incarnation > 0, "a rank has an incarnation before it talks");
    }
}
