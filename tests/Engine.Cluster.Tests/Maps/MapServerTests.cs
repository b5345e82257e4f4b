// A cluster map over loopback, with processes that call it. Nobody waits for a time: tests wait until they have heard what they
// expect, and clocks that decide something are set by hand.

using System.Collections.Concurrent;
using System.Net;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Cache;

namespace Engine.Cluster.Tests;

/// <summary>Processes find their ranks, and others take over from those that vanish.</summary>
public sealed class MapServerTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly MessageFormats s_formats = new([.. MetadataFormats.Create(), .. MapFormats.Create()]);

    private readonly ManualClock _clock = new();
    private readonly ConcurrentQueue<(RankId Rank, ulong Incarnation)> _fenced = new();
    private readonly ConcurrentQueue<ClusterMap> _stored = new();
    private MapServer _server;

    public MapServerTests() => _server = Serve(ClusterMap.Empty, new IPEndPoint(IPAddress.Loopback, 0));

    public void Dispose() => _server.Dispose();

    [Fact]
    public void ProcessesBecomeRanks_AndOneThatLeavesIsTakenOver()
    {
        using Process standby = Start(3);
        ClusterMap map = standby.Await(found => found[new RankId(0)].IsUp);
        Assert.Equal(new ClusterRank(ClusterRankState.Starting, 1, "process 3", ulong.MaxValue), map[new RankId(0)]);
        standby.Client.Become(new RankId(0), 1, ClusterRankState.Active);
        using Process one = Start(1);
        Process two = Start(2);
        map = two.Await(found => found[new RankId(1)].IsUp && found[new RankId(0)].State == ClusterRankState.Active);
        string first = map[new RankId(1)].Address;
        Process holder = first == "process 1" ? one : two;
        Process other = holder == one ? two : one;
        holder.Await(found => found[new RankId(1)].IsUp);
        holder.Client.Become(new RankId(1), 1, ClusterRankState.Active);
        other.Await(found => found[new RankId(1)].State == ClusterRankState.Active);
        holder.Dispose();
        Pass(TimeSpan.FromSeconds(1), rounds: 8, until: () => _server.Map[new RankId(1)].Address == other.Name);
        map = other.Await(found => found[new RankId(1)].Address == other.Name);
        Assert.Equal(3UL, map[new RankId(1)].Incarnation);
        Assert.Equal((new RankId(1), 2UL), Assert.Single(_fenced));
        ulong[] epochs = [.. _stored.Select(item => item.Epoch)];
        Assert.Equal(epochs.Order().Distinct(), epochs);
        two.Dispose();
    }

    [Fact]
    public void AServerThatComesBack_IsCalledAgain_AndGoesOnWhereItWas()
    {
        using Process one = Start(1);
        one.Await(found => found[new RankId(0)].IsUp);
        one.Client.Become(new RankId(0), 1, ClusterRankState.Active);
        ClusterMap before = one.Await(found => found[new RankId(0)].State == ClusterRankState.Active);
        IPEndPoint at = _server.Endpoint.Address!;
        _server.Dispose();
        _server = Serve(before, at);
        using Process two = Start(2);
        Pass(TimeSpan.FromMilliseconds(500), rounds: 40, until: () => one.Newest.Epoch > before.Epoch);
        ClusterMap after = one.Await(found => found[new RankId(1)].IsUp);
        Assert.Equal(before[new RankId(0)], after[new RankId(0)]);
        Assert.Empty(_fenced);
    }

    [Fact]
    public void WhoIsNoProcess_IsNotLetIn()
    {
        using var rank = new TestEnd(
            TestEnd.Rank(0), _clock, change: options => options with { Formats = s_formats, Memory = null });
        Assert.True(rank.Endpoint.TryDial(Peer.Map, _server.Endpoint.Address!));
        Assert.Equal(RefusalReason.Address, rank.Handler.TakeFailed().Refusal);
    }

    [Fact]
    public void WhoSpeaksForAnother_IsCutOff()
    {
        using var liar = new TestEnd(
            Peer.Of(new ClientId(5)), _clock, change: options => options with { Formats = s_formats, Memory = null });
        Assert.True(liar.Endpoint.TryDial(Peer.Map, _server.Endpoint.Address!));
        Connection connection = liar.Handler.TakeOpened();
        connection.TrySend(new Beacon(6, "elsewhere", RankId.None, 0, ClusterRankState.None, RankId.None, 0));
        liar.Handler.TakeClosed();
        Assert.DoesNotContain(_server.Map.Ranks, rank => rank.IsUp);
    }

    private MapServer Serve(ClusterMap stored, IPEndPoint at)
    {
        var options = new EndpointOptions
            { Self = Peer.Map, Cluster = FrameSamples.Cluster, Formats = s_formats, Clock = _clock };
        var server = new MapServer(new MapOptions { Ranks = 2 }, stored, options, Store, Fence);
        server.Endpoint.Listen(at);
        return server;
    }

    private IoError Store(ClusterMap map)
    {
        _stored.Enqueue(map);
        return IoError.None;
    }

    private IoError Fence(RankId rank, ulong incarnation)
    {
        _fenced.Enqueue((rank, incarnation));
        return IoError.None;
    }

    private Process Start(ulong number) => new(number, _clock, _server.Endpoint.Address!);

    /// <summary>Lets time pass in steps, between which what came of each has time to be heard.</summary>
    private void Pass(TimeSpan step, int rounds, Func<bool> until)
    {
        for (int round = 0; round < rounds && !until(); round++)
        {
            _clock.Advance(step);
            SpinWait.SpinUntil(until, TimeSpan.FromMilliseconds(300));
        }
    }

    private sealed class Process : IDisposable
    {
        private readonly object _gate = new();
        private ClusterMap _newest = ClusterMap.Empty;

        public Process(ulong number, TimeProvider clock, IPEndPoint map)
        {
            Name = $"process {number}";
            var options = new EndpointOptions
            {
                Self = Peer.Of(new ClientId((long)number)), Cluster = FrameSamples.Cluster, Formats = s_formats, Clock = clock,
            };
            var beacon = new Beacon(number, Name, RankId.None, 0, ClusterRankState.None, RankId.None, 0);
            Client = new MapClient(options, map, beacon, 1_000_000, number, Hear);
        }

        public string Name { get; }

        public MapClient Client { get; }

        public ClusterMap Newest
        {
            get
            {
                lock (_gate)
                    return _newest;
            }
        }

        public void Dispose() => Client.Dispose();

        public ClusterMap Await(Predicate<ClusterMap> isIt)
        {
            lock (_gate)
            {
                while (!isIt(_newest))
                    Assert.True(Monitor.Wait(_gate, s_patience), $"{Name} heard of no such map; the newest is {_newest.Epoch}");
                return _newest;
            }
        }

        private void Hear(ClusterMap map)
        {
            lock (_gate)
            {
                _newest = map;
                Monitor.PulseAll(_gate);
            }
        }
    }
}
