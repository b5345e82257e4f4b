using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>A request that a client has under way.</summary>
internal sealed class ClientCall(ClientRequest request, Action<ClientRequest, ClientReply> answered, long dueMicros)
{
    /// <summary>As it was asked, without a number.</summary>
    public ClientRequest Request { get; } = request;

    /// <summary>Told once.</summary>
    public Action<ClientRequest, ClientReply> Answered { get; } = answered;

    /// <summary>When it has taken too long.</summary>
    public long DueMicros { get; } = dueMicros;

    /// <summary>Whom it was put to.</summary>
    public ClusterLink Link { get; set; } = null!;

    /// <summary>Under which number.</summary>
    public ulong Tid { get; set; }

    /// <summary>As it is put now: ranks that sent it on may have turned its path into another.</summary>
    public ClientRequest Sent { get; private set; } = request;

    /// <summary>A rank sends it on.</summary>
    public void Follow(ClientForward forward) => Sent = forward.Next(Sent);

    /// <summary>It is put as if it never had been.</summary>
    public void BeginAnew() => Sent = Request;

    /// <summary>Had that rank a life that it was, or may have been, sent to?</summary>
    public bool MayBeDone { get; set; }

    /// <summary>What the rank refused it with, since it was last sent; none where it did not.</summary>
    public IoError Refusal { get; set; }
}
