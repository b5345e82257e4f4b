// What ranks have to do with one another, beside what modules make of it.
//
// Ownership: belongs to its rank and the rank's one logical thread.
//   PeerServer           the map, what is sent and what is taken
//   PeerServer.Copies    copies of others' metadata
//   PeerServer.Locks     locks that more than one rank holds
//   PeerServer.Failures  lives that end, and the way back from that
// Invariants: a message of a life that the map does not call up is given to nobody; messages to one rank leave in the order in
// which they were sent, and none that tells of a change before the change is durable.

using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Talks to the other ranks.</summary>
internal sealed partial class PeerServer
{
    private readonly RankOptions _options;
    private readonly RankEffects _effects;
    private readonly MetadataCache _cache;
    private readonly Journal _journal;
    private readonly ClientServer _clients;
    private readonly NamespaceServer _server;
    private readonly DiscoverResponder _responder;
    private readonly DiscoverAsker _asker;
    private readonly SortedDictionary<RankId, Outbox> _outboxes = [];

    /// <summary>What the present step sends.</summary>
    private readonly List<(RankId To, Message Message, long After)> _sent = [];

    public PeerServer(
        RankOptions options, RankEffects effects, MetadataCache cache, Journal journal, ClientServer clients,
        NamespaceServer server)
    {
        _options = options;
        _effects = effects;
        _cache = cache;
        _journal = journal;
        _clients = clients;
        _server = server;
        _responder = new DiscoverResponder(cache, this);
        _asker = new DiscoverAsker(cache, this);
        Expires = new ExpireInbox(cache, this);
    }

    /// <summary>The map that holds; the empty one before the first.</summary>
    public ClusterMap Map { get; private set; } = ClusterMap.Empty;

    /// <summary>Has no map named another rank? Then the rank has the namespace for itself.</summary>
    public bool IsAlone { get; private set; } = true;

    /// <summary>Sends to the present life of a rank, behind all that was sent before; nothing where it has none.</summary>
    /// <param name="to">The rank.</param>
    /// <param name="message">The message.</param>
    /// <param name="after">Number of the event that it tells of: it waits until that is durable.</param>
    public void Send(RankId to, Message message, long after = 0)
    {
        Invariant.That(to != _options.Id);
        if (Map[to].IsUp)
            _sent.Add((to, message, after));
    }

    /// <summary>Is it something that ranks say to one another?</summary>
    public static bool Takes(Message message) =>
        message is Discover or DiscoverReply or CacheExpire or LockMessage or ReplicaRecall or RecallRefused or NameClaim
            or LinkClaim or NameOffered or NameDecision or NameGone;

    /// <summary>Takes a message; false when it is nothing that ranks say to one another.</summary>
    public bool TryHandle(Peer from, Message message)
    {
        RankId rank = new((int)from.Id);
        switch (message)
        {
            case Discover question:
                Answer(new Answering(this, from, question));
                return true;
            case DiscoverReply reply:
                Take(rank, reply);
                return true;
            case CacheExpire expire:
                Take(rank, expire);
                return true;
            case LockMessage about:
                Take(from, about);
                return true;
            case ReplicaRecall recall:
                Take(rank, recall);
                return true;
            case RecallRefused refused:
                Take(refused);
                return true;
            default:
                return _server.TryHandleUpdate(rank, message);
        }
    }

    /// <summary>At the end of a step: says what was dropped, and sends what was said.</summary>
    public void Pump()
    {
        if (_unwritten.Count > 0)
            WriteShares();
        if (_recalls.Count > 0)
            RetryRecalls();
        foreach ((RankId to, CacheExpire message) in _cache.TakeExpired())
            Send(to, message);
        foreach ((RankId to, Message message, long after) in _sent)
        {
            if (!_outboxes.TryGetValue(to, out Outbox? outbox))
                _outboxes.Add(to, outbox = new Outbox(this, Peer.Of(to, Map[to].Incarnation)));
            Message said = message is LockMessage about ? WithState(about) : message;
            outbox.Add(said, ReferenceEquals(said, message) ? after : Math.Max(after, _journal.LastSeq));
        }

        _sent.Clear();
    }

    /// <summary>Time passes.</summary>
    public void Tick()
    {
        RetryStarved();
        RetryUnread();
        _lost = 0;
        ResendQuestions();
        _server.TickUpdates();
    }

    /// <summary>What waits to be sent to one life of a rank.</summary>
    private sealed class Outbox(PeerServer server, Peer to) : Continuation
    {
        private readonly Queue<(long After, Message Message)> _held = new();
        private bool _isWaiting;
        private bool _isClosed;

        public Peer To => to;

        public int HeldCount => _held.Count;

        public void Add(Message message, long after)
        {
            if (_held.Count == 0 && after <= server._journal.DurableSeq)
            {
                server._effects.Send(to, message);
                return;
            }

            _held.Enqueue((after, message));
            Await();
        }

        public void Close()
        {
            _isClosed = true;
            _held.Clear();
        }

        public override void Run(IoError error)
        {
            _isWaiting = false;
            if (_isClosed || error.Failed)
                return;
            while (_held.TryPeek(out (long After, Message Message) first) && first.After <= server._journal.DurableSeq)
                server._effects.Send(to, _held.Dequeue().Message);
            if (_held.Count > 0)
                Await();
        }

        private void Await()
        {
            if (_isWaiting)
                return;
            _isWaiting = true;
            server._journal.WhenDurable(_held.Peek().After, this);
        }
    }
}
