namespace Engine.Metadata;

/// <summary>What a <see cref="Peer"/> is.</summary>
public enum PeerKind
{
    /// <summary>A client of the namespace.</summary>
    Client,

    /// <summary>A rank.</summary>
    Rank,

    /// <summary>The authority over the cluster map.</summary>
    Map,
}
