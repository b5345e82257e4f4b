// The authority over the cluster map as a process has it: calls come in over TCP, time passes, maps are stored and journals
// fenced by threads that may wait.
//
// Threads: the authority is called by one thread alone, which takes what happened from a queue; connections, the timer and the
// threads that store and fence put it there.
// Ownership: the endpoint and the threads are this object's; store and fence are the caller's, used until Dispose has returned.

using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>Serves the cluster map.</summary>
public sealed class MapServer : IMapEnvironment, IEndpointHandler, IDisposable
{
    private const int TicksPerBeacon = 2;

    private readonly Queue<Action> _work = new();
    private readonly ConcurrentDictionary<ulong, Connection> _connections = new();
    private readonly Func<ClusterMap, IoError> _store;
    private readonly Func<RankId, ulong, IoError> _fence;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly MapAuthority _authority;
    private readonly Thread _thread;
    private readonly List<Thread> _waiting = [];
    private readonly ITimer _timer;
    private volatile ClusterMap _map;
    private bool _isStopping;

    /// <summary>Begins to serve; <see cref="Endpoint"/> is to listen.</summary>
    /// <param name="options">How failure is found.</param>
    /// <param name="stored">The map that was stored last.</param>
    /// <param name="endpoint">How it talks; it is <see cref="Peer.Map"/>.</param>
    /// <param name="store">Makes a map durable; may wait.</param>
    /// <param name="fence">Raises a rank's journal to an incarnation; may wait.</param>
    public MapServer(
        MapOptions options, ClusterMap stored, EndpointOptions endpoint, Func<ClusterMap, IoError> store,
        Func<RankId, ulong, IoError> fence)
    {
        Invariant.That(endpoint.Self == Peer.Map);
        (_store, _fence, _map, _clock) = (store, fence, stored, endpoint.Clock);
        _start = _clock.GetTimestamp();
        Endpoint = new Endpoint(endpoint, this);
        _authority = new MapAuthority(options, stored, this);
        _thread = new Thread(Work) { IsBackground = true, Name = "engine-map" };
        _thread.Start();
        var tick = TimeSpan.FromMicroseconds((double)options.BeaconMicros / TicksPerBeacon);
        _timer = _clock.CreateTimer(static self => ((MapServer)self!).Post(((MapServer)self)._authority.Tick), this, tick, tick);
    }

    /// <summary>Its connections.</summary>
    public Endpoint Endpoint { get; }

    /// <summary>The map that holds. Any thread.</summary>
    public ClusterMap Map => _map;

    /// <inheritdoc/>
    public long NowMicros => (long)_clock.GetElapsedTime(_start).TotalMicroseconds;

    /// <summary>Ends: nobody is heard any more, and what is being stored or fenced ends first.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        Endpoint.Dispose();
        lock (_work)
        {
            _isStopping = true;
            Monitor.Pulse(_work);
        }

        _thread.Join();
        foreach (Thread thread in _waiting)
            thread.Join();
    }

    void IMapEnvironment.Store(ClusterMap map) => Wait("engine-map-store", () =>
    {
        IoError error = _store(map);
        Post(() =>
        {
            if (!error.Failed)
                _map = map;
            _authority.Stored(map, error);
        });
    });

    void IMapEnvironment.Fence(RankId rank, ulong incarnation) => Wait("engine-map-fence", () =>
    {
        IoError error = _fence(rank, incarnation);
        Post(() => _authority.Fenced(rank, error));
    });

    void IMapEnvironment.Send(ulong process, ClusterMap map)
    {
        // One that cannot be reached calls again, and says which map it has.
        if (_connections.TryGetValue(process, out Connection? connection))
            _ = connection.TrySend(map);
    }

    Refusal IEndpointHandler.Admit(Peer peer) => peer is { Kind: PeerKind.Client, Id: > 0 }
        ? default
        : new Refusal(RefusalReason.Address, $"the cluster map hears processes, not {peer}");

    void IEndpointHandler.Opened(Connection connection) => _connections[(ulong)connection.Peer.Id] = connection;

    void IEndpointHandler.Received(Connection connection, Message message)
    {
        if (message is Beacon beacon && beacon.Process == (ulong)connection.Peer.Id)
            Post(() => _authority.Heard(beacon));
        else
            connection.Abort("a process says who it is, and nothing else, to the cluster map");
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
        ulong process = (ulong)connection.Peer.Id;
        _connections.TryRemove(new KeyValuePair<ulong, Connection>(process, connection));

        // An orderly end is a farewell. After any other the process may be there: silence tells.
        if (end.Kind == EndKind.Orderly)
            Post(() => _authority.Gone(process));
    }

    void IEndpointHandler.DialFailed(Peer to, ConnectionEnd end)
    {
    }

    /// <summary>Has the authority hear of something, unless it hears nothing any more.</summary>
    private void Post(Action happened)
    {
        lock (_work)
        {
            _work.Enqueue(happened);
            Monitor.Pulse(_work);
        }
    }

    private void Work()
    {
        while (TryTake(out Action? happened))
            happened();
    }

    private bool TryTake([NotNullWhen(true)] out Action? happened)
    {
        lock (_work)
        {
            while (_work.Count == 0 && !_isStopping)
                Monitor.Wait(_work);
            happened = _isStopping ? null : _work.Dequeue();
            return happened is not null;
        }
    }

    /// <summary>Has a thread of its own wait for something; called by the authority's thread, or before that begins.</summary>
    private void Wait(string name, Action wait)
    {
        _waiting.RemoveAll(static thread => !thread.IsAlive);
        var thread = new Thread(() => wait()) { IsBackground = true, Name = name };
        _waiting.Add(thread);
        thread.Start();
    }
}
