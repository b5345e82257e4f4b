// What a rank does for its clients beside their requests.
//
// Ownership: owns the tables of sessions, capabilities and locks; requests belong to NamespaceServer, which asks here.
//   ClientServer            messages, in the order in which a client sent them
//   ClientServer.Sessions   sessions: the journal's part, silence, ends
//   ClientServer.Caps       capabilities: opens, flushes, what ends with them
//   ClientServer.Room       what waits for room in the journal
//   ClientServer.Reconnect  the way back after a restart, or after a channel ended
// Invariants: while a message of a client waits, all that it sends behind it waits too, but for signs of life, and for requests
// where it waits for room in the journal; a flush is answered, and the bits that it
// gives back are another's, only when it is durable, so that after a crash no two clients come back with bits that do not agree.

using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Sessions, capabilities and locks of a rank, wired together.</summary>
internal sealed partial class ClientServer : IDisposable
{
    /// <summary>Ids and epochs of one life of the rank lie between these of the next.</summary>
    private const int LifeShift = 40;

    /// <summary>ENOTCONN: who asks has no session.</summary>
    private static readonly IoError s_noSession = new(107);

    private readonly RankOptions _options;
    private readonly IRankEnvironment _environment;
    private readonly RankEffects _effects;
    private readonly MetadataCache _cache;
    private readonly Journal _journal;
    private readonly SortedDictionary<ClientId, ClientQueue> _queues = [];

    public ClientServer(
        RankOptions options, IRankEnvironment environment, RankEffects effects, MetadataCache cache, Journal journal)
    {
        _options = options;
        _environment = environment;
        _effects = effects;
        _cache = cache;
        _journal = journal;
        Sessions = new SessionTable(this);
        Caps = new CapTable(this, options.Incarnation << LifeShift);
        _steppedAtMicros = environment.NowMicros;
        Locks = new LockTable(cache, options.Incarnation << LifeShift) { Caps = Caps };
    }

    /// <summary>Who has a session.</summary>
    public SessionTable Sessions { get; }

    /// <summary>Who may do what without asking.</summary>
    public CapTable Caps { get; }

    /// <summary>Locks that are not at rest.</summary>
    public LockTable Locks { get; }

    /// <summary>Serves the requests; set before anything is served.</summary>
    public NamespaceServer Namespace { get; set; } = null!;

    /// <summary>The store takes nothing: clients' changes are refused.</summary>
    public bool IsReadOnly { get; private set; }

    /// <summary>The journal is replayed: who had a session is known.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Requests are served: clients have come back after a restart, or are gone.</summary>
    public bool IsServing { get; private set; }

    /// <summary>Takes a client's message.</summary>
    public void Handle(Peer from, Message message)
    {
        ClientId client = new(from.Id);
        if (!HasBegun)
            Keep(client, message);
        else if (_overrun.Count > 0 && _overrun.Contains(client))
            return;
        else if (message is SessionRenew renew)
            Sessions.Renew(client, renew.Seq, HeardMicros);
        else if (message is SessionFlushAck ack)
            AcknowledgeFlush(client, ack);
        else if (_queues.Count > 0 && _queues.TryGetValue(client, out ClientQueue? queue))
            Queue(queue, message);
        else if (Take(client, message) == Progress.Waits)
            QueueOf(client).Add(message);
        else if (_queues.Count > 0)
            _queues.Remove(client);
    }

    /// <summary>Goes on with what a client sent while something was waited for.</summary>
    public void GoOn(ClientQueue queue)
    {
        while (queue.Count > 0)
        {
            if (_journal.Failure.Failed || Take(queue.Client, queue.First) == Progress.Waits)
                return;
            queue.Advance();
        }

        _queues.Remove(queue.Client);
    }

    /// <inheritdoc/>
    public void Dispose() => Caps.Dispose();

    private Progress Take(ClientId client, Message message) => message switch
    {
        ClientRequest request => Request(client, request),
        SessionOpen open => Open(client, open),
        SessionClose close => Close(client, close),
        Reconnect reconnect => ComeBack(client, reconnect),
        CapUpdate update => Update(client, update),
        CapRelease release => Release(client, release),
        CapClaim claim => Claim(client, claim),
        _ => Progress.Done,
    };

    private Progress Request(ClientId client, ClientRequest request)
    {
        Session? session = Sessions.Find(client);
        if (session is not { IsLive: true, IsReconnecting: false })
        {
            _effects.Send(Peer.Of(client), new ClientReply(request.Tid, s_noSession));
            return Progress.Done;
        }

        if (!IsServing)
            return Hold(client);
        Sessions.Hear(session, HeardMicros);
        if (request.OldestTid != 0)
            Sessions.Acknowledge(session, request.OldestTid);
        Namespace.Handle(Peer.Of(client), session, request);
        return Progress.Done;
    }

    /// <summary>What comes while the journal is read waits for the end of that. A client that says too much has said
    /// nothing.</summary>
    private void Keep(ClientId client, Message message)
    {
        if (message is SessionRenew)
            return;
        ClientQueue queue = QueueOf(client);
        queue.IsHeld = true;
        if (queue.Count >= _options.RequestsMax)
            queue.Drop();
        queue.Add(message);
    }

    /// <summary>What makes a client's messages wait; it may be gone on with.</summary>
    private ClientQueue QueueOf(ClientId client)
    {
        if (!_queues.TryGetValue(client, out ClientQueue? queue))
            _queues.Add(client, queue = new ClientQueue(this, client));
        return queue;
    }

    /// <summary>The message waits until requests are served.</summary>
    private Progress Hold(ClientId client)
    {
        QueueOf(client).IsHeld = true;
        return Progress.Waits;
    }

    private void Queue(ClientQueue queue, Message message)
    {
        if (TryPass(queue, message))
            return;
        if (queue.Count < _options.RequestsMax)
            queue.Add(message);
        else if (message is ClientRequest request)
            _effects.Send(Peer.Of(queue.Client), new ClientReply(request.Tid, IoError.Again));
        else if (!Kill(queue.Client))
            _overrun.Add(queue.Client);
    }
}
