// A rank in a world that a test steps by hand.
//
// Ownership: the harness owns the rank of the present life; log and store outlive it. Nothing runs by itself: events
// wait until Run, time stands until Advance.

using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Objects;
using Engine.Stores;

namespace Engine.Testing.Metadata;

/// <summary>A rank in a world that the test steps: log and store in memory survive <see cref="Crash"/>, time stands until it is
/// moved, and every message is kept. Clients have a session from their first request on, and end with the rank unless the
/// test says otherwise.</summary>
public sealed class RankHarness : IRankEnvironment, IDisposable
{
    private readonly MemoryLog _log = new();
    private readonly GatedLog _gatedLog;
    private readonly Queue<RankEvent> _events = new();
    private readonly PriorityQueue<ulong, (long Due, long Order)> _timers = new();
    private readonly Dictionary<ulong, List<ClientReply>> _replies = [];
    private readonly HashSet<long> _clients = [];
    private readonly SeededRandom _random = new(1);
    private long _order;
    private ulong _tid;

    /// <summary>A world with a rank that is not started yet.</summary>
    /// <param name="configure">Changes the rank's options.</param>
    /// <param name="log">Its journal instead of <see cref="MemoryLog"/>; stays the caller's, and is not crashed.</param>
    /// <param name="objects">Its objects instead of <see cref="Store"/>; stay the caller's.</param>
    public RankHarness(
        Func<RankOptions, RankOptions>? configure = null, ILog? log = null, IObjectBackend? objects = null)
    {
        Configure = configure ?? (options => options);
        _gatedLog = new GatedLog(log ?? _log, Gate);
        GatedStore = new GatedObjects(objects ?? Store, Gate);
        Rank = new Rank(NextOptions(), this);
    }

    /// <summary>The rank's present life.</summary>
    public Rank Rank { get; private set; }

    /// <summary>What clients were told beside replies, in order.</summary>
    public List<(ClientId Client, Message Message)> Told { get; } = [];

    /// <summary>How a client answers when it is to give something back: a good one does.</summary>
    public Func<CapGrant, Message> AnswerTo { get; set; } = static revoke => new CapUpdate(
        revoke.Ino, revoke.CapId, revoke.Seq, revoke.IssueSeq, revoke.MigrationSeq, revoke.Caps, revoke.Wanted, CapBits.None, 0,
        default);

    /// <summary>Clients whose messages a test writes: nothing is answered for them, and <see cref="SentToClient"/> hears all that
    /// they are told.</summary>
    public HashSet<long> OwnClients { get; } = [];

    /// <summary>Takes what the rank sends to <see cref="OwnClients"/>.</summary>
    public Action<ClientId, Message>? SentToClient { get; set; }

    /// <summary>Called with each life of the rank before it starts.</summary>
    public Action<Rank>? Prepare { get; init; }

    /// <summary>Takes what the rank sends to other ranks; null loses it.</summary>
    public Action<Peer, Message>? SentToRank { get; set; }

    /// <summary>Carries what the rank and its clients say as bytes; null hands over the objects.</summary>
    public WireCarrier? Wire { get; init; }

    /// <summary>Its journal.</summary>
    public MemoryLog MemoryLog => _log;

    /// <summary>Its objects.</summary>
    public MemoryStore Store { get; } = new();

    /// <inheritdoc/>
    public long NowMicros { get; private set; } = 1_000_000_000_000;

    /// <inheritdoc/>
    public ILog Log => _gatedLog;

    /// <inheritdoc/>
    public IObjectBackend Objects => GatedStore;

    /// <summary>What passes from the rank to its world; a cut lasts until the rank's life ends.</summary>
    public EffectGate Gate { get; } = new();

    /// <summary>The objects as the rank sees them.</summary>
    public GatedObjects GatedStore { get; }

    /// <summary>Makes the world beneath log and objects go on; false when nothing is under way there.</summary>
    public Func<bool>? MoreWork { get; set; }

    /// <summary>Lives so far.</summary>
    public ulong Incarnation { get; private set; }

    private Func<RankOptions, RankOptions> Configure { get; }

    /// <inheritdoc/>
    public ulong NextRandom() => _random.Next();

    /// <inheritdoc/>
    public void Send(Peer to, Message message)
    {
        message = Carried(message);
        if (to.Kind == PeerKind.Rank)
        {
            if (Gate.TryPass() && SentToRank is { } sent)
                sent(to, message);
            else
                (message as PagesMessage)?.Pages.Dispose();
            return;
        }

        if (OwnClients.Contains(to.Id))
        {
            if (Gate.TryPass())
                SentToClient?.Invoke(new ClientId(to.Id), message);
            return;
        }

        if (message is CapGrant { IsRevoke: true } revoke)
            Post(new RankEvent(RankEventKind.Message, From: to, Message: Carried(AnswerTo(revoke))));
        if (message is SessionFlush flush)
            Post(new RankEvent(RankEventKind.Message, From: to, Message: Carried(new SessionFlushAck(flush.CapPushSeq))));
        if (message is not ClientReply reply)
        {
            Told.Add((new ClientId(to.Id), message));
            return;
        }

        if (!Gate.TryPass())
            return;
        if (!_replies.TryGetValue(reply.Tid, out List<ClientReply>? list))
            _replies.Add(reply.Tid, list = []);
        list.Add(reply);
    }

    /// <inheritdoc/>
    public void SetTimer(ulong token, long delayMicros) => _timers.Enqueue(token, (NowMicros + delayMicros, _order++));

    /// <inheritdoc/>
    public void Post(in RankEvent item) => _events.Enqueue(item);

    /// <summary>Starts the rank and runs its recovery.</summary>
    public RankHarness Start()
    {
        Prepare?.Invoke(Rank);
        Rank.Start();
        Run();
        return this;
    }

    /// <summary>Takes steps until nothing is left to do but timers.</summary>
    public void Run()
    {
        do
        {
            while (!Gate.IsCut && _events.TryDequeue(out RankEvent item))
                Rank.Step(item);
        }
        while (!Gate.IsCut && MoreWork?.Invoke() == true);
    }

    /// <summary>Takes steps until nothing is left to do but timers, or so many are taken.</summary>
    /// <returns>Steps taken.</returns>
    public int RunAtMost(int steps)
    {
        int taken = 0;
        while (taken < steps && _events.TryDequeue(out RankEvent item))
        {
            Rank.Step(item);
            taken++;
        }

        return taken;
    }

    /// <summary>Moves time on and runs the timers that come due.</summary>
    public void Advance(long micros)
    {
        long until = NowMicros + micros;
        while (_timers.TryPeek(out ulong token, out (long Due, long Order) first) && first.Due <= until)
        {
            _timers.Dequeue();
            NowMicros = Math.Max(NowMicros, first.Due);
            Rank.Step(new RankEvent(RankEventKind.Timer, token));
            Run();
        }

        NowMicros = until;
    }

    /// <summary>The rank is stopped for a time: timers come due and are not run.</summary>
    public void Sleep(long micros) => NowMicros += micros;

    /// <summary>Hands the rank a request without taking further steps.</summary>
    public ulong Submit(ClientRequest request, long client = 1)
    {
        if (Rank.State == RankState.Active && _clients.Add(client))
            Tell(client, new SessionOpen(""));
        Message numbered = Carried(request with { Tid = ++_tid });
        Rank.Step(new RankEvent(RankEventKind.Message, From: Peer.Of(new ClientId(client)), Message: numbered));
        return _tid;
    }

    /// <summary>Hands the rank any other message of a client, and runs.</summary>
    public void Tell(long client, Message message)
    {
        Rank.Step(new RankEvent(RankEventKind.Message, From: Peer.Of(new ClientId(client)), Message: Carried(message)));
        Run();
    }

    /// <summary>Replies to a request so far.</summary>
    public IReadOnlyList<ClientReply> RepliesTo(ulong tid) => _replies.GetValueOrDefault(tid, []);

    /// <summary>Sends a request and runs until its last reply.</summary>
    public ClientReply Call(ClientRequest request, long client = 1)
    {
        ulong tid = Submit(request, client);
        Run();
        bool isAnswered = _replies.Remove(tid, out List<ClientReply>? replies);
        Invariant.That(isAnswered && replies is not null, $"no reply; the rank is {Rank.State}: {Rank.Problem}");
        ClientReply reply = replies[^1];
        Invariant.That(reply.IsSafe, "the last reply is the safe one");
        return reply;
    }

    /// <summary>The same by path.</summary>
    public ClientReply Call(ClientOp op, string path, Func<ClientRequest, ClientRequest>? more = null)
    {
        ClientRequest request = new(0, op) { Path = Encoding.UTF8.GetBytes(path) };
        return Call(more is null ? request : more(request));
    }

    /// <summary>Names in a directory, in the order in which they are listed.</summary>
    public List<string> List(string path, int limit = 1000)
    {
        List<string> names = [];
        DirectoryCursor cursor = default;
        while (true)
        {
            ClientReply reply = Call(ClientOp.ReadDirectory, path, request => request with { Cursor = cursor, Limit = limit });
            Invariant.That(reply.Error.IsNone, reply.Error.Name);
            names.AddRange(reply.Items.Select(item => Encoding.UTF8.GetString(item.Name.Span)));
            if (reply.IsEnd)
                return names;
            cursor = reply.Cursor;
        }
    }

    /// <summary>The rank dies: what is not durable is lost. A new life begins, not started yet.</summary>
    public void Crash()
    {
        _events.Clear();
        _timers.Clear();
        _clients.Clear();
        Rank.Dispose();
        _log.Crash();
        Gate.Open();
        Rank = new Rank(NextOptions(), this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Rank.Dispose();
        Store.Dispose();
    }

    private RankOptions NextOptions() =>
        Configure(new RankOptions
        {
            Incarnation = ++Incarnation,
            CacheBytesMax = 256 << 20,
            CheckLevel = 3,
            ReconnectMicros = 0,
        });

    private Message Carried(Message message) => Wire is null ? message : Wire.Carry(message);
}
