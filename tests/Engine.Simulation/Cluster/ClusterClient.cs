// A client of several ranks: one operation at a time in a directory of its own, compared with the reference namespace at its
// answer, whichever rank gives it. A request is sent where the client guesses, and on where it is told; to one rank it is sent
// again, under its number, until its answer is safe.
using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>A client that compares what ranks answer with the reference namespace.</summary>
internal sealed class ClusterClient : ISimActor
{
    private const long AgainMicros = 1_000_000;
    private const long AbsentMicros = 3_000;
    private const ulong ThinkMicrosMax = 400;
    private const ulong ThinkToken = ulong.MaxValue;
    private const ulong GuessSalt = 0x6E55;
    private const int WrongOneIn = 4;
    private const int LearnsOneIn = 8;
    private const int SumOneIn = 12;
    private const byte LearningHops = 2;
    private const int ListingLimit = 3;
    private const ulong ModelRoot = 1;

    private static readonly IoError s_noSession = new(107);

    /// <summary>A rank that recovers, ends or has no room says so; it has done nothing, and is asked again.</summary>
    private static readonly IoError[] s_notDone =
        [s_noSession, IoError.Io, IoError.Again, IoError.Shutdown, IoError.NoSpace, IoError.NoMemory, new(66)];

    private readonly SimEnvironment _world;
    private readonly ClusterScenario _scenario;
    private readonly NamespaceModel _model = new();
    private readonly Queue<TreeOperation> _walk = [];
    private readonly List<string> _names = [];
    private readonly long _index;
    private readonly string _below;
    private readonly Link[] _links;
    private int _at;
    private long _round;
    private ulong _turn;
    private ulong _tid;
    private byte _hops;
    private TreeOperation? _operation;
    private DirectoryCursor _cursor;
    private bool _isWalking;
    private bool _isSum;

    public ClusterClient(SimEnvironment world, ClusterScenario scenario, long index)
    {
        _world = world;
        _scenario = scenario;
        _index = index;
        _below = string.Create(CultureInfo.InvariantCulture, $"/t{index}");
        _links = [.. Enumerable.Range(0, scenario.RankCount).Select(static _ => new Link())];
    }

    public bool HasStopped => false;

    public bool IsDone { get; private set; }

    public bool IsBusy => _operation is not null;

    /// <summary>The channel and session with the rank that is asked.</summary>
    private Link At => _links[_at];

    public void Start() => Think(0);

    public void Step(in RankEvent item)
    {
        switch (item.Kind)
        {
            case RankEventKind.Timer when item.Token == ThinkToken:
                Begin();
                break;
            case RankEventKind.Timer when IsBusy && item.Token == _turn:
                AskAgain();
                break;
            case RankEventKind.PeerGone:
                Gone(item.From);
                break;
            case RankEventKind.Message:
                Handle(item.From, item.Message!);
                break;
        }
    }

    public void Dispose()
    {
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"client {_index} request {_tid} at rank {_at} after {_hops} hops: {_operation}");

    private void Think(ulong micros) => _world.SetTimer(ThinkToken, (long)micros);

    private void Begin()
    {
        if (IsBusy || IsDone)
            return;
        _names.Clear();
        _cursor = default;
        _isSum = false;
        if (!_isWalking && _scenario.NextOperation(_index, ref _round) is >= 0 and long number)
        {
            _operation = _scenario.Draw(number);
            ulong chance = TraceHash.Mix(_scenario.SeedOf(number), GuessSalt);
            _isSum = chance % SumOneIn == 0;
            if (_isSum)
                _operation = TreeOperation.Of(ClientOp.Lookup, "");
            Guess(chance >> 8);
        }
        else if (!_isWalking)
        {
            _isWalking = true;
            _operation = TreeOperation.Of(ClientOp.ReadDirectory, "");
        }
        else if (!_walk.TryDequeue(out _operation))
        {
            IsDone = true;
            return;
        }

        Ask();
    }

    /// <summary>Mostly where the last answer came from, now and then anywhere, and now and then so that the rank learns the way
    /// instead of sending on.</summary>
    private void Guess(ulong chance)
    {
        if (chance % WrongOneIn == 0)
            _at = (int)((chance >> 8) % (ulong)_links.Length);
        _hops = (chance >> 16) % LearnsOneIn == 0 ? LearningHops : (byte)0;
    }

    /// <summary>Asks under a new number.</summary>
    private void Ask()
    {
        Meet();
        ClientRequest request = _operation!.ToRequest(0, _below) with { Cursor = _cursor, Limit = ListingLimit, Hops = _hops };
        // A number is the client's, whichever rank it was given to: what was done is known to whoever has the region.
        ulong tid = At.Protocol.NextTid();
        while (tid <= _tid)
            tid = At.Protocol.NextTid();
        _tid = tid;
        request = request with { Tid = tid };
        bool isOpen = At.Protocol.Begin(ref request, _operation);
        _world.SetTimer(++_turn, AgainMicros);
        if (isOpen)
            _world.Send(At.Rank!.Value, request);
    }

    private void AskAgain()
    {
        _world.SetTimer(++_turn, AgainMicros);
        // Who comes back has asked again with that.
        if (Meet() && At.Protocol.IsOpen)
            At.Protocol.TryRepeat(_tid);
        else if (At.Rank is not null && !At.Protocol.IsOpen)
            At.Protocol.ChannelBegan();
        Send(At);
    }

    /// <summary>Finds the rank's present life, and begins or goes on with the session there; true where it was known.</summary>
    private bool Meet()
    {
        Peer? rank = _world.Find(PeerKind.Rank, _at);
        if (rank is null || rank == At.Rank)
            return rank is not null;
        if (At.Rank is not null)
            At.Protocol.ChannelEnded();
        At.Rank = rank;
        At.Protocol.ChannelBegan();
        Send(At);
        return false;
    }

    private void Send(Link link)
    {
        foreach (Message message in link.Protocol.Out)
            _world.Send(link.Rank!.Value, message);
        link.Protocol.Out.Clear();
    }

    private void Gone(Peer rank)
    {
        Link? link = Array.Find(_links, each => each.Rank == rank);
        if (link is null)
            return;
        link.Rank = null;
        link.Protocol.ChannelEnded();
        if (IsBusy && link == At)
            _world.SetTimer(++_turn, AbsentMicros);
    }

    private void Handle(Peer from, Message message)
    {
        Link? link = Array.Find(_links, each => each.Rank == from);
        if (link is null)
            return;
        if (message is ClientForward forward)
        {
            if (IsBusy && link == At && forward.Tid == _tid)
                FollowTo(forward);
            return;
        }

        bool wasOpen = link.Protocol.IsOpen;
        ClientNews<TreeOperation> news = link.Protocol.Take(message);
        Send(link);
        if (news.Kind == ClientNewsKind.Ended && wasOpen)
            Ended(link);
        else if (news.Kind == ClientNewsKind.Answered && IsBusy && link == At && news.Reply!.Tid == _tid && news.Reply.IsSafe)
            Answered(news.Reply);
        else if (news.Kind == ClientNewsKind.Refused && IsBusy && link == At && news.Reply!.Tid == _tid)
            Refused(news.Reply);
    }

    private void FollowTo(ClientForward forward)
    {
        _scenario.Forwarded();
        At.Protocol.Forget(_tid);
        _at = forward.To.Value;
        _hops = forward.Hops;
        Ask();
    }

    /// <summary>A request that went round and round is begun anew.</summary>
    private void Refused(ClientReply reply)
    {
        if (reply.Error.Errno != 66)
            return;
        _scenario.Lost();
        At.Protocol.Forget(_tid);
        _hops = 0;
        Ask();
    }

    private void Ended(Link link)
    {
        if (!IsBusy || link != At)
            return;
        if (!_operation!.Changes)
        {
            AskAgain();
            return;
        }

        // Nobody can say what became of the last request.
        link.Protocol.Forget(_tid);
        _operation = null;
        IsDone = true;
        _scenario.Evicted();
    }

    private void Answered(ClientReply reply)
    {
        At.Protocol.Forget(reply.Tid);
        foreach (DirectoryItem item in reply.Items)
            _names.Add(Encoding.UTF8.GetString(item.Name.Span));
        if (_operation!.Op == ClientOp.ReadDirectory && reply.Error.IsNone && !reply.IsEnd)
        {
            _cursor = reply.Cursor;
            Ask();
            return;
        }

        TreeOperation operation = _operation;
        _operation = null;
        Compare(operation, reply);
        Think(TraceHash.Mix(_turn, (ulong)_index) % ThinkMicrosMax);
    }

    private void Compare(TreeOperation operation, ClientReply reply)
    {
        if (_isSum)
        {
            IoError error = _model.Stat(ModelRoot, out ModelStat root);
            if (reply.Error.Failed || error.Failed || reply.Stat.Links != root.Nlink)
                _scenario.Differs(this, operation, $"{reply.Error.Name} {reply.Stat.Links} links in place of {root.Nlink}");
            return;
        }

        _names.Sort(StringComparer.Ordinal);
        if (_scenario.Migrates && IsBetweenRanks(operation, reply))
        {
            _scenario.RefusedBetween();
            return;
        }

        if (operation.Do(_model, reply.Stat.Ino.Value).DifferenceTo(reply, _names) is { } difference)
            _scenario.Differs(this, operation, difference);
        if (!_isWalking)
            return;
        foreach (string name in _names)
            _walk.Enqueue(TreeOperation.Of(ClientOp.Lookup, $"{operation.Path}/{name}"));
        if (operation.Op == ClientOp.Lookup && reply.Stat.Type == InodeType.Directory)
            _walk.Enqueue(TreeOperation.Of(ClientOp.ReadDirectory, operation.Path));
    }

    /// <summary>EXDEV, or EBUSY where another rank's subtree is in the way: nothing was done.</summary>
    private static bool IsBetweenRanks(TreeOperation operation, ClientReply reply) => reply.Error.Errno switch
    {
        18 => operation.Op is ClientOp.Rename or ClientOp.Link or ClientOp.Unlink,
        16 => operation.Op is ClientOp.Rename or ClientOp.RemoveDirectory or ClientOp.Unlink,
        _ => false,
    };

    /// <summary>What the client has with one rank.</summary>
    private sealed class Link
    {
        public Peer? Rank { get; set; }

        public ClientProtocol<TreeOperation> Protocol { get; } =
            new("", repeats: true) { IsRefusal = static reply => s_notDone.Contains(reply.Error) };
    }
}
