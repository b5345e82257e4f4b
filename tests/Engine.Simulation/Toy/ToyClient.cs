// A client of the toy: one operation at a time, drawn from a generator of its own; it caches what it was lent, for a shorter
// time than the server thinks, and sends a request again to whatever life of the server there is.
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>A client of the toy scenario.</summary>
internal sealed class ToyClient : ISimActor
{
    private const long LeaseMicros = ToyServer.LeaseMicros * 2 / 3;
    private const long RetryMicros = 2_000;
    private const ulong ThinkMicrosMax = 400;
    private const long PauseMicros = 600;
    private const ulong ThinkToken = ulong.MaxValue;
    private const double WriteShare = 0.4;

    private readonly SimEnvironment _world;
    private readonly ToyScenario _scenario;
    private readonly long _index;
    private readonly (long Value, long EndsAt)[] _cached;
    private Peer? _server;
    private long _round;
    private long _number = -1;
    private int _history;
    private int _key;
    private bool _isWrite;
    private long _sentAt;
    private ulong _retries;

    public ToyClient(SimEnvironment world, ToyScenario scenario, long index, int keys)
    {
        _world = world;
        _scenario = scenario;
        _index = index;
        _cached = new (long Value, long EndsAt)[keys];
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
            case RankEventKind.Timer when IsBusy && item.Token == _retries:
                Send();
                break;
            case RankEventKind.PeerGone when item.From == _server:
                Array.Clear(_cached);
                Retry();
                break;
            case RankEventKind.Message when item.From == _server:
                Handle((ToyMessage)item.Message!);
                break;
        }
    }

    public void Dispose()
    {
    }

    public override string ToString() => $"client {_index} operation {_number} key {_key} {(_isWrite ? "put" : "get")}";

    /// <summary>How long is up to the operation before, so that leaving one out changes nothing for the others.</summary>
    private void Think(long moreMicros = 0) => _world.SetTimer(
        ThinkToken, moreMicros + (long)(TraceHash.Mix(_scenario.SeedOf(_number), (ulong)_index) % ThinkMicrosMax));

    private void Begin()
    {
        _number = _scenario.NextOperation(_index, ref _round);
        if (_number < 0)
        {
            IsDone = true;
            return;
        }

        if (!_scenario.Includes(_number))
        {
            Think(PauseMicros);
            _number = -1;
            return;
        }

        var random = new SeededRandom(_scenario.SeedOf(_number));
        _key = random.NextInt(_cached.Length);
        _isWrite = random.NextBool(WriteShare);
        _sentAt = _world.NowMicros;
        _history = _scenario.History.Invoke(_key, new RegisterOperation(_isWrite, _isWrite ? _number + 1 : 0));
        if (!_isWrite && _cached[_key].EndsAt > _sentAt)
        {
            End(_cached[_key].Value);
            return;
        }

        _cached[_key] = default;
        Send();
    }

    private void Send()
    {
        Peer? server = _world.Find(PeerKind.Rank, 0);
        if (server != _server)
            Array.Clear(_cached);
        _server = server;
        if (server is null)
        {
            Retry();
            return;
        }

        _world.Send(
            server.Value,
            new ToyMessage(_isWrite ? ToyMessageKind.Put : ToyMessageKind.Get, _number, _key, _isWrite ? _number + 1 : 0));
    }

    private void Retry()
    {
        if (IsBusy)
            _world.SetTimer(++_retries, RetryMicros);
    }

    private void Handle(ToyMessage message)
    {
        if (message.Kind == ToyMessageKind.Recall)
        {
            _cached[message.Key] = default;
            _world.Send(_server!.Value, new ToyMessage(ToyMessageKind.Recalled, message.Request, message.Key, 0));
            return;
        }

        if (message.Request != _number)
            return;
        if (message.Kind == ToyMessageKind.Value)
            _cached[_key] = (message.Value, _sentAt + LeaseMicros);
        End(message.Value);
    }

    private void End(long value)
    {
        _scenario.History.Respond(_history, new RegisterOperation(_isWrite, _isWrite ? _number + 1 : value));
        _retries++;
        Think();
        _number = -1;
    }
}
