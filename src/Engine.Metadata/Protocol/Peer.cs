namespace Engine.Metadata;

/// <summary>One instance at the other end of a channel: who it is, and which life of it. Messages between two instances arrive
/// in order, or the channel ends.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">Rank or client number; 0 for the map.</param>
/// <param name="Incarnation">Life of a rank, given by the cluster map; 0 for others.</param>
public readonly record struct Peer(PeerKind Kind, long Id, ulong Incarnation)
{
    /// <summary>The authority over the cluster map.</summary>
    public static Peer Map => new(PeerKind.Map, 0, 0);

    /// <summary>A client.</summary>
    public static Peer Of(ClientId client) => new(PeerKind.Client, client.Value, 0);

    /// <summary>A life of a rank.</summary>
    public static Peer Of(RankId rank, ulong incarnation) => new(PeerKind.Rank, rank.Value, incarnation);

    /// <inheritdoc/>
    public override string ToString() => Kind == PeerKind.Rank ? $"rank {Id} ({Incarnation})" : $"{Kind} {Id}";
}
