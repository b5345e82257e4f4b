using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>
/// What an endpoint's owner does about its connections. Calls about one connection come one after the other, but for
/// <see cref="Sent"/> and <see cref="Writable"/>; the first is <see cref="Opened"/>, the last <see cref="Closed"/>, each once.
/// Those about different connections come from different threads. Of one instance of a peer, the last call about a connection
/// comes before the first about the next. A call that waits holds its connection up, and the one that is to take its place.
/// </summary>
public interface IEndpointHandler
{
    /// <summary>May this peer come in? The default value lets it in.</summary>
    Refusal Admit(Peer peer);

    /// <summary>Messages can be sent.</summary>
    void Opened(Connection connection);

    /// <summary>A message came. While this waits nothing more is read, and the peer's sending waits in turn. A message with pages
    /// brings references to them, which are the handler's.</summary>
    void Received(Connection connection, Message message);

    /// <summary>All pages of a message are on their way, and were let go. Comes from the sending thread.</summary>
    void Sent(Connection connection, PagesMessage message);

    /// <summary>There is room again after <see cref="SendOutcome.Full"/>. Comes from the sending thread.</summary>
    void Writable(Connection connection);

    /// <summary>The peer has no room for the pages of this message: it will not have it.</summary>
    void Declined(Connection connection, PagesMessage message);

    /// <summary>Nothing passes any more; what was queued and not sent is lost.</summary>
    void Closed(Connection connection, ConnectionEnd end);

    /// <summary>A dialling came to nothing. Whether and when to try again is the owner's to say: <see cref="Redial"/>.</summary>
    void DialFailed(Peer to, ConnectionEnd end);
}
