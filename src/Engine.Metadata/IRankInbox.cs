namespace Engine.Metadata;

/// <summary>Where a network hands on what comes for a rank; a <see cref="RankLoop"/> is one. Any thread.</summary>
public interface IRankInbox
{
    /// <summary>Hands the rank a message; what one thread hands in is taken in its order.</summary>
    void Deliver(Peer from, Message message);

    /// <summary>Tells the rank that the channel to a peer has ended, behind what came from there.</summary>
    void PeerGone(Peer peer);

    /// <summary>Waits while the rank has more to do than it should have: who hands in, and who sends in turn.</summary>
    void WaitForRoom();
}
