// The rank among others: the cluster map, whose messages count, what of them waits.
//
// Invariants: maps are taken in order of their epochs; once a map ends a life of a peer, nothing that it sent is given to
// anybody; what comes before the rank can make something of it, or from a life that only a later map tells of, waits in order.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>The cluster map, and messages of other ranks. Source: migrator specification, 1.15, 2.10 and 3.1.</content>
public sealed partial class Rank
{
    private readonly Queue<(Peer From, Message Message)> _early = new();

    /// <summary>The cluster map that holds; the empty one before the first.</summary>
    public ClusterMap Map => _peers.Map;

    /// <summary>What modules are offered; used within steps.</summary>
    public RankServices Services { get; }

    /// <summary>Messages of other ranks that were not taken: of lives that have ended, or of nobody's business.</summary>
    public long PeerMessagesDropped { get; private set; }

    /// <summary>What the rank waits for from other ranks, or has still to say to them.</summary>
    public int PeerTalkUnderWay => _peers.TalkUnderWay;

    private bool TakesPeers => State is RankState.Rejoin or RankState.Reconnect or RankState.Active or RankState.Stopping;

    /// <summary>A newer map than the one that holds: lives that it ends are over for the rank and its modules, and so is the
    /// rank's own when it is among them.</summary>
    private void TakeMap(ClusterMap map)
    {
        ClusterMap before = _peers.Map;
        if (map.Epoch <= before.Epoch)
            return;
        ClusterRank mine = map[_options.Id];
        bool isOver = mine.Incarnation > _options.Incarnation || (mine.Incarnation == _options.Incarnation && !mine.IsUp);
        if (isOver && State != RankState.Stopped)
        {
            Fail($"{_options.Id}: the cluster map of epoch {map.Epoch} has ended this life ({_options.Incarnation}): nothing is "
                + "served; another one takes the rank over");
            return;
        }

        _peers.TakeMap(map);
        for (int rank = 0; rank < before.Ranks.Count; rank++)
        {
            ClusterRank known = before.Ranks[rank];
            if (known.IsUp && rank != _options.Id.Value && !map.IsUp(new RankId(rank), known.Incarnation))
                PeerFailed(Peer.Of(new RankId(rank), known.Incarnation));
        }

        foreach (IRankModule module in _modules)
            module.MapChanged(map);
        TakeEarly();
    }

    private void PeerFailed(Peer peer)
    {
        _peers.Forget(peer);
        // What modules hold of that rank's they give back before it begins anew.
        foreach (IRankModule module in _modules)
            module.PeerFailed(peer);
        // Before the journal is read nobody has copies, and what is copied here is asked for anew anyway.
        if (State is not (RankState.Created or RankState.Replay))
            _peers.Failed(peer);
    }

    /// <summary>Takes a message of another rank, or keeps it for later, or drops it.</summary>
    private void HandlePeer(Peer from, Message message)
    {
        bool isKnown = CountsNow(from);
        bool isLater = !isKnown && from.Incarnation > Map[new RankId((int)from.Id)].Incarnation;
        if (State is RankState.Failed or RankState.Stopped || (!isKnown && !isLater))
            DropPeer(message);
        else if (isKnown && TakesPeers && !WaitsFrom(from) && CanAnswer(message))
            DispatchPeer(from, message);
        else if (_early.Count < _options.RequestsMax)
            _early.Enqueue((from, message));
        else
            DropPeer(message);
    }

    private void DropPeer(Message message)
    {
        PeerMessagesDropped++;
        (message as PagesMessage)?.Pages.Dispose();
    }

    /// <summary>Does the map that holds call this life of a peer up? Without a map every one.</summary>
    private bool CountsNow(Peer peer) => Map.Epoch == 0 || Map.IsUp(new RankId((int)peer.Id), peer.Incarnation);

    /// <summary>Before the first map nobody is known to send an answer to.</summary>
    private bool CanAnswer(Message message) => Map.Epoch > 0 || !PeerServer.Takes(message);

    private bool WaitsFrom(Peer peer)
    {
        foreach ((Peer from, _) in _early)
        {
            if (from == peer)
                return true;
        }

        return false;
    }

    private void DispatchPeer(Peer from, Message message)
    {
        if (_peers.TryHandle(from, message))
            return;
        foreach (IRankModule module in _modules)
        {
            if (module.TryHandle(from, message))
                return;
        }

        DropPeer(message);
    }

    /// <summary>What waited goes on, as far as it may now.</summary>
    private void TakeEarly()
    {
        if (!TakesPeers)
            return;
        for (int count = _early.Count; count > 0; count--)
        {
            (Peer from, Message message) = _early.Dequeue();
            RankId rank = new((int)from.Id);
            if (CountsNow(from) && CanAnswer(message))
                DispatchPeer(from, message);
            else if (CountsNow(from) || from.Incarnation > Map[rank].Incarnation)
                _early.Enqueue((from, message));
            else
                DropPeer(message);
        }
    }
}
