// A rank's channels over TCP: what its loop sends goes to connections, what these bring goes to its inbox.
//
// A channel is with one instance of a peer. What the rank sends before there is a connection waits for it; a call that fails or a
// connection that ends, ends the channel: what waited is lost, the rank is told once, and until it has heard that, whatever it
// still sends is lost too (Renew). So both ends see the same: messages in order, then an end, then perhaps a new beginning.
// The cluster map says which instances live: others are cut off before the map is handed on, and what they sent is not.
// Threads: everything is under one lock, which is taken before those of the endpoint, its connections and the inbox, and is
// never held while anything waits. The rank's thread sends; receivers hand in, and wait for room outside the lock.

using System.Net;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>A rank's network over TCP.</summary>
public sealed class RankNetwork : IRankNetwork, IEndpointHandler, IDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);

    private readonly object _gate = new();
    private readonly Dictionary<Peer, RankChannel> _channels = [];
    private readonly IRankInbox _inbox;
    private readonly RankNetworkOptions _waits;
    private readonly SeededRandom _random;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly ITimer _timer;
    private ClusterMap _map = ClusterMap.Empty;
    private bool _isStopping;

    /// <summary>A network without peers; it answers calls once its <see cref="Endpoint"/> listens.</summary>
    /// <param name="options">Who the rank is and how it talks.</param>
    /// <param name="waits">How it goes about peers that it cannot reach.</param>
    /// <param name="inbox">The rank's.</param>
    public RankNetwork(EndpointOptions options, RankNetworkOptions waits, IRankInbox inbox)
    {
        ArgumentNullException.ThrowIfNull(options);
        _inbox = inbox;
        _waits = waits;
        _random = new SeededRandom(waits.Seed);
        _clock = options.Clock;
        _start = _clock.GetTimestamp();
        Endpoint = new Endpoint(options, this);
        _timer = _clock.CreateTimer(static self => ((RankNetwork)self!).Tick(), this, s_tick, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Its connections.</summary>
    public Endpoint Endpoint { get; }

    private long NowMicros => (long)_clock.GetElapsedTime(_start).TotalMicroseconds;

    /// <summary>Says where a peer is reached.</summary>
    /// <param name="peer">The instance.</param>
    /// <param name="address">Where.</param>
    /// <param name="keep">Call it now, and again whenever the connection ends; else once there is something to send.</param>
    public void Know(Peer peer, IPEndPoint address, bool keep)
    {
        lock (_gate)
        {
            RankChannel channel = ChannelOf(peer);
            channel.Address = address;
            channel.IsKept = keep;
            if (!keep || !channel.Redial.Want())
                return;
            if (channel.Connection is null)
                Call(channel);
            else
                channel.Redial.Opened();
        }
    }

    /// <summary>Takes a map before the rank does: lives that it ends are cut off. What they sent and the rank has not taken is
    /// for the rank to drop. Of two ranks the lesser keeps a connection.</summary>
    public void TakeMap(ClusterMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        lock (_gate)
        {
            if (map.Epoch <= _map.Epoch)
                return;
            _map = map;
        }

        Peer self = Endpoint.Options.Self;
        for (int i = 0; i < map.Ranks.Count; i++)
        {
            ClusterRank rank = map.Ranks[i];
            if (self.Kind == PeerKind.Rank && self.Id == i)
                continue;
            Endpoint.Fence(new RankId(i), rank.IsUp ? rank.Incarnation : rank.Incarnation + 1);
            ForgetOthers(i, rank.IsUp ? rank.Incarnation : 0);
            if (rank.IsUp && IPEndPoint.TryParse(rank.Address, out IPEndPoint? address))
                Know(Peer.Of(new RankId(i), rank.Incarnation), address, keep: self.Kind != PeerKind.Rank || self.Id < i);
        }
    }

    /// <inheritdoc/>
    public void Send(Peer to, Message message)
    {
        lock (_gate)
        {
            RankChannel channel = ChannelOf(to);
            if (channel.Unheard > 0 || _isStopping)
                GiveUp(message);
            else if (channel.Connection is { } connection)
                Send(connection, message);
            else if (channel.Address is null || channel.Redial.State == RedialState.Hopeless
                || channel.Held.Count == RankChannel.HeldMax)
                EndLocked(channel, message);
            else
                Hold(channel, message);
        }
    }

    /// <inheritdoc/>
    public void Renew(Peer peer)
    {
        lock (_gate)
        {
            if (!_channels.TryGetValue(peer, out RankChannel? channel))
                return;
            channel.Unheard = Math.Max(0, channel.Unheard - 1);
            if (channel is { Address: null, Connection: null, Unheard: 0 })
                _channels.Remove(peer);
        }
    }

    /// <inheritdoc/>
    public void Withdraw(Peer to, PagesMessage message)
    {
        lock (_gate)
        {
            if (!_channels.TryGetValue(to, out RankChannel? channel))
                return;
            if (channel.Held.Remove(message))
                GiveUp(message);
            else
                channel.Connection?.Withdraw(message);
        }
    }

    /// <summary>Ends all connections and waits until their threads have ended. The inbox must take what they hand in, or let them
    /// go: a loop does that while it lives, and once it is disposed.</summary>
    public void Dispose()
    {
        lock (_gate)
            _isStopping = true;
        _timer.Dispose();
        Endpoint.Dispose();
        lock (_gate)
        {
            foreach (RankChannel channel in _channels.Values)
                channel.DropHeld();
        }
    }

    /// <inheritdoc/>
    Refusal IEndpointHandler.Admit(Peer peer)
    {
        lock (_gate)
        {
            if (peer.Kind != PeerKind.Rank || _map.Epoch == 0)
                return default;
            ClusterRank known = _map[new RankId((int)peer.Id)];
            bool isOver = peer.Incarnation < known.Incarnation || (peer.Incarnation == known.Incarnation && !known.IsUp);
            return isOver ? new Refusal(RefusalReason.Replaced, $"map {_map.Epoch} has {peer} ended") : default;
        }
    }

    /// <inheritdoc/>
    void IEndpointHandler.Opened(Connection connection)
    {
        lock (_gate)
        {
            RankChannel channel = ChannelOf(connection.Peer);
            channel.Connection = connection;
            channel.Redial.Opened();
            foreach (Message message in channel.Held)
                Send(connection, message);
            channel.Held.Clear();
        }
    }

    /// <inheritdoc/>
    void IEndpointHandler.Received(Connection connection, Message message)
    {
        lock (_gate)
        {
            if (!_channels.TryGetValue(connection.Peer, out RankChannel? channel) || channel.Connection != connection)
            {
                GiveUp(message);
                return;
            }

            _inbox.Deliver(connection.Peer, message);
        }

        _inbox.WaitForRoom();
    }

    /// <inheritdoc/>
    void IEndpointHandler.Sent(Connection connection, PagesMessage message)
    {
    }

    /// <inheritdoc/>
    void IEndpointHandler.Writable(Connection connection)
    {
    }

    /// <summary>A message that does not arrive ends the channel, as when there is no room for it here.</summary>
    void IEndpointHandler.Declined(Connection connection, PagesMessage message) =>
        connection.Abort($"{connection.Peer} has no room for {message.GetType().Name}");

    /// <inheritdoc/>
    void IEndpointHandler.Closed(Connection connection, ConnectionEnd end)
    {
        lock (_gate)
        {
            if (!_channels.TryGetValue(connection.Peer, out RankChannel? channel) || channel.Connection != connection)
                return;
            channel.Connection = null;
            EndLocked(channel, null);
            channel.Redial.Lost(NowMicros);
        }
    }

    /// <inheritdoc/>
    void IEndpointHandler.DialFailed(Peer to, ConnectionEnd end)
    {
        lock (_gate)
        {
            if (!_channels.TryGetValue(to, out RankChannel? channel) || channel.Connection is not null)
                return;
            channel.Redial.Failed(NowMicros, end);
            // The peer's own call is on its way, or this one crossed with it.
            if (end.Refusal == RefusalReason.Crossed)
                return;
            if (channel.DropHeld())
                EndLocked(channel, null);
        }
    }

    /// <summary>Gives the pages of a message back that is not sent or not handled.</summary>
    internal static void GiveUp(Message message) => (message as PagesMessage)?.Pages.Dispose();

    /// <summary>What cannot be queued ends the channel: nothing is lost from its middle.</summary>
    private static void Send(Connection connection, Message message)
    {
        SendOutcome outcome = connection.TrySend(message);
        if (outcome == SendOutcome.Queued)
            return;
        GiveUp(message);
        if (outcome == SendOutcome.Full)
            connection.Finish(new ConnectionEnd(EndKind.Overflow, $"too much waits to be sent to {connection.Peer}"));
        else if (outcome == SendOutcome.Unsendable)
            connection.Abort($"a {message.GetType().Name} cannot be sent");
    }

    private void Hold(RankChannel channel, Message message)
    {
        channel.Held.Add(message);
        if (channel.Redial.Want())
            Call(channel);
    }

    /// <summary>The channel has ended, and the rank is told.</summary>
    private void EndLocked(RankChannel channel, Message? message)
    {
        if (message is not null)
            GiveUp(message);
        channel.DropHeld();
        channel.Unheard++;
        _inbox.PeerGone(channel.Peer);
    }

    /// <summary>Instances of a rank that the map does not have alive: nobody calls them any more.</summary>
    private void ForgetOthers(int rank, ulong alive)
    {
        lock (_gate)
        {
            foreach (RankChannel channel in _channels.Values)
            {
                if (channel.Peer.Kind != PeerKind.Rank || channel.Peer.Id != rank || channel.Peer.Incarnation == alive)
                    continue;
                if (channel.Connection is null && channel.DropHeld())
                    EndLocked(channel, null);
                channel.Address = null;
                channel.IsKept = false;
                channel.Redial.Forget();
            }
        }
    }

    private RankChannel ChannelOf(Peer peer)
    {
        if (!_channels.TryGetValue(peer, out RankChannel? channel))
        {
            channel = new RankChannel(
                peer, new Redial(_waits.FirstWaitMicros, _waits.LongestWaitMicros, _random.Fork()));
            _channels.Add(peer, channel);
        }

        return channel;
    }

    /// <summary>A call to another life of the same rank may be under way: then this one is tried again.</summary>
    private void Call(RankChannel channel)
    {
        if (!Endpoint.TryDial(channel.Peer, channel.Address!))
            channel.Redial.Failed(NowMicros, new ConnectionEnd(EndKind.Unreachable, "another call is under way"));
    }

    private void Tick()
    {
        lock (_gate)
        {
            if (_isStopping)
                return;
            long now = NowMicros;
            foreach (RankChannel channel in _channels.Values)
            {
                if (channel.Connection is not null || channel.Address is null || !channel.Redial.Tick(now))
                    continue;
                if (channel.IsKept || channel.Held.Count > 0)
                    Call(channel);
                else
                    channel.Redial.Forget();
            }
        }

        _timer.Change(s_tick, Timeout.InfiniteTimeSpan);
    }
}
