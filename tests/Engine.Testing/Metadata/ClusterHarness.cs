// Several ranks over one store, in a world that a test steps.
//
// Ownership: the harness owns the ranks' worlds, the store and the channels. Invariants: messages between two lives of ranks
// arrive in the order in which they were sent, read from the bytes of what was sent; the next message is that of the first pair
// in order that has one, so that a run is the same every time.

using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Stores;

namespace Engine.Testing.Metadata;

/// <summary>Several ranks over one store, a journal each. Nothing runs by itself; the harness is the authority over the cluster
/// map too.</summary>
public sealed class ClusterHarness : IDisposable
{
    private const int HopsMax = 32;

    /// <summary>A request that was sent on so often learns the way.</summary>
    public const byte LearningHops = 2;

    private readonly RankHarness[] _ranks;
    private readonly bool[] _isUp;
    private readonly ClusterRankState[] _states;
    private readonly WireCarrier _wire;
    private readonly SortedDictionary<(int From, int To), Queue<(Peer From, Peer To, Message Message)>> _channels = [];
    private ulong _epoch;

    /// <summary>A world of ranks that are not started yet.</summary>
    /// <param name="count">How many.</param>
    /// <param name="configure">Changes the options of each.</param>
    /// <param name="formats">Of the messages of modules.</param>
    /// <param name="prepare">Called with each life of each rank before it starts.</param>
    public ClusterHarness(
        int count, Func<RankOptions, RankOptions>? configure = null, IEnumerable<MessageFormat>? formats = null,
        Action<int, Rank>? prepare = null)
    {
        _wire = new WireCarrier(formats);
        _ranks = new RankHarness[count];
        _isUp = new bool[count];
        _states = new ClusterRankState[count];
        for (int i = 0; i < count; i++)
        {
            int rank = i;
            RankOptions Options(RankOptions options)
            {
                RankOptions own = options with { Id = new RankId(rank) };
                return configure is null ? own : configure(own);
            }

            _ranks[i] = new RankHarness(Options, objects: Store)
            {
                Wire = _wire,
                SentToRank = (to, message) => Send(rank, to, message),
                Prepare = made =>
                {
                    made.Add(new SubtreeMover());
                    prepare?.Invoke(rank, made);
                },
            };
        }
    }

    /// <summary>Everybody's objects.</summary>
    public MemoryStore Store { get; } = new();

    /// <summary>How many ranks there are.</summary>
    public int Count => _ranks.Length;

    /// <summary>Messages between ranks that arrived, in order.</summary>
    public List<(int From, int To, Message Message)> Delivered { get; } = [];

    /// <summary>A message that says true is lost on its way, with all that follows on its channel: the test says what comes of
    /// that.</summary>
    public Func<int, int, Message, bool>? Holds { get; set; }

    /// <summary>A message that says true is lost alone when it would arrive; what follows on its channel arrives.</summary>
    public Func<int, int, Message, bool>? Loses { get; set; }

    /// <summary>Whom each rank may give to, bit r for rank r, from the next map on; everybody where there is none.</summary>
    public Func<int, ulong>? Targets { get; set; }

    /// <summary>One rank's world.</summary>
    public RankHarness this[int rank] => _ranks[rank];

    /// <summary>Is no message on its way?</summary>
    public bool IsQuiet => _channels.Values.All(static channel => channel.Count == 0);

    /// <summary>Is the rank alive, as the map has it?</summary>
    public bool IsUp(int rank) => _isUp[rank];

    /// <summary>The map as it was published last.</summary>
    public ClusterMap Map { get; private set; } = ClusterMap.Empty;

    /// <summary>Starts all ranks and publishes the first map.</summary>
    public ClusterHarness Start()
    {
        for (int i = 0; i < Count; i++)
            Start(i);
        return this;
    }

    /// <summary>Starts the present life of a rank, and publishes a map that has it.</summary>
    public void Start(int rank)
    {
        _isUp[rank] = true;
        _states[rank] = ClusterRankState.Active;
        _ranks[rank].Start();
        Publish();
        Run();
    }

    /// <summary>Ranks die with what is not durable; one map says so to the others. New lives are made, not started.</summary>
    public void Crash(params ReadOnlySpan<int> ranks)
    {
        foreach (int rank in ranks)
        {
            _isUp[rank] = false;
            foreach (((int from, int to), Queue<(Peer From, Peer To, Message Message)> channel) in _channels)
            {
                if (from == rank || to == rank)
                    Lose(channel);
            }

            _ranks[rank].Crash();
        }

        Publish();
    }

    /// <summary>The channel between two ranks ends, with all that is on its way; both are told before anything is said on the
    /// next one.</summary>
    public void Reset(int first, int second)
    {
        foreach ((int from, int to) in ((int, int)[])[(first, second), (second, first)])
        {
            if (_channels.TryGetValue((from, to), out Queue<(Peer From, Peer To, Message Message)>? channel))
                Lose(channel);
        }

        foreach ((int rank, int other) in ((int, int)[])[(first, second), (second, first)])
        {
            if (_isUp[first] && _isUp[second] && !_ranks[rank].Gate.IsCut)
            {
                Peer gone = Peer.Of(new RankId(other), _ranks[other].Incarnation);
                _ranks[rank].Rank.Step(new RankEvent(RankEventKind.PeerGone, From: gone));
            }
        }
    }

    /// <summary>Publishes a map that says how far a rank is.</summary>
    public void Enter(int rank, ClusterRankState state)
    {
        _states[rank] = state;
        Publish();
        Run();
    }

    /// <summary>Gives a directory, with all below it, to another rank: whose it is writes everything back before. The directory
    /// is undivided, and its inode stays where it is.</summary>
    public void Give(string path, int from, int to)
    {
        Tell(from, to, new WriteBack(true));
        Run();
        ClientReply found = Call(from, ClientOp.ReadDirectory, path);
        Call(to, ClientOp.Lookup, path, request => request with { Hops = LearningHops });
        DirFrag root = new(found.Stat.Ino, Frag.Root);
        Tell(from, to, new GiveSubtree(root, new RankId(to)));
        Tell(to, from, new TakeSubtree(root, new RankId(from)));
        Tell(from, to, new WriteBack(false));
        Run();
    }

    /// <summary>Hands a rank a message as if another one had sent it.</summary>
    public void Tell(int rank, int from, Message message)
    {
        Peer sender = Peer.Of(new RankId(from), _ranks[from].Incarnation);
        _ranks[rank].Rank.Step(new RankEvent(RankEventKind.Message, From: sender, Message: message));
    }

    /// <summary>Takes steps, and delivers what ranks send, until nothing is left to do but timers.</summary>
    public void Run()
    {
        do
        {
            for (int i = 0; i < Count; i++)
            {
                if (_isUp[i])
                    _ranks[i].Run();
            }
        }
        while (DeliverNext());
    }

    /// <summary>Moves time on at all ranks, a little at a time.</summary>
    public void Advance(long micros, long step = 1_000_000)
    {
        for (long left = micros; left > 0; left -= step)
        {
            for (int i = 0; i < Count; i++)
            {
                if (_isUp[i])
                    _ranks[i].Advance(Math.Min(left, step));
            }

            Run();
        }
    }

    /// <summary>Delivers the next message between ranks; false when there is none.</summary>
    public bool DeliverNext()
    {
        foreach (((int from, int to), Queue<(Peer From, Peer To, Message Message)> channel) in _channels)
        {
            if (channel.Count == 0 || Holds?.Invoke(from, to, channel.Peek().Message) == true)
                continue;
            (Peer sender, Peer receiver, Message message) = channel.Dequeue();
            bool isLost = !_isUp[to] || _ranks[to].Incarnation != receiver.Incarnation
                || Loses?.Invoke(from, to, message) == true;
            if (isLost)
            {
                (message as PagesMessage)?.Pages.Dispose();
                return true;
            }

            WireCarrier.Land(message, _ranks[to].Rank.Cache.Pool);
            Delivered.Add((from, to, message));
            _ranks[to].Rank.Step(new RankEvent(RankEventKind.Message, From: sender, Message: message));
            return true;
        }

        return false;
    }

    /// <summary>Sends a request to a rank, follows where it is sent on, and runs until its last reply.</summary>
    public ClientReply Call(int rank, ClientRequest request, long client = 1) => Call(ref rank, request, client);

    /// <summary>The same; tells which rank answered.</summary>
    public ClientReply Call(ref int rank, ClientRequest request, long client = 1)
    {
        for (int hop = 0; hop < HopsMax; hop++)
        {
            RankHarness node = _ranks[rank];
            ulong tid = node.Submit(request, client);
            Run();
            if (node.RepliesTo(tid) is { Count: > 0 } replies)
                return replies[^1];
            ClientForward? forward = node.Told.Select(told => told.Message).OfType<ClientForward>()
                .LastOrDefault(each => each.Tid == tid);
            Invariant.That(forward is not null, $"rank {rank} ({node.Rank.State}: {node.Rank.Problem}) does not answer");
            request = forward.Next(request);
            rank = forward.To.Value;
        }

        throw new InvariantException("a request is sent on for ever");
    }

    /// <summary>The same by path.</summary>
    public ClientReply Call(int rank, ClientOp op, string path, Func<ClientRequest, ClientRequest>? more = null)
    {
        ClientRequest request = new(0, op) { Path = Encoding.UTF8.GetBytes(path) };
        return Call(rank, more is null ? request : more(request));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Queue<(Peer From, Peer To, Message Message)> channel in _channels.Values)
            Lose(channel);
        foreach (RankHarness rank in _ranks)
            rank.Dispose();
        _wire.Dispose();
        Store.Dispose();
    }

    private static void Lose(Queue<(Peer From, Peer To, Message Message)> channel)
    {
        while (channel.TryDequeue(out (Peer From, Peer To, Message Message) item))
            (item.Message as PagesMessage)?.Pages.Dispose();
    }

    private void Publish()
    {
        List<ClusterRank> ranks = [];
        for (int i = 0; i < Count; i++)
        {
            ulong life = _isUp[i] ? _ranks[i].Incarnation : _ranks[i].Incarnation - 1;
            ClusterRankState state = _isUp[i] ? _states[i]
                : life > 0 ? ClusterRankState.Failed : ClusterRankState.None;
            ranks.Add(new ClusterRank(state, life, "", Targets?.Invoke(i) ?? ulong.MaxValue));
        }

        Map = new ClusterMap(++_epoch, ranks);
        for (int i = 0; i < Count; i++)
        {
            if (_isUp[i])
                _ranks[i].Rank.Step(new RankEvent(RankEventKind.Message, From: Peer.Map, Message: _wire.Carry(Map)));
        }
    }

    private void Send(int from, Peer to, Message message)
    {
        (int, int) pair = (from, (int)to.Id);
        if (!_channels.TryGetValue(pair, out Queue<(Peer From, Peer To, Message Message)>? channel))
            _channels.Add(pair, channel = new Queue<(Peer From, Peer To, Message Message)>());
        channel.Enqueue((Peer.Of(new RankId(from), _ranks[from].Incarnation), to, message));
    }
}
