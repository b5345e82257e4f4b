// One end of many connections: calls peers, answers calls, keeps time, and knows one connection for each peer.
//
// Threads: one that answers calls, a timer, and those of the connections. The tables are under one lock, which is never held
// while a handler is called or another thread is waited for.
// Who wins: of two connections with one peer the later, by the caller's count of its calls; of two that crossed, the one that was
// called by the lesser of the two. A later incarnation of a rank ends the connections of earlier ones, and those are refused from
// then on.

using System.Net;
using System.Net.Sockets;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>Connections with peers.</summary>
public sealed class Endpoint : IDisposable
{
    /// <summary>Ticks within the time between two heartbeats.</summary>
    private const int TicksPerHeartbeat = 4;

    private const int DialsPerMsBits = 16;
    private const int Backlog = 512;
    private const int RetryAnswerMs = 100;

    private readonly object _gate = new();
    private readonly HashSet<Connection> _all = [];
    private readonly Dictionary<Peer, Connection> _byPeer = [];
    private readonly Dictionary<(PeerKind Kind, long Id), Connection> _calls = [];
    private readonly Dictionary<long, ulong> _newest = [];
    private readonly long[] _ends = new long[Enum.GetValues<EndKind>().Length];
    private readonly ITimer _timer;
    private readonly TimeSpan _tick;
    private Socket? _listener;
    private Thread? _answering;
    private ulong _lastDial;
    private int _greeting;
    private long _opened;
    private long _turnedAway;
    private bool _isStopping;

    /// <summary>An end without connections.</summary>
    public Endpoint(EndpointOptions options, IEndpointHandler handler)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handler);
        options.Validate();
        Options = options;
        Handler = handler;
        // Later than any of an earlier process of the same name.
        _lastDial = (ulong)options.Clock.GetUtcNow().ToUnixTimeMilliseconds() << DialsPerMsBits;
        _tick = TimeSpan.FromMilliseconds(Math.Max(1, options.HeartbeatMs / TicksPerHeartbeat));
        _timer = options.Clock.CreateTimer(static self => ((Endpoint)self!).Tick(), this, _tick, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How it talks.</summary>
    public EndpointOptions Options { get; }

    /// <summary>Where calls are answered; null when they are not.</summary>
    public IPEndPoint? Address => (IPEndPoint?)_listener?.LocalEndPoint;

    /// <summary>How its connections have fared.</summary>
    public EndpointStatistics Statistics
    {
        get
        {
            lock (_gate)
                return new EndpointStatistics(_opened, _all.Count, _turnedAway);
        }
    }

    internal IEndpointHandler Handler { get; }

    /// <summary>Connections and calls that ended so.</summary>
    public long CountOf(EndKind kind) => Interlocked.Read(ref _ends[(int)kind]);

    /// <summary>Begins to answer calls.</summary>
    /// <exception cref="IOException">The address cannot be had.</exception>
    public void Listen(IPEndPoint at)
    {
        ArgumentNullException.ThrowIfNull(at);
        Invariant.That(_listener is null);
        var listener = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(at);
            listener.Listen(Backlog);
        }
        catch (SocketException failure)
        {
            listener.Dispose();
            throw new IOException($"cannot listen at {at}: {failure.Message}; choose another address", failure);
        }

        _listener = listener;
        _answering = new Thread(AnswerCalls) { IsBackground = true, Name = "engine-net-answer" };
        _answering.Start();
    }

    /// <summary>Calls a peer. The handler is told once what came of it: <see cref="IEndpointHandler.Opened"/> or
    /// <see cref="IEndpointHandler.DialFailed"/>. False while a call to it is under way already, or this end stops.</summary>
    /// <param name="to">Whom; incarnation 0 is whichever lives.</param>
    /// <param name="address">Where.</param>
    public bool TryDial(Peer to, IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Connection connection;
        lock (_gate)
        {
            if (_isStopping || _calls.ContainsKey((to.Kind, to.Id)))
                return false;
            connection = Connection.Call(this, to, ++_lastDial, address);
            _calls.Add((to.Kind, to.Id), connection);
            _all.Add(connection);
            _greeting++;
        }

        connection.Start();
        return true;
    }

    /// <summary>The open connection with this instance, if there is one.</summary>
    public Connection? Find(Peer peer)
    {
        lock (_gate)
            return _byPeer.GetValueOrDefault(peer) is { State: ConnectionState.Open } connection ? connection : null;
    }

    /// <summary>Ends connections with incarnations of a rank before this one, and refuses them from now on.</summary>
    public void Fence(RankId rank, ulong incarnation)
    {
        List<Connection> old;
        lock (_gate)
            old = NoteIncarnationLocked(rank.Value, incarnation);
        foreach (Connection connection in old)
            connection.Finish(new ConnectionEnd(EndKind.Superseded, $"{rank} lives as incarnation {incarnation}"));
    }

    /// <summary>Ends everything now and waits until the handler has been told. Not from a handler.</summary>
    public void Dispose()
    {
        Connection[] all;
        lock (_gate)
        {
            _isStopping = true;
            all = [.. _all];
            Monitor.PulseAll(_gate);
        }

        _timer.Dispose();
        _listener?.Dispose();
        _answering?.Join();
        foreach (Connection connection in all)
            connection.Finish(new ConnectionEnd(EndKind.Stopped, "this end stops"));
        foreach (Connection connection in all)
            connection.Join();
    }

    /// <summary>A connection is to be the one with this peer, or is told why not; the one before is given to be ended.</summary>
    internal Refusal Enter(Connection connection, Peer peer, out Connection? replaced)
    {
        replaced = null;
        List<Connection> old = [];
        lock (_gate)
        {
            Refusal refusal = JudgeLocked(connection, peer);
            if (refusal.Reason != RefusalReason.None)
                return refusal;
            if (peer.Kind == PeerKind.Rank)
                old = NoteIncarnationLocked(peer.Id, peer.Incarnation);
            _byPeer.Remove(peer, out replaced);
            _byPeer.Add(peer, connection);
            connection.HasEntered = true;
            _greeting--;
            _opened++;
        }

        foreach (Connection each in old)
            each.Finish(new ConnectionEnd(EndKind.Superseded, $"{peer} took its place"));
        return default;
    }

    /// <summary>A connection ended and has let go of everything.</summary>
    internal void Ended(Connection connection, bool wasOpen, ConnectionEnd end)
    {
        Interlocked.Increment(ref _ends[(int)end.Kind]);
        Peer peer = connection.Peer;
        lock (_gate)
        {
            if (!connection.HasEntered)
                _greeting--;
            else if (_byPeer.GetValueOrDefault(peer) == connection)
                _byPeer.Remove(peer);
            if (_calls.GetValueOrDefault((peer.Kind, peer.Id)) == connection)
                _calls.Remove((peer.Kind, peer.Id));
        }

        if (wasOpen)
            Handler.Closed(connection, end);
        else if (connection.IsDialler)
            Handler.DialFailed(peer, end);
        lock (_gate)
            _all.Remove(connection);
    }

    private Refusal JudgeLocked(Connection connection, Peer peer)
    {
        if (_isStopping)
            return new Refusal(RefusalReason.Stopping, $"{Options.Self} is about to end");
        if (peer.Kind == PeerKind.Rank && _newest.GetValueOrDefault(peer.Id) is var newest && peer.Incarnation < newest)
            return new Refusal(RefusalReason.Replaced, $"{peer} was replaced by incarnation {newest}");
        _calls.TryGetValue((peer.Kind, peer.Id), out Connection? call);
        if (connection == call)
            _calls.Remove((peer.Kind, peer.Id));
        if (_byPeer.TryGetValue(peer, out Connection? other))
            return JudgeLocked(connection, other, peer);
        if (call is not null && connection != call && IsLesser(Options.Self, peer))
            return new Refusal(RefusalReason.Crossed, $"{Options.Self} called {peer} at the same time");
        if (_byPeer.Count >= Options.ConnectionsMax)
            return new Refusal(RefusalReason.Full, $"{Options.Self} has {_byPeer.Count} connections");
        return default;
    }

    /// <summary>A connection beside one that is there.</summary>
    private Refusal JudgeLocked(Connection connection, Connection other, Peer peer)
    {
        bool wins = connection.IsDialler == other.IsDialler
            ? connection.Dial > other.Dial
            : connection.IsDialler == IsLesser(Options.Self, peer);
        return wins ? default : new Refusal(RefusalReason.Crossed, $"{Options.Self} and {peer} have a connection");
    }

    private static bool IsLesser(Peer one, Peer other) => (one.Kind, one.Id).CompareTo((other.Kind, other.Id)) < 0;

    /// <summary>Connections of earlier incarnations.</summary>
    private List<Connection> NoteIncarnationLocked(long rank, ulong incarnation)
    {
        List<Connection> old = [];
        if (incarnation <= _newest.GetValueOrDefault(rank))
            return old;
        _newest[rank] = incarnation;
        foreach ((Peer peer, Connection connection) in _byPeer)
        {
            if (peer.Kind == PeerKind.Rank && peer.Id == rank && peer.Incarnation < incarnation)
                old.Add(connection);
        }

        return old;
    }

    private void AnswerCalls()
    {
        while (!Volatile.Read(ref _isStopping))
        {
            try
            {
                Take(_listener!.Accept());
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // The listener is gone, or the process has no descriptor left: then others may be given back in a while.
                lock (_gate)
                {
                    if (!_isStopping)
                        Monitor.Wait(_gate, RetryAnswerMs);
                }
            }
        }
    }

    private void Take(Socket socket)
    {
        Connection? connection = null;
        lock (_gate)
        {
            if (_isStopping || _greeting >= Options.HandshakesMax)
            {
                _turnedAway++;
            }
            else
            {
                connection = Connection.Answer(this, socket);
                _all.Add(connection);
                _greeting++;
            }
        }

        if (connection is null)
            socket.Dispose();
        else
            connection.Start();
    }

    private void Tick()
    {
        long now = Options.Clock.GetTimestamp();
        Connection[] all;
        lock (_gate)
        {
            if (_isStopping)
                return;
            all = [.. _all];
        }

        foreach (Connection connection in all)
            connection.Tick(now);
        _timer.Change(_tick, Timeout.InfiniteTimeSpan);
    }
}
