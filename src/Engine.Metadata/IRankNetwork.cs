namespace Engine.Metadata;

/// <summary>
/// Carries messages between a rank and its peers; a transport and a simulation each are one. Messages of one instance to another
/// arrive in order, each once, or the channel ends: then both ends are told once, and what was under way is lost. What arrives
/// and the news of an end go to an <see cref="IRankInbox"/>.
/// </summary>
public interface IRankNetwork
{
    /// <summary>Sends, or ends the channel when that cannot be done; never blocks. Called on the rank's thread. Pages of a
    /// <see cref="PagesMessage"/> are the network's from then on.</summary>
    void Send(Peer to, Message message);

    /// <summary>The rank hears now that the channel with a peer has ended: what it sends from here on is for another. Until then
    /// what it sends to that peer is lost with the rest. Called on the rank's thread.</summary>
    void Renew(Peer peer);

    /// <summary>Takes a message with pages back, as far as it has not arrived: what is left of it is not sent, and it is not
    /// delivered unless it was already there as a whole.</summary>
    void Withdraw(Peer to, PagesMessage message);
}
