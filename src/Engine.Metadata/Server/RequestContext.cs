using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>A client's request under way. It is tried from its beginning until nothing is left to wait for: what it waited for
/// may have changed everything else.</summary>
internal sealed class RequestContext(NamespaceServer server, Peer from, ClientRequest request) : Continuation
{
    /// <summary>The instance that asked.</summary>
    public Peer From { get; } = from;

    /// <summary>What it asked.</summary>
    public ClientRequest Request { get; } = request;

    /// <summary>Attempts so far.</summary>
    public int Attempts { get; set; }

    /// <inheritdoc/>
    public override ClientId Client => new(From.Id);

    /// <inheritdoc/>
    public override void Run(IoError error)
    {
        if (error.Failed)
            server.Refuse(this, error);
        else
            server.Serve(this);
    }
}
