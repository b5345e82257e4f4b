// A client of the rank scenario: one operation at a time on a few names, drawn from a generator of its own.
//   RankClient          channel, what is asked
//   RankClient.Answers  what comes of it
//   RankClient.Caps     what the client does with its capabilities
// Ownership: the scenario keeps the history; session, numbers of requests and capabilities are the protocol's, the same that
// processes use. Invariants: an operation whose channel ended is asked again under its number, in the same session; when the
// session is lost, what became of it stays open.
using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>A client of the rank scenario.</summary>
internal sealed partial class RankClient : ISimActor
{
    private const long TimeoutMicros = 3_000_000;

    /// <summary>Clocks do not run alike.</summary>
    private const long LeaseMicros = RankScenario.SessionTimeoutMicros * 9 / 10;
    private const long PauseMicros = 600;
    private const long AbsentMicros = 3_000;
    private const ulong ThinkMicrosMax = 400;
    private const ulong ThinkToken = ulong.MaxValue;
    private const ulong RenewToken = ulong.MaxValue - 1;
    private const ulong DivideSalt = ulong.MaxValue - 2;
    private const ulong SilenceToken = ulong.MaxValue - 3;
    private const long SilenceMicros = 300;
    private const ulong SyncSalt = 1UL << 63;
    private const int DivideOneIn = 24;
    private const int ExchangeOneIn = 3;
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

    /// <summary>Answers after which the operation is asked again, or given up.</summary>
    private static readonly IoError[] s_refusals = [s_noSession, IoError.Io, IoError.Again];

    private readonly SimEnvironment _world;
    private readonly RankScenario _scenario;
    private readonly long _index;
    private readonly ClientProtocol<RankRequest> _protocol =
        new("simulated", repeats: true)
        {
            IsRefusal = static reply => s_refusals.Contains(reply.Error), LeaseMicros = LeaseMicros,
        };

    private Peer? _rank;
    private bool _isMet;

    /// <summary>By which life of the rank the operation was answered as done and not safe yet.</summary>
    private Peer? _doneIn;

    /// <summary>The last change that was answered as done and safe, and by which life of the rank.</summary>
    private (ulong Tid, Peer? By) _safe;
    private ulong _syncTid;
    private long _syncOf = -1;
    private ulong _homeTid;
    private ulong _divideTid;
    private bool _isRefused;

    /// <summary>How often it was asked what is under way.</summary>
    private int _asks;
    private long _number = -1;
    private ClientRequest _request = new(0, ClientOp.Lookup);

    /// <summary>The same as it was sent last, where it may be sent twice.</summary>
    private ClientRequest? _sent;
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
    public Peer? Serving => _isMet && _protocol.IsOpen ? _rank : null;

    public void Start()
    {
        _protocol.NowMicros = _world.NowMicros;
        Think();
        Renew();
    }

    public void Step(in RankEvent item)
    {
        _protocol.NowMicros = _world.NowMicros;
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
            case RankEventKind.Timer when item.Token == SilenceToken:
                SendTwice();
                break;
            case RankEventKind.PeerGone when item.From == _rank:
                EndChannel();
                Meet();
                break;
            case RankEventKind.Message when item.From == _rank:
                Take(item.Message!);
                break;
        }
    }

    /// <summary>It dies: nobody hears any more what becomes of what it asked.</summary>
    public void Dispose()
    {
        if (_number >= 0)
            _scenario.Abandoned(_number);
        foreach (SimFlush flush in _flushes.Values)
            _scenario.Attributes.FlushAbandoned(flush, _scenario.PresentLife);
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"client {_index} operation {_number} {_request.Op}");

    private byte[] PathOf(int name) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_scenario.Home}/n{name}"));

    private void Think(long moreMicros = 0) => _world.SetTimer(
        ThinkToken, moreMicros + (long)(TraceHash.Mix(_scenario.SeedOf(_number), (ulong)_index) % ThinkMicrosMax));

    /// <summary>Makes sure of a channel to the rank's present life, and of a session there; false while there is none.</summary>
    private bool Meet()
    {
        Peer? rank = _world.Find(PeerKind.Rank, 0);
        if (rank is null || (_isMet && rank == _rank))
            return rank is not null;
        EndChannel();
        (_rank, _isMet) = (rank, true);
        _protocol.ChannelBegan();
        ForgetFlushes();
        Send();
        return true;
    }

    private void EndChannel()
    {
        if (_isMet)
            _protocol.ChannelEnded();
        _isMet = false;
        EndSync();
    }

    /// <summary>Sends what the protocol has to say.</summary>
    private void Send()
    {
        foreach (Message message in _protocol.Out)
        {
            if (message is CapUpdate { Dirty: not CapBits.None } update)
                NoteFlush(update);
            else if (message is ClientRequest request && request.Tid == _request.Tid)
                Asked(request);
            _world.Send(_rank!.Value, message);
        }

        _protocol.Out.Clear();
    }

    /// <summary>Asks, under a new number.</summary>
    private ulong Ask(ClientRequest request, RankRequest what)
    {
        if (_protocol.Begin(ref request, what))
            _world.Send(_rank!.Value, request);
        return request.Tid;
    }

    private void Asked(ClientRequest sent)
    {
        _asks++;
        _isRefused = false;
        if (!_scenario.RepeatsIntoSilence)
            return;
        _sent = sent;
        _world.SetTimer(SilenceToken, SilenceMicros);
    }

    /// <summary>What the protocol does not do: asks again since there is no answer yet, by the same channel.</summary>
    private void SendTwice()
    {
        if (_number >= 0 && _isMet && _protocol.IsOpen && !_isRefused && _sent?.Tid == _request.Tid)
            _world.Send(_rank!.Value, _sent);
    }

    private void Begin()
    {
        if (!Meet())
        {
            _world.SetTimer(ThinkToken, AbsentMicros);
            return;
        }

        if (_number >= 0)
        {
            if (_isRefused)
                _protocol.TryRepeat(_request.Tid);
            Send();
            if (_isRefused)
                _world.SetTimer(ThinkToken, AbsentMicros);
            return;
        }

        if (_scenario.Home.Length > 0 && !_hasHome && !_scenario.IsSettling)
        {
            if (_homeTid == 0)
                _homeTid = Ask(new ClientRequest(0, ClientOp.MakeDirectory) { Path = HomePath() }, RankRequest.Home);
            _world.SetTimer(ThinkToken, AbsentMicros);
            return;
        }

        _number = _scenario.NextOperation(_index);
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
        if (_scenario.Home.Length > 0)
            Divide();
    }

    private byte[] HomePath() => Encoding.ASCII.GetBytes(_scenario.Home);

    /// <summary>Now and then has the directory divided anew, and does not care what becomes of it.</summary>
    private void Divide()
    {
        var random = new SeededRandom(TraceHash.Mix(_scenario.SeedOf(_number), DivideSalt));
        if (random.NextInt(DivideOneIn) != 0)
            return;
        _protocol.Forget(_divideTid);
        _divideTid = Ask(
            new ClientRequest(0, ClientOp.Fragment) { Path = HomePath(), SplitBits = random.NextInt(3) }, RankRequest.Divide);
    }

    private void Draw(SeededRandom random)
    {
        ClientOp op = s_operations[random.NextInt(s_operations.Length)];
        _first = random.NextInt(_scenario.Names);
        int second = (_first + 1 + random.NextInt(_scenario.Names - 1)) % _scenario.Names;
        (_doneIn, _asks, _isRefused) = (null, 0, false);
        if (op == ClientOp.Close && TryPickToClose(random, out Ino ino))
        {
            AskFor(new ClientRequest(_protocol.NextTid(), ClientOp.Close) { Base = ino });
            return;
        }

        OpenFlags flags = op switch
        {
            ClientOp.Open => OpenFlags.Keep | OpenFlags.Read | (random.NextBool(0.5) ? OpenFlags.Write : OpenFlags.None),
            ClientOp.Rename when _scenario.Exchanges && random.NextInt(ExchangeOneIn) == 0 => OpenFlags.Exchange,
            _ => OpenFlags.None,
        };
        op = op == ClientOp.Close ? ClientOp.Lookup : op;
        ClientRequest request = new(_protocol.NextTid(), op)
        {
            Path = PathOf(_first),
            Path2 = PathOf(second),
            Flags = flags,
            Changes = DrawChanges(op, random),
        };
        _scenario.Invoked(_number, request, _first, second);
        AskFor(request);
    }

    /// <summary>Asks now, or when there is a session.</summary>
    private void AskFor(ClientRequest request)
    {
        _request = request;
        if (!_protocol.Begin(ref request, RankRequest.Operation))
            return;
        Asked(request);
        _world.Send(_rank!.Value, request);
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
}
