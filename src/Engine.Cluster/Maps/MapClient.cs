// A process of the cluster as the authority over the map sees it: it calls, tells of itself, and hears of maps.
//
// Threads: everything is under one lock, which is never held while the owner is told something. Maps are told one after the
// other, newer ones only.

using System.Net;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>Keeps a process in the cluster map.</summary>
public sealed class MapClient : IEndpointHandler, IDisposable
{
    private const int TicksPerBeacon = 4;
    private const long FirstWaitMicros = 50_000;
    private const long LongestWaitMicros = 1_000_000;

    /// <summary>Who does not hear the farewell by then finds out by silence.</summary>
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly object _telling = new();
    private readonly IPEndPoint _map;
    private readonly Action<ClusterMap> _tell;
    private readonly Action<ConnectionEnd>? _refused;
    private readonly Redial _redial;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly long _beaconMicros;
    private readonly ITimer _timer;
    private Endpoint? _endpoint;
    private Connection? _connection;
    private Beacon _beacon;
    private long _saidAt = long.MinValue / 2;
    private ulong _epoch;
    private bool _isStopping;

    /// <summary>Begins to call.</summary>
    /// <param name="options">How it talks; it is a client with the process's number.</param>
    /// <param name="map">Where the authority is.</param>
    /// <param name="beacon">What it is at first.</param>
    /// <param name="beaconMicros">It tells of itself as often.</param>
    /// <param name="seed">Draws the times of its calls.</param>
    /// <param name="tell">Hears of each newer map; may wait.</param>
    /// <param name="refused">Hears that the authority will never let this process in, which calls no more then.</param>
    public MapClient(
        EndpointOptions options, IPEndPoint map, Beacon beacon, long beaconMicros, ulong seed, Action<ClusterMap> tell,
        Action<ConnectionEnd>? refused = null)
    {
        Invariant.That(options.Self is { Kind: PeerKind.Client, Id: > 0 } && (ulong)options.Self.Id == beacon.Process);
        (_map, _beacon, _beaconMicros, _clock) = (map, beacon, beaconMicros, options.Clock);
        (_tell, _refused) = (tell, refused);
        _start = _clock.GetTimestamp();
        _redial = new Redial(FirstWaitMicros, LongestWaitMicros, new SeededRandom(seed));
        lock (_gate)
        {
            _endpoint = new Endpoint(options, this);
            _redial.Want();
            Call();
        }

        var tick = TimeSpan.FromMicroseconds((double)beaconMicros / TicksPerBeacon);
        _timer = _clock.CreateTimer(static self => ((MapClient)self!).Tick(), this, tick, tick);
    }

    /// <summary>Does the authority hear this process now?</summary>
    public bool IsConnected
    {
        get
        {
            lock (_gate)
                return _connection is not null;
        }
    }

    private long NowMicros => (long)_clock.GetElapsedTime(_start).TotalMicroseconds;

    /// <summary>The process is something else now: told at once.</summary>
    /// <param name="rank">The rank that it is; none where it stands by.</param>
    /// <param name="incarnation">The life of it.</param>
    /// <param name="state">How far it is.</param>
    /// <param name="targets">Ranks that it has subtrees for, bit r for rank r.</param>
    public void Become(RankId rank, ulong incarnation, ClusterRankState state, ulong targets = 0)
    {
        lock (_gate)
        {
            _beacon = _beacon with { Rank = rank, Incarnation = incarnation, State = state, Targets = targets };
            Say();
        }
    }

    /// <summary>Takes leave for good: the authority hears of this process no more, and gives its rank to another. Does not
    /// wait.</summary>
    public void Leave()
    {
        Connection? connection;
        lock (_gate)
        {
            _isStopping = true;
            connection = _connection;
        }

        connection?.Close();
    }

    /// <summary>Takes leave, and ends.</summary>
    public void Dispose()
    {
        Endpoint? endpoint;
        lock (_gate)
        {
            _isStopping = true;
            _connection?.Close();
            if (_connection is not null)
                Monitor.Wait(_gate, s_farewell);
            endpoint = _endpoint;
            _endpoint = null;
        }

        _timer.Dispose();
        endpoint?.Dispose();
    }

    Refusal IEndpointHandler.Admit(Peer peer) => new(RefusalReason.Address, "a process takes no calls here");

    void IEndpointHandler.Opened(Connection connection)
    {
        lock (_gate)
        {
            if (_isStopping)
            {
                connection.Close();
                return;
            }

            _connection = connection;
            _redial.Opened();
            Say();
        }
    }

    void IEndpointHandler.Received(Connection connection, Message message)
    {
        if (message is not ClusterMap map)
        {
            connection.Abort("the cluster map sends maps alone");
            return;
        }

        lock (_telling)
        {
            lock (_gate)
            {
                if (map.Epoch <= _epoch || _isStopping)
                    return;
            }

            _tell(map);
            // Only now: who tells of an epoch that gave it a rank, and of no rank, gives that back.
            lock (_gate)
                _epoch = map.Epoch;
        }
    }

    void IEndpointHandler.Sent(Connection connection, PagesMessage message)
    {
    }

    void IEndpointHandler.Writable(Connection connection)
    {
    }

    void IEndpointHandler.Declined(Connection connection, PagesMessage message)
    {
    }

    void IEndpointHandler.Closed(Connection connection, ConnectionEnd end)
    {
        lock (_gate)
        {
            if (_connection != connection)
                return;
            _connection = null;
            _redial.Lost(NowMicros);
            Monitor.PulseAll(_gate);
        }
    }

    void IEndpointHandler.DialFailed(Peer to, ConnectionEnd end)
    {
        bool isForGood;
        lock (_gate)
        {
            _redial.Failed(NowMicros, end);
            isForGood = _redial.State == RedialState.Hopeless && !_isStopping;
        }

        if (isForGood)
            _refused?.Invoke(end);
    }

    private void Tick()
    {
        lock (_gate)
        {
            if (_isStopping)
                return;
            if (_redial.Tick(NowMicros))
                Call();
            if (NowMicros - _saidAt >= _beaconMicros)
                Say();
        }
    }

    private void Call()
    {
        if (_endpoint?.TryDial(Peer.Map, _map) == false)
            _redial.Failed(NowMicros, new ConnectionEnd(EndKind.Unreachable, "another call is under way"));
    }

    /// <summary>Tells of itself, if it can: else it does as soon as there is a connection.</summary>
    private void Say()
    {
        if (!_isStopping && _connection?.TrySend(_beacon with { Epoch = _epoch }) == SendOutcome.Queued)
            _saidAt = NowMicros;
    }
}
