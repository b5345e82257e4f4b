// A client of the rank scenario: one operation at a time on a few names of a few directories, drawn from a generator of its own.
// What it never heard the end of may have happened or not: it goes on with something else.
using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>A client of the rank scenario.</summary>
internal sealed class RankClient : ISimActor
{
    private const long TimeoutMicros = 3_000_000;
    private const long PauseMicros = 600;
    private const long AbsentMicros = 3_000;
    private const ulong ThinkMicrosMax = 400;
    private const ulong ThinkToken = ulong.MaxValue;
    private const ulong HomeTid = ulong.MaxValue - 1;
    private const ulong DivideTid = ulong.MaxValue - 2;
    private const int DivideOneIn = 24;

    private static readonly IoError s_noSession = new(107);

    private static readonly ClientOp[] s_operations =
        [ClientOp.Create, ClientOp.Create, ClientOp.Unlink, ClientOp.Lookup, ClientOp.Lookup, ClientOp.Rename];

    private readonly SimEnvironment _world;
    private readonly RankScenario _scenario;
    private readonly long _index;
    private Peer? _rank;
    private Peer? _sessionWith;
    private bool _hasSession;
    private long _round;
    private long _number = -1;
    private ClientOp _op;
    private int _first;
    private int _second;
    private bool _hasHome;

    public RankClient(SimEnvironment world, RankScenario scenario, long index)
    {
        _world = world;
        _scenario = scenario;
        _index = index;
    }

    public bool HasStopped => false;

    public bool IsDone { get; private set; }

    public bool IsBusy => _number >= 0;

    public void Start() => Think();

    public void Step(in RankEvent item)
    {
        switch (item.Kind)
        {
            case RankEventKind.Timer when item.Token == ThinkToken:
                Begin();
                break;
            case RankEventKind.Timer when IsBusy && item.Token == (ulong)_number:
                Forget();
                break;
            case RankEventKind.PeerGone when item.From == _rank:
                _sessionWith = null;
                if (IsBusy)
                    Forget();
                Greet();
                break;
            case RankEventKind.Message when item.Message is SessionClosed && item.From == _rank:
                _hasSession = false;
                _sessionWith = null;
                break;
            case RankEventKind.Message when item.Message is ClientReply { Tid: HomeTid, IsSafe: true } made:
                _hasHome |= made.Error.IsNone || made.Error == IoError.Exists;
                break;
            case RankEventKind.Message when item.From == _rank && item.Message is ClientReply reply:
                Handle(reply);
                break;
        }
    }

    public void Dispose()
    {
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"client {_index} operation {_number} {_op}");

    private byte[] PathOf(int name) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_scenario.Home}/n{name}"));

    private void Think(long moreMicros = 0) => _world.SetTimer(
        ThinkToken, moreMicros + (long)(TraceHash.Mix(_scenario.SeedOf(_number), (ulong)_index) % ThinkMicrosMax));

    private void Begin()
    {
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

        Draw();
        ClientRequest request = new((ulong)_number + 1, _op) { Path = PathOf(_first), Path2 = PathOf(_second) };
        _world.SetTimer((ulong)_number, TimeoutMicros);
        _world.Send(_rank!.Value, request);
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

    /// <summary>Makes sure of a session with the rank's present life.</summary>
    private bool Greet()
    {
        _rank = _world.Find(PeerKind.Rank, 0);
        if (_rank is not { } rank || _sessionWith == rank)
            return _rank is not null;
        _world.Send(rank, _hasSession ? new Reconnect([]) : new SessionOpen("simulated"));
        _sessionWith = rank;
        _hasSession = true;
        return true;
    }

    private void Draw()
    {
        var random = new SeededRandom(_scenario.SeedOf(_number));
        _op = s_operations[random.NextInt(s_operations.Length)];
        _first = random.NextInt(_scenario.Names);
        _second = (_first + 1 + random.NextInt(_scenario.Names - 1)) % _scenario.Names;
        _scenario.Invoked(_number, _op, _first, _second);
    }

    private void Handle(ClientReply reply)
    {
        if (!IsBusy || reply.Tid != (ulong)_number + 1 || !reply.IsSafe)
            return;

        // A rank that recovers or ends says so, and has done nothing.
        if (reply.Error == IoError.Io || reply.Error == s_noSession || reply.Error == IoError.Again)
        {
            _sessionWith = reply.Error == IoError.Io ? _sessionWith : null;
            Forget();
            return;
        }

        _scenario.Responded(_number, reply);
        _number = -1;
        Think();
    }

    /// <summary>Whether it happened stays open.</summary>
    private void Forget()
    {
        _scenario.Abandoned(_number);
        _number = -1;
        Think(AbsentMicros);
    }
}
