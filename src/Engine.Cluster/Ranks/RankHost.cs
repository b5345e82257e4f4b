// A process that stands by until the cluster map makes it a rank, and is that rank then.
//
// Order of a beginning: the journal is opened for the life that the map gives, which fences what is older; the network knows the
// map before the rank does; the rank begins; the authority hears of it. A process is one rank once: when that life is over, by
// the map's word or its own, the process has nothing left to do, and says so. One that cannot be its rank, or not any more, takes
// leave of the authority: who said on that it is the rank would keep it from others.
// Threads: maps come one after the other, on the thread that reads them; changes of the rank come from its own.

using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>A rank as a process.</summary>
public sealed class RankHost : IDisposable
{
    private readonly object _gate = new();
    private readonly RankHostOptions _options;
    private readonly IRankStores _stores;
    private readonly MapClient _map;
    private IRankStore? _store;
    private RankNetwork? _network;
    private RankLoop? _loop;
    private bool _isStopping;

    /// <summary>Begins to stand by.</summary>
    public RankHost(RankHostOptions options, IRankStores stores)
    {
        (_options, _stores) = (options, stores);
        Invariant.That(options.Listen.Port != 0, "others are told where the rank is before it is there");
        var beacon = new Beacon(
            (ulong)options.Process, options.Listen.ToString(), RankId.None, 0, ClusterRankState.None, options.Wants, 0);
        lock (_gate)
        {
            _map = new MapClient(
                OptionsOf(Peer.Of(new ClientId(options.Process))), options.Map, beacon, options.BeaconMicros,
                (ulong)options.Process, Hear, Refused);
        }
    }

    /// <summary>The rank that it is; none while it stands by.</summary>
    public RankId Rank { get; private set; } = RankId.None;

    /// <summary>How the rank is; as it begins while there is none.</summary>
    public RankStatus Status { get; private set; }

    /// <summary>Why it could not become the rank that it was given, or is it no more; null where it could, and is.</summary>
    public string? Problem { get; private set; }

    /// <summary>What keeps it from ever being a rank of this cluster; <see cref="Problem"/> says it in words.</summary>
    public RankMismatch Mismatch { get; private set; }

    /// <summary>Does the authority over the map hear this process now? Else it takes it for dead after a while.</summary>
    public bool HearsMap => _map.IsConnected;

    /// <summary>Asks the rank to end in order; <see cref="RankHostOptions.Changed"/> tells when it has.</summary>
    public void Stop()
    {
        lock (_gate)
            _loop?.Stop();
    }

    /// <summary>Has something done to the rank, or looked at in it, on its thread (<see cref="RankLoop.Ask"/>); false while it is
    /// none.</summary>
    public bool TryAsk(Action<Rank> work)
    {
        RankLoop? loop;
        lock (_gate)
            loop = _loop;
        loop?.Ask(work);
        return loop is not null;
    }

    /// <summary>Ends as a crash does, but that the authority hears of it.</summary>
    public void Dispose()
    {
        lock (_gate)
            _isStopping = true;
        _map.Dispose();
        _network?.Dispose();
        _loop?.Dispose();
        _loop?.Rank.Dispose();
        _store?.Dispose();
    }

    private EndpointOptions OptionsOf(Peer self) => new()
    {
        Self = self, Cluster = _options.Cluster, Formats = _options.Formats, Clock = _options.Clock,
    };

    private void Hear(ClusterMap map)
    {
        lock (_gate)
        {
            if (_isStopping || Problem is not null)
                return;
            if (Rank.IsNone && _options.Wants.Value >= map.Ranks.Count)
            {
                string ranks = map.Ranks.Count == 1 ? "1 rank, 0" : $"{map.Ranks.Count} ranks, 0 to {map.Ranks.Count - 1}";
                Turn(RankMismatch.Rank, $"the cluster has {ranks}; ask for one of these, or start the map with more");
                return;
            }

            _options.Heard?.Invoke(map);
            if (Rank.IsNone)
                BeginIfGiven(map);
            if (_loop is null)
                return;
            _network!.TakeMap(map);
            _loop.Deliver(Peer.Map, map);
        }
    }

    private void Refused(ConnectionEnd end)
    {
        lock (_gate)
        {
            if (!_isStopping && Problem is null && Rank.IsNone)
                Turn(RankMismatch.Map, end.Text);
        }
    }

    /// <summary>It has nothing to wait for here.</summary>
    private void Turn(RankMismatch mismatch, string why)
    {
        (Mismatch, Problem) = (mismatch, why);
        _map.Leave();
        _options.Changed?.Invoke(this);
    }

    private void BeginIfGiven(ClusterMap map)
    {
        string address = _options.Listen.ToString();
        for (int i = 0; i < map.Ranks.Count; i++)
        {
            ClusterRank given = map.Ranks[i];
            if (!given.IsUp || given.Address != address || given.State != ClusterRankState.Starting)
                continue;
            Begin(new RankId(i), given.Incarnation);
            return;
        }
    }

    private void Begin(RankId rank, ulong incarnation)
    {
        IoError error = _stores.TryOpen(rank, incarnation, out _store);
        if (error.Failed)
        {
            bool isDamaged = error == IoError.Damaged;
            if (isDamaged)
                _map.Become(rank, incarnation, ClusterRankState.Damaged);
            else
                _map.Leave();
            GiveUp($"{rank}: its journal cannot be opened for life {incarnation}: {error}; "
                + (isDamaged ? "it is left to nobody until that is mended" : "the rank is left to others"));
            return;
        }

        RankOptions options = _options.Rank with { Id = rank, Incarnation = incarnation };
        _loop = new RankLoop(options, _store!.Log, _store.Objects, _options.Clock, incarnation);
        Peer self = Peer.Of(rank, incarnation);
        IPageMemory memory = PageMemory.Of(_loop.Rank.Cache.Pool);
        _network = new RankNetwork(OptionsOf(self) with { Memory = memory }, RankNetworkOptions.Usual(incarnation), _loop);
        try
        {
            _network.Endpoint.Listen(_options.Listen);
        }
        catch (IOException refusal)
        {
            _network.Dispose();
            _loop.Dispose();
            _loop.Rank.Dispose();
            _store.Dispose();
            (_network, _loop, _store) = (null, null, null);
            _map.Leave();
            GiveUp($"{rank}: {refusal.Message}; the rank is left to others");
            return;
        }

        Rank = rank;
        _options.Prepare?.Invoke(_loop.Rank);
        _loop.Network = _network;
        _loop.Changed = status => Tell(rank, incarnation, status);
        _map.Become(rank, incarnation, ClusterRankState.Replay);
        _loop.Start();
    }

    private void GiveUp(string why)
    {
        Problem = why + "; mend that, and start this process again";
        _options.Changed?.Invoke(this);
    }

    private void Tell(RankId rank, ulong incarnation, RankStatus status)
    {
        RankState before = Status.State;
        Status = status;
        ClusterRankState? state = status.State switch
        {
            RankState.Replay => ClusterRankState.Replay,
            RankState.Rejoin => ClusterRankState.Rejoin,
            RankState.Reconnect => ClusterRankState.Reconnect,
            RankState.Active => status.IsLeaving ? ClusterRankState.Stopping : ClusterRankState.Active,
            RankState.Stopping => ClusterRankState.Stopping,
            RankState.Stopped => ClusterRankState.Stopped,
            _ => null,
        };
        if (state is { } known)
        {
            _map.Become(rank, incarnation, known, status.Targets);
        }
        else if (status.State == RankState.Failed)
        {
            Problem ??= status.Problem;
            // What keeps a journal from being read would keep the next process from it too: one after the other would end.
            if (before is RankState.Created or RankState.Replay)
                _map.Become(rank, incarnation, ClusterRankState.Damaged);
            else
                _map.Leave();
        }

        _options.Changed?.Invoke(this);
    }
}
