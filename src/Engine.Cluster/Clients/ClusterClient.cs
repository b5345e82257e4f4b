// A client of all ranks of a cluster: it puts each request to the rank that it takes for the right one, follows where it is sent
// on, and goes on with the next life of a rank that failed.
//
// Threads: one thread has the sessions and does everything; connections, the map and whoever asks put what happens into its
// queue. Answers are told on it.
// Invariants: every request is answered once, at the latest when its patience is over or the client ends; a request is with one
// rank at a time; numbers grow over all ranks, since what was done under one is known to whoever has the region.

using System.Diagnostics.CodeAnalysis;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>Asks the ranks of a cluster.</summary>
public sealed partial class ClusterClient : IRankInbox, IDisposable
{
    private const int WaitingMax = 8192;
    private const long TickMicros = 50_000;
    private const long RenewMicros = 4_000_000;
    private const long AgainMicros = 500_000;

    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly ClusterClientOptions _options;
    private readonly long _start;
    private readonly Thread _thread;
    private readonly RankNetwork _network;
    private readonly MapClient _mapClient;
    private readonly List<ClusterLink> _links = [];
    private readonly Dictionary<ulong, ClientCall> _calls = [];
    private readonly SubtreeRoutes _routes = new();
    private List<Action> _inbox = [];
    private List<Action> _taken = [];
    private volatile ClusterMap _map = ClusterMap.Empty;
    private ulong _lastTid;
    private long _tickAt;
    private long _renewAt;
    private bool _isClosing;
    private bool _isStopping;

    /// <summary>Begins to look for the ranks.</summary>
    public ClusterClient(ClusterClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _start) = (options, options.Clock.GetTimestamp());
        var endpoint = new EndpointOptions
        {
            Self = Peer.Of(new ClientId(options.Process)), Cluster = options.Cluster, Formats = options.Formats,
            Clock = options.Clock,
        };
        _network = new RankNetwork(endpoint, RankNetworkOptions.Usual((ulong)options.Process), this);
        _thread = new Thread(Work) { IsBackground = true, Name = "engine-client" };
        _thread.Start();
        // Without an address it is nobody's rank.
        var beacon = new Beacon((ulong)options.Process, "", RankId.None, 0, ClusterRankState.None, RankId.None, 0);
        _mapClient = new MapClient(
            endpoint, options.Map, beacon, options.BeaconMicros, (ulong)options.Process, map => Post(() => Take(map)));
    }

    /// <summary>The newest map that has come; <see cref="ClusterMap.Empty"/> before any has.</summary>
    public ClusterMap Map => _map;

    /// <summary>Told of each newer map, on the client's thread. Must not block.</summary>
    public Action<ClusterMap>? MapChanged { get; set; }

    /// <summary>Requests that were sent on by a rank.</summary>
    public long Forwards { get; private set; }

    private long NowMicros => (long)_options.Clock.GetElapsedTime(_start).TotalMicroseconds;

    /// <summary>Asks. Any thread.</summary>
    /// <param name="request">What; it is given its number here.</param>
    /// <param name="answered">Hears of the answer, once it is safe, on the client's thread. Must not block.</param>
    public void Ask(ClientRequest request, Action<ClientRequest, ClientReply> answered)
    {
        ArgumentNullException.ThrowIfNull(request);
        long due = NowMicros + (long)_options.Patience.TotalMicroseconds;
        Post(() =>
        {
            if (_isClosing)
                answered(request, new ClientReply(0, IoError.Shutdown));
            else
                Put(new ClientCall(request with { OnlySafe = true }, answered, due), _routes.Find(request));
        });
    }

    /// <summary>Ends the sessions, as far as ranks can be reached within a second, and the client. What is under way ends with
    /// ESHUTDOWN.</summary>
    public void Dispose()
    {
        Post(Close);
        lock (_gate)
        {
            long until = NowMicros + (long)s_farewell.TotalMicroseconds;
            while (!_isStopping && NowMicros < until)
                Monitor.Wait(_gate, s_farewell);
            _isStopping = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
        _mapClient.Dispose();
        _network.Dispose();
    }

    void IRankInbox.Deliver(Peer from, Message message) => Post(() => Handle(from, message));

    void IRankInbox.PeerGone(Peer peer) => Post(() => Gone(peer));

    void IRankInbox.WaitForRoom()
    {
        lock (_gate)
        {
            while (_inbox.Count >= WaitingMax && !_isStopping)
                Monitor.Wait(_gate);
        }
    }

    private void Post(Action happened)
    {
        lock (_gate)
        {
            _inbox.Add(happened);
            if (_inbox.Count == 1)
                Monitor.PulseAll(_gate);
        }
    }

    private void Work()
    {
        while (Take())
        {
            foreach (Action happened in _taken)
                happened();
            _taken.Clear();
            if (NowMicros >= _tickAt)
                Tick();
        }
    }

    /// <summary>Waits for what happens, or for the next tick; false once the client ends.</summary>
    private bool Take()
    {
        lock (_gate)
        {
            while (_inbox.Count == 0 && !_isStopping && NowMicros < _tickAt)
                Monitor.Wait(_gate, TimeSpan.FromMicroseconds(TickMicros));
            bool wasFull = _inbox.Count >= WaitingMax;
            (_inbox, _taken) = (_taken, _inbox);
            if (wasFull)
                Monitor.PulseAll(_gate);
            return !_isStopping;
        }
    }

    private void Take(ClusterMap map)
    {
        _map = map;
        _network.TakeMap(map);
        while (_links.Count < map.Ranks.Count)
            _links.Add(new ClusterLink(new RankId(_links.Count), _options.Name, Others));
        foreach (ClusterLink link in _links)
        {
            Meet(link);
            if (map[link.Rank].State == ClusterRankState.Stopped)
                Divert(link);
        }

        MapChanged?.Invoke(map);
    }

    /// <summary>Finds the rank's present life, and begins or goes on with the session there.</summary>
    private void Meet(ClusterLink link)
    {
        ClusterRank rank = _map[link.Rank];
        if (_isClosing || !rank.IsUp || rank.State < ClusterRankState.Reconnect)
            return;
        Peer life = Peer.Of(link.Rank, rank.Incarnation);
        if (life == link.Peer)
            return;
        if (link.Peer is not null)
            link.Protocol.ChannelEnded();
        link.Peer = life;
        NoteSent(link);
        link.Protocol.NowMicros = NowMicros;
        link.Protocol.ChannelBegan();
        Send(link);
    }

    private static void AskForSession(ClusterLink link)
    {
        link.AskAtMicros = 0;
        if (!link.Protocol.IsOpen)
            link.Protocol.ChannelBegan();
    }

    private void Gone(Peer peer)
    {
        _network.Renew(peer);
        ClusterLink? link = _links.Find(each => each.Peer == peer);
        if (link is null)
            return;
        link.Peer = null;
        link.Protocol.ChannelEnded();
    }

    private void Handle(Peer from, Message message)
    {
        (message as PagesMessage)?.Pages.Dispose();
        ClusterLink? link = _links.Find(each => each.Peer == from);
        if (link is null)
            return;
        if (message is ClientForward forward)
        {
            Follow(link, forward);
            return;
        }

        bool wasOpen = link.Protocol.IsOpen;
        // What moves between ranks is news for both.
        long now = NowMicros;
        foreach (ClusterLink each in _links)
            each.Protocol.NowMicros = now;
        ClientNews<ClientCall> news = link.Protocol.Take(message);
        if (news.Kind == ClientNewsKind.Opened && _isClosing)
            link.Protocol.Close();
        foreach (ClusterLink each in _links)
            Send(each);
        if (news.Kind == ClientNewsKind.Ended)
            Ended(link, wasOpen);
        else if (news.Kind == ClientNewsKind.Answered && news.Reply!.IsSafe)
            Answered(link, news.State!, news.Reply);
        else if (news.Kind == ClientNewsKind.Refused)
            news.State!.Refusal = news.Reply!.Error;
    }

    /// <summary>Another rank serves the request.</summary>
    private void Follow(ClusterLink link, ClientForward forward)
    {
        if (!TryLetGo(link, forward.Tid, out ClientCall? call))
            return;
        Forwards++;
        call.Follow(forward);
        _routes.Learn(call.Sent, forward.To);
        Put(call, forward.To);
    }

    private bool TryLetGo(ClusterLink link, ulong tid, [NotNullWhen(true)] out ClientCall? call)
    {
        bool isThere = _calls.TryGetValue(tid, out call) && call.Link == link;
        if (isThere)
        {
            link.Protocol.Forget(tid);
            _calls.Remove(tid);
        }

        return isThere;
    }

    /// <summary>A session ended: what became of changes is known to nobody, what only looks is asked again. Or there was no room
    /// to begin one: it is asked for again.</summary>
    private void Ended(ClusterLink link, bool wasOpen)
    {
        if (!wasOpen && !_isClosing)
        {
            link.AskAtMicros = NowMicros + AgainMicros;
            return;
        }

        foreach (ClientCall call in _calls.Values.ToList())
        {
            if (call.Request.Op >= ClientOp.MakeDirectory && TryLetGo(link, call.Tid, out _))
                call.Answered(call.Request, new ClientReply(call.Tid, IoError.Stale));
        }

        if (_isClosing)
            StopIfClosed();
        else if (link.Peer is not null)
            link.Protocol.ChannelBegan();
        Send(link);
    }

    private void Put(ClientCall call, RankId to)
    {
        while (_links.Count <= to.Value)
            _links.Add(new ClusterLink(new RankId(_links.Count), _options.Name, Others));
        ClusterLink link = _links[to.Value];
        ulong tid = link.Protocol.NextTid();
        while (tid <= _lastTid)
            tid = link.Protocol.NextTid();
        _lastTid = tid;
        (call.Link, call.Tid, call.Refusal, call.MayBeDone) = (link, tid, IoError.None, link.Peer is not null);
        _calls.Add(tid, call);
        ClientRequest request = call.Sent with { Tid = tid };
        if (link.Protocol.Begin(ref request, call))
            _network.Send(link.Peer!.Value, request);
    }

    private void End(ClientCall call, ClientReply reply)
    {
        _calls.Remove(call.Tid);
        call.Link.Protocol.Forget(call.Tid);
        call.Answered(call.Request, reply);
    }

    private ClientProtocol<ClientCall>? Others(RankId rank) =>
        rank.Value >= 0 && rank.Value < _links.Count ? _links[rank.Value].Protocol : null;

    private void Send(ClusterLink link)
    {
        foreach (Message message in link.Protocol.Out)
            _network.Send(link.Peer!.Value, message);
        link.Protocol.Out.Clear();
    }

    private void Tick()
    {
        long now = NowMicros;
        _tickAt = now + TickMicros;
        bool renews = now >= _renewAt;
        if (renews)
            _renewAt = now + RenewMicros;
        foreach (ClusterLink link in _links)
        {
            link.Protocol.NowMicros = now;
            if (link.Peer is null)
                Meet(link);
            else if (link.AskAtMicros > 0 && now >= link.AskAtMicros)
                AskForSession(link);
            if (renews && link.Peer is not null)
                link.Protocol.Renew();
            Send(link);
        }

        foreach (ClientCall call in _calls.Values.ToList())
            Look(call, now);
        NoteLongest(now);
    }

    private void Look(ClientCall call, long now)
    {
        if (now >= call.DueMicros)
        {
            End(call, new ClientReply(call.Tid, call.Refusal.Failed ? call.Refusal : IoError.TimedOut));
        }
        else if (ClusterLink.IsLost(call.Refusal) && TryLetGo(call.Link, call.Tid, out _))
        {
            call.BeginAnew();
            Put(call, _routes.Find(call.Request));
        }
        else if (call.Refusal.Failed && call.Link.Protocol.TryRepeat(call.Tid))
        {
            Send(call.Link);
        }
    }

    private void Close()
    {
        _isClosing = true;
        foreach (ClientCall call in _calls.Values.ToList())
            End(call, new ClientReply(call.Tid, IoError.Shutdown));
        foreach (ClusterLink link in _links)
        {
            link.Protocol.Close();
            Send(link);
        }

        StopIfClosed();
    }

    private void StopIfClosed()
    {
        // One that is only asked for is the rank's before this client hears of it.
        if (_links.Exists(static link => link.Peer is not null && (link.Protocol.IsOpen || link.Protocol.IsOpening)))
            return;
        lock (_gate)
        {
            _isStopping = true;
            Monitor.PulseAll(_gate);
        }
    }
}
