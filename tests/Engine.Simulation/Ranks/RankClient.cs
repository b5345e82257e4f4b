// A client of the rank scenario: one operation at a time on a few names, drawn from a generator of its own, beside what it does
// with its capabilities (RankClient.Caps.cs).
//
// Ownership: the scenario keeps the history. Invariants: an operation whose channel ended is asked again under its number, in the
// same session; when the session is lost, what became of it stays open.
using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>A client of the rank scenario.</summary>
internal sealed partial class RankClient : ISimActor
{
    private const long TimeoutMicros = 3_000_000;
    private const long PauseMicros = 600;
    private const long AbsentMicros = 3_000;
    private const ulong ThinkMicrosMax = 400;
    private const ulong ThinkToken = ulong.MaxValue;
    private const ulong RenewToken = ulong.MaxValue - 1;
    private const ulong HomeTid = ulong.MaxValue - 1;
    private const ulong DivideTid = ulong.MaxValue - 2;
    private const ulong SyncTids = 1UL << 63;
    private const int DivideOneIn = 24;
    private const ulong SyncOneIn = 4;
    private const int ModeEnd = 0x200;

    /// <summary>Lengths and times that are set tell by which operation.</summary>
    private const long SizePerOperation = 1_000;
    private const long NanosPerOperation = 1_000_003;

    private static readonly IoError s_noSession = new(107);

    private static readonly ClientOp[] s_operations =
    [
        ClientOp.Create, ClientOp.Create, ClientOp.Unlink, ClientOp.Lookup, ClientOp.Lookup, ClientOp.Rename, ClientOp.Open,
        ClientOp.Open, ClientOp.Open, ClientOp.Close, ClientOp.SetAttributes, ClientOp.GetAttributes,
    ];

    /// <summary>Answers that say that nothing was done, or that nobody knows.</summary>
    private static readonly IoError[] s_undecided =
        [s_noSession, IoError.Io, IoError.Again, IoError.Shutdown, IoError.NoSpace, IoError.NoMemory];

    private readonly SimEnvironment _world;
    private readonly RankScenario _scenario;
    private readonly long _index;
    private Peer? _rank;
    private Peer? _doneIn;

    /// <summary>The last change that was answered as done and safe, and by which life of the rank.</summary>
    private (ulong Tid, Peer? By) _safe;
    private ulong _syncTid = SyncTids;
    private long _syncOf = -1;
    private bool _hasSession;
    private bool _isAsked;

    /// <summary>How often it was asked what is under way.</summary>
    private int _asks;
    private long _round;
    private long _number = -1;
    private ClientRequest _request = new(0, ClientOp.Lookup);
    private int _first;
    private bool _hasHome;

    public RankClient(SimEnvironment world, RankScenario scenario, long index)
    {
        _world = world;
        _scenario = scenario;
        _index = index;
        _habits = new SeededRandom(scenario.SeedOf(-1 - index));
        _ignores = _habits.NextBool(0.2);
        IsErratic = _habits.NextBool(0.2);
        _sleeps = _habits.NextBool(0.2);
    }

    public bool HasStopped => false;

    public ClientId Id => new(_world.Self.Id);

    public bool IsDone { get; private set; }

    public bool IsBusy => _number >= 0;

    /// <summary>The life of the rank that knows of its session; null while none does.</summary>
    public Peer? Serving { get; private set; }

    public void Start()
    {
        Think();
        Renew();
    }

    public void Step(in RankEvent item)
    {
        switch (item.Kind)
        {
            case RankEventKind.Timer when item.Token == ThinkToken:
                Begin();
                break;
            case RankEventKind.Timer when item.Token == RenewToken:
                Renew();
                break;
            case RankEventKind.Timer when item.Token == (ulong)_number:
                Forget();
                break;
            case RankEventKind.PeerGone when item.From == _rank:
                (Serving, _syncOf) = (null, -1);
                Greet();
                break;
            case RankEventKind.Message when item.Message is ClientReply { Tid: HomeTid, IsSafe: true } made:
                _hasHome |= made.Error.IsNone || made.Error == IoError.Exists;
                break;
            case RankEventKind.Message when item.From == _rank
                && item.Message is ClientReply { Tid: >= SyncTids and < DivideTid } synced:
                Synced(synced);
                break;
            case RankEventKind.Message when item.From == _rank && item.Message is ClientReply reply:
                Handle(reply);
                break;
            case RankEventKind.Message when item.From == _rank:
                HandleNews(item.Message!);
                break;
        }
    }

    public void Dispose()
    {
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"client {_index} operation {_number} {_request.Op}");

    private byte[] PathOf(int name) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_scenario.Home}/n{name}"));

    private void Think(long moreMicros = 0) => _world.SetTimer(
        ThinkToken, moreMicros + (long)(TraceHash.Mix(_scenario.SeedOf(_number), (ulong)_index) % ThinkMicrosMax));

    /// <summary>Makes sure of a session with the rank's present life, and that it has been asked what is under way.</summary>
    private bool Greet()
    {
        _rank = _world.Find(PeerKind.Rank, 0);
        if (_rank is not { } rank)
            return false;
        if (Serving != rank)
        {
            Serving = rank;
            _isAsked = false;
            if (_hasSession)
                ComeBack();
            else
                _world.Send(rank, new SessionOpen("simulated"));
            _hasSession = true;
        }

        if (_number >= 0 && !_isAsked)
        {
            _isAsked = true;
            _asks++;
            _world.Send(rank, _request);
        }

        return true;
    }

    private void Begin()
    {
        if (_number >= 0)
        {
            if (!Greet() || !_isAsked)
                _world.SetTimer(ThinkToken, AbsentMicros);
            return;
        }

        if (!Greet())
        {
            _world.SetTimer(ThinkToken, AbsentMicros);
            return;
        }

        if (_scenario.Home.Length > 0 && !_hasHome && !_scenario.IsSettling)
        {
            byte[] home = Encoding.ASCII.GetBytes(_scenario.Home);
            _world.Send(_rank!.Value, new ClientRequest(HomeTid, ClientOp.MakeDirectory) { Path = home });
            _world.SetTimer(ThinkToken, AbsentMicros);
            return;
        }

        _number = _scenario.NextOperation(_index, ref _round);
        if (_number < 0)
        {
            IsDone = true;
            return;
        }

        if (!_scenario.Includes(_number))
        {
            _number = -1;
            Think(PauseMicros);
            return;
        }

        var random = new SeededRandom(_scenario.SeedOf(_number));
        UseCaps(random);
        Draw(random);
        _world.SetTimer((ulong)_number, TimeoutMicros);
        _isAsked = false;
        Greet();
        if (_scenario.Home.Length > 0)
            Divide();
    }

    /// <summary>Now and then has the directory divided anew, and does not care what becomes of it.</summary>
    private void Divide()
    {
        var random = new SeededRandom(TraceHash.Mix(_scenario.SeedOf(_number), DivideTid));
        if (random.NextInt(DivideOneIn) != 0)
            return;
        _world.Send(_rank!.Value, new ClientRequest(DivideTid, ClientOp.Fragment)
        {
            Path = Encoding.ASCII.GetBytes(_scenario.Home),
            SplitBits = random.NextInt(3),
        });
    }

    private void Draw(SeededRandom random)
    {
        ClientOp op = s_operations[random.NextInt(s_operations.Length)];
        _first = random.NextInt(_scenario.Names);
        int second = (_first + 1 + random.NextInt(_scenario.Names - 1)) % _scenario.Names;
        ulong tid = (ulong)_number + 1;
        (_doneIn, _asks) = (null, 0);
        if (op == ClientOp.Close && TryPickToClose(random, out Ino ino))
        {
            _request = new ClientRequest(tid, ClientOp.Close) { Base = ino, OldestTid = tid };
            return;
        }

        OpenFlags flags = op != ClientOp.Open ? OpenFlags.None
            : OpenFlags.Keep | OpenFlags.Read | (random.NextBool(0.5) ? OpenFlags.Write : OpenFlags.None);
        op = op == ClientOp.Close ? ClientOp.Lookup : op;
        _request = new ClientRequest(tid, op)
        {
            Path = PathOf(_first),
            Path2 = PathOf(second),
            Flags = flags,
            OldestTid = tid,
            Changes = DrawChanges(op, random),
        };
        _scenario.Invoked(_number, _request, _first, second);
    }

    private AttributeChanges DrawChanges(ClientOp op, SeededRandom random) => op switch
    {
        ClientOp.Create => new AttributeChanges { Mode = (uint)random.NextInt(ModeEnd) },
        ClientOp.SetAttributes => random.NextInt(4) switch
        {
            0 => new AttributeChanges { Mode = (uint)random.NextInt(ModeEnd) },
            1 => new AttributeChanges { Size = (_number + 1) * SizePerOperation },
            2 => new AttributeChanges { ModifiedAt = (_number + 1) * NanosPerOperation },
            _ => new AttributeChanges
            {
                Mode = (uint)random.NextInt(ModeEnd), Size = (_number + 1) * SizePerOperation,
                ModifiedAt = (_number + 1) * NanosPerOperation,
            },
        },
        _ => default,
    };

    private void Handle(ClientReply reply)
    {
        bool isCurrent = _number >= 0 && reply.Tid == _request.Tid;
        if (reply.Caps is { } grant)
            Opened(grant, reply.Stat, isCurrent);
        if (!isCurrent)
        {
            if (_safe == (reply.Tid, _rank) && reply.Error.Failed && !s_undecided.Contains(reply.Error))
                _scenario.Checks.DoneTwice(this, reply);
            return;
        }

        if (reply.Error == IoError.Again)
        {
            _isAsked = false;
            _world.SetTimer(ThinkToken, AbsentMicros);
            return;
        }

        // A rank that fails says so, and may have done it or not.
        if (reply.Error == IoError.Io || reply.Error == s_noSession)
        {
            if (reply.Error == s_noSession)
                LoseSession();
            else
                Forget();
            return;
        }

        if (_doneIn == _rank && reply.Error.Failed)
            _scenario.Checks.DoneTwice(this, reply);
        if (!reply.IsSafe)
        {
            _doneIn = _rank;
            Sync();
            return;
        }

        bool isChange = _request.Op is ClientOp.Create or ClientOp.Unlink or ClientOp.Rename or ClientOp.SetAttributes;
        if (isChange && reply.Error.IsNone)
            _safe = (reply.Tid, _rank);
        if (_request.Op != ClientOp.Close)
            _scenario.Responded(_number, reply, isFirst: _asks == 1);
        _number = -1;
        Think();
    }

    /// <summary>Now and then asks, when a change was acknowledged and is not safe yet, that it be.</summary>
    private void Sync()
    {
        if (_syncOf >= 0 || TraceHash.Mix(_scenario.SeedOf(_number), SyncTids) % SyncOneIn != 0)
            return;
        _syncOf = _scenario.LastSeqOf(_rank!.Value);
        _world.Send(_rank!.Value, new ClientRequest(++_syncTid, ClientOp.Sync));
    }

    /// <summary>What was acknowledged before the sync is durable; its own safe answer may be a step behind.</summary>
    private void Synced(ClientReply reply)
    {
        if (reply.Tid != _syncTid || _syncOf < 0)
            return;
        if (reply.Error.IsNone)
            _scenario.Synced(this, _rank!.Value, _syncOf);
        _syncOf = -1;
    }

    /// <summary>Whether it happened stays open.</summary>
    private void Forget()
    {
        if (_number < 0)
            return;
        _scenario.Abandoned(_number);
        _number = -1;
        Think(AbsentMicros);
    }
}
