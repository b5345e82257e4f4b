using System.Net;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>What a network knows of one instance of a peer; under the network's lock.</summary>
internal sealed class RankChannel(Peer peer, Redial redial)
{
    /// <summary>Messages that wait for a connection.</summary>
    public const int HeldMax = 4096;

    public Peer Peer { get; } = peer;

    /// <summary>When to call it, where it has an address.</summary>
    public Redial Redial { get; } = redial;

    /// <summary>Where it is called; null for one that calls.</summary>
    public IPEndPoint? Address { get; set; }

    /// <summary>Does this end call without having anything to say?</summary>
    public bool IsKept { get; set; }

    /// <summary>The connection, from its opening to its end.</summary>
    public Connection? Connection { get; set; }

    /// <summary>Ends that the rank has not heard of yet: what it sends meanwhile is for a channel that ended.</summary>
    public int Unheard { get; set; }

    /// <summary>What was sent before there was a connection.</summary>
    public List<Message> Held { get; } = [];

    /// <summary>Gives up what is held; whether there was anything.</summary>
    public bool DropHeld()
    {
        foreach (Message message in Held)
            RankNetwork.GiveUp(message);
        bool any = Held.Count > 0;
        Held.Clear();
        return any;
    }
}
