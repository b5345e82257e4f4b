using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>What a client has with one rank: the channel to its present life, and the session.</summary>
/// <param name="rank">Which.</param>
/// <param name="name">What operators are shown of the client.</param>
/// <param name="others">What it has with the others.</param>
internal sealed class ClusterLink(RankId rank, string name, Func<RankId, ClientProtocol<ClientCall>?> others)
{
    private static readonly IoError s_remote = new(66);

    /// <summary>A rank that begins, ends or has no room says so; it has done nothing, and is asked again.</summary>
    private static readonly IoError[] s_notDone = [IoError.Io, IoError.Again, IoError.Shutdown, s_remote];

    /// <summary>Which rank.</summary>
    public RankId Rank { get; } = rank;

    /// <summary>Its life that is talked to; null while there is none.</summary>
    public Peer? Peer { get; set; }

    /// <summary>When a session is asked for again that the rank had no room for; 0 where none is to be.</summary>
    public long AskAtMicros { get; set; }

    /// <summary>The session.</summary>
    public ClientProtocol<ClientCall> Protocol { get; } =
        new(name, repeats: true) { IsRefusal = static reply => s_notDone.Contains(reply.Error), Others = others };

    /// <summary>Was the request sent round among the ranks until they gave it up?</summary>
    public static bool IsLost(IoError refusal) => refusal == s_remote;
}
