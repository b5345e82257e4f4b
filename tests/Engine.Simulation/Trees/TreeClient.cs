// A client of the tree scenario: one operation at a time in a directory of its own, compared with the reference namespace at
// its answer. A request that is refused, or whose channel ends, is sent again, under its number, until its answer is safe.
//
// Shape: an operation is one request, but for listings, which take several. After the last operation the client walks over all
// of its tree.
using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>A client that compares what a rank answers with the reference namespace.</summary>
internal sealed class TreeClient : ISimActor
{
    private const long AgainMicros = 1_000_000;
    private const long AbsentMicros = 3_000;
    private const ulong ThinkMicrosMax = 400;
    private const ulong ThinkToken = ulong.MaxValue;
    private const int ListingLimit = 3;
    private const uint RootMode = 0x1ED;

    private static readonly IoError s_noSession = new(107);

    /// <summary>A rank that recovers, ends or has no room says so; it has done nothing, and is asked again.</summary>
    private static readonly IoError[] s_notDone =
        [s_noSession, IoError.Io, IoError.Again, IoError.Shutdown, IoError.NoSpace, IoError.NoMemory, IoError.ReadOnly];

    private readonly SimEnvironment _world;
    private readonly TreeScenario _scenario;
    private readonly NamespaceModel _model = new();
    private readonly Queue<TreeOperation> _walk = [];
    private readonly List<string> _names = [];
    private readonly long _index;
    private readonly string _below;
    private readonly ClientProtocol<TreeOperation> _protocol =
        new("", repeats: true) { IsRefusal = static reply => s_notDone.Contains(reply.Error) };

    private Peer? _rank;
    private long _round;
    private ulong _tid;
    private TreeOperation? _operation;
    private DirectoryCursor _cursor;
    private bool _isMade;
    private bool _isWalking;

    public TreeClient(SimEnvironment world, TreeScenario scenario, long index)
    {
        _world = world;
        _scenario = scenario;
        _index = index;
        _below = string.Create(CultureInfo.InvariantCulture, $"/t{index}");
    }

    public bool HasStopped => false;

    public bool IsDone { get; private set; }

    public bool IsBusy => _operation is not null;

    public void Start() => Think(0);

    public void Step(in RankEvent item)
    {
        switch (item.Kind)
        {
            case RankEventKind.Timer when item.Token == ThinkToken:
                Begin();
                break;
            case RankEventKind.Timer when IsBusy && item.Token == _tid:
                AskAgain();
                break;
            case RankEventKind.PeerGone when item.From == _rank:
                _rank = null;
                _protocol.ChannelEnded();
                _world.SetTimer(IsBusy ? _tid : ThinkToken, AbsentMicros);
                break;
            case RankEventKind.Message when item.From == _rank:
                Handle(item.Message!);
                break;
        }
    }

    public void Dispose()
    {
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"client {_index} request {_tid} {_operation}");

    private void Think(ulong micros) => _world.SetTimer(ThinkToken, (long)micros);

    private void Begin()
    {
        if (IsBusy || IsDone)
            return;
        _names.Clear();
        _cursor = default;
        if (!_isMade)
        {
            _operation = TreeOperation.Directory("", RootMode);
        }
        else if (!_isWalking && _scenario.NextOperation(_index, ref _round) is >= 0 and long number)
        {
            _operation = _scenario.Draw(number);
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

    /// <summary>Asks under a new number.</summary>
    private void Ask()
    {
        Meet();
        ClientRequest request = _operation!.ToRequest(0, _below) with { Cursor = _cursor, Limit = ListingLimit };
        bool isOpen = _protocol.Begin(ref request, _operation);
        _tid = request.Tid;
        _world.SetTimer(_tid, AgainMicros);
        if (isOpen)
            _world.Send(_rank!.Value, request);
    }

    private void AskAgain()
    {
        if (_scenario.Bug == TreeBug.SendsAnew)
        {
            _protocol.Forget(_tid);
            Ask();
            return;
        }

        _world.SetTimer(_tid, AgainMicros);
        // Who comes back has asked again with that.
        if (Meet() && _protocol.IsOpen)
            _protocol.TryRepeat(_tid);
        else if (_rank is not null && !_protocol.IsOpen)
            _protocol.ChannelBegan();
        Send();
    }

    /// <summary>Finds the rank's present life, and begins or goes on with the session there; true where it was known.</summary>
    private bool Meet()
    {
        Peer? rank = _world.Find(PeerKind.Rank, 0);
        if (rank is null || rank == _rank)
            return rank is not null;
        if (_rank is not null)
            _protocol.ChannelEnded();
        _rank = rank;
        _protocol.ChannelBegan();
        Send();
        return false;
    }

    private void Send()
    {
        foreach (Message message in _protocol.Out)
            _world.Send(_rank!.Value, message);
        _protocol.Out.Clear();
    }

    private void Handle(Message message)
    {
        bool wasOpen = _protocol.IsOpen;
        ClientNews<TreeOperation> news = _protocol.Take(message);
        Send();
        if (news.Reply?.Error == IoError.ReadOnly)
            _scenario.RefusedReadOnly();
        if (news.Kind == ClientNewsKind.Ended && wasOpen)
            Ended();
        else if (news.Kind == ClientNewsKind.Answered && IsBusy && news.Reply!.Tid == _tid
            && (news.Reply.IsSafe || _scenario.Bug == TreeBug.TrustsUnsafe))
            Answered(news.Reply);
    }

    private void Ended()
    {
        if (_operation is { Changes: true })
        {
            // Nobody can say what became of the last request.
            _protocol.Forget(_tid);
            _operation = null;
            IsDone = true;
            _scenario.Evicted();
        }
        else if (IsBusy)
        {
            AskAgain();
        }
    }

    private void Answered(ClientReply reply)
    {
        _protocol.Forget(reply.Tid);
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
        Think(TraceHash.Mix(_tid, (ulong)_index) % ThinkMicrosMax);
    }

    private void Compare(TreeOperation operation, ClientReply reply)
    {
        if (!_isMade)
        {
            _isMade = reply.Error.IsNone;
            if (!_isMade)
                _scenario.Differs(this, operation, reply.Error.Name);
            return;
        }

        _names.Sort(StringComparer.Ordinal);
        if (operation.Do(_model, reply.Stat.Ino.Value).DifferenceTo(reply, _names) is { } difference)
            _scenario.Differs(this, operation, difference);
        if (!_isWalking)
            return;
        foreach (string name in _names)
            _walk.Enqueue(TreeOperation.Of(ClientOp.Lookup, $"{operation.Path}/{name}"));
        if (operation.Op == ClientOp.Lookup && reply.Stat.Type == InodeType.Directory)
            _walk.Enqueue(TreeOperation.Of(ClientOp.ReadDirectory, operation.Path));
    }
}
