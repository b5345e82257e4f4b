using System.Collections.Concurrent;
using Engine.Metadata;

namespace Engine.Cluster.Tests;

/// <summary>Notes what a network hands in.</summary>
internal sealed class RecordingInbox : IRankInbox
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly BlockingCollection<(Peer From, Message? Message)> _taken = [];

    public int Waiting => _taken.Count;

    public void Deliver(Peer from, Message message) => _taken.Add((from, message));

    public void PeerGone(Peer peer) => _taken.Add((peer, null));

    public void WaitForRoom()
    {
    }

    /// <summary>Next is a note from this peer.</summary>
    public ulong TakeNote(Peer from)
    {
        (Peer peer, Message? message) = Take();
        Assert.Equal(from, peer);
        return Assert.IsType<Note>(message).Number;
    }

    /// <summary>Next is the news that this peer's channel ended.</summary>
    public void TakeGone(Peer from)
    {
        (Peer peer, Message? message) = Take();
        Assert.Equal((from, null), (peer, message));
    }

    private (Peer From, Message? Message) Take()
    {
        Assert.True(_taken.TryTake(out (Peer From, Message? Message) taken, s_patience), "nothing was handed in");
        return taken;
    }
}
