// Ranks as processes are, in one: a cluster map, hosts that stand by, journals on disk, and a client, all over loopback. Nobody
// dies of silence here, since a busy machine is silent too: who goes takes leave.

using System.Net;
using System.Net.Sockets;
using System.Text;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster.Tests;

/// <summary>What stands by becomes a rank, and takes one over.</summary>
public sealed class RankHostTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);
    private static readonly MessageFormats s_formats = new([.. MetadataFormats.Create(), .. MapFormats.Create()]);
    private static readonly TimeSpan s_beacon = TimeSpan.FromMilliseconds(50);
    private static readonly IPEndPoint s_any = new(IPAddress.Loopback, 0);

    private readonly DiskStores _stores = new();
    private readonly MapServer _map;
    private readonly List<RankHost> _hosts = [];
    private ulong _tid;

    public RankHostTests()
    {
        var options = new MapOptions { Ranks = 1, BeaconMicros = 50_000, GraceMicros = 600_000_000 };
        var endpoint = new EndpointOptions { Self = Peer.Map, Cluster = FrameSamples.Cluster, Formats = s_formats };
        _map = new MapServer(options, ClusterMap.Empty, endpoint, static _ => IoError.None, _stores.Fence);
        _map.Endpoint.Listen(s_any);
    }

    public void Dispose()
    {
        foreach (RankHost host in _hosts)
            host.Dispose();
        _map.Dispose();
        _stores.Dispose();
    }

    [Fact]
    public void ARankThatLeaves_IsTakenOver_WithAllThatItDid()
    {
        RankHost first = Host(1);
        Await(map => map[new RankId(0)].State == ClusterRankState.Active);
        Assert.Equal(new RankId(0), first.Rank);
        RankHost second = Host(2);
        Call(ClientOp.MakeDirectory, "/kept", IoError.None);
        first.Dispose();
        _hosts.Remove(first);
        ClusterMap map = Await(found => found[new RankId(0)] is { State: ClusterRankState.Active, Incarnation: 3 });
        Assert.Equal(new RankId(0), second.Rank);
        Assert.Equal(RankState.Active, second.Status.State);
        Assert.Equal(3UL, map[new RankId(0)].Incarnation);
        Call(ClientOp.MakeDirectory, "/kept", IoError.Exists);
        Call(ClientOp.MakeDirectory, "/more", IoError.None);
    }

    [Fact]
    public void ARankThatIsStopped_IsNobodyElses()
    {
        RankHost host = Host(1);
        Await(map => map[new RankId(0)].State == ClusterRankState.Active);
        RankHost other = Host(2);
        host.Stop();
        Await(map => map[new RankId(0)].State == ClusterRankState.Stopped);
        Assert.Equal(RankId.None, other.Rank);
        Assert.Equal(RankState.Stopped, host.Status.State);
    }

    [Fact]
    public void AJournalThatIsLongInOpening_IsOpenedOnce()
    {
        int opened = 0;
        _stores.Opening = () =>
        {
            opened++;
            // Beacons are sent meanwhile, and none of them may be taken for a word that the rank is given back.
            SpinWait.SpinUntil(() => _map.Map[new RankId(0)].Incarnation > 1, s_beacon * 40);
        };
        Host(1);
        Await(map => map[new RankId(0)].State == ClusterRankState.Active);
        Assert.Equal((1, 1UL), (opened, _map.Map[new RankId(0)].Incarnation));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(13)]
    public void AProcessThatCannotOpenItsJournal_SaysSo_AndLeavesTheRankToAnother(int errno)
    {
        var error = new IoError(errno);
        RankHost broken = Host(1, new FailingStores(_stores) { OpenFailure = error });
        Assert.True(SpinWait.SpinUntil(() => broken.Problem is not null, s_patience));
        RankHost other = Host(2);
        Await(map => map[new RankId(0)] is { State: ClusterRankState.Active, Incarnation: 3 });
        Assert.Equal(
            $"{new RankId(0)}: its journal cannot be opened for life 1: {error}; the rank is left to others; mend that, and "
                + "start this process again", broken.Problem);
        Assert.Equal((RankId.None, new RankId(0)), (broken.Rank, other.Rank));
    }

    /// <summary>Where it listens was free when it began to stand by.</summary>
    [Fact]
    public void AProcessThatCannotListen_SaysSo_AndLeavesTheRankToAnother()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(s_any);
        other.Listen();
        RankHost broken = Host(1, listen: (IPEndPoint)other.LocalEndPoint!);
        Assert.True(SpinWait.SpinUntil(() => broken.Problem is not null, s_patience));
        Host(2);
        Await(map => map[new RankId(0)] is { State: ClusterRankState.Active, Incarnation: 3 });
        Assert.Contains("cannot listen at", broken.Problem, StringComparison.Ordinal);
        Assert.Equal(RankId.None, broken.Rank);
    }

    [Fact]
    public void ARankWhoseJournalFails_SaysSo_AndIsTakenOver()
    {
        var stores = new FailingStores(_stores);
        RankHost broken = Host(1, stores);
        Await(map => map[new RankId(0)].State == ClusterRankState.Active);
        Call(ClientOp.MakeDirectory, "/kept", IoError.None);
        Host(2);
        stores.AppendFailure = IoError.Io;
        // A session is an event of the journal.
        using TestEnd client = Dial(out Connection connection);
        connection.TrySend(new SessionOpen("test"));
        Await(map => map[new RankId(0)] is { State: ClusterRankState.Active, Incarnation: 3 });
        Assert.Contains("the journal failed with EIO", broken.Problem, StringComparison.Ordinal);
        Call(ClientOp.MakeDirectory, "/kept", IoError.Exists);
    }

    [Fact]
    public void ARankThatCannotReadItsJournal_IsDamaged_AndWaitsForWhoAsksForIt()
    {
        RankHost first = Host(1);
        Await(map => map[new RankId(0)].State == ClusterRankState.Active);
        Call(ClientOp.MakeDirectory, "/kept", IoError.None);
        first.Dispose();
        _hosts.Remove(first);
        RankHost broken = Host(2, new FailingStores(_stores) { ReadFailure = IoError.Io });
        Await(map => map[new RankId(0)].State == ClusterRankState.Damaged);
        Assert.Contains("EIO", broken.Problem, StringComparison.Ordinal);
        RankHost standby = Host(3);
        Host(4, wants: new RankId(0));
        Await(map => map[new RankId(0)].State == ClusterRankState.Active);
        Call(ClientOp.MakeDirectory, "/kept", IoError.Exists);
        Assert.Equal((RankId.None, null), (standby.Rank, standby.Problem));
    }

    /// <summary>It would stand by for ever, and nobody would know.</summary>
    [Fact]
    public void AProcessOfAnotherClusterSaysSo_AndIsLetGo()
    {
        var another = new ClusterId(1, 2);
        RankHost stranger = Host(1, cluster: another);
        Assert.True(SpinWait.SpinUntil(() => stranger.Problem is not null, s_patience));
        Assert.Equal((RankMismatch.Map, RankId.None), (stranger.Mismatch, stranger.Rank));
        Assert.Contains($"this is cluster {FrameSamples.Cluster}, not {another}", stranger.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void AProcessThatAsksForARankBeyondTheMapSaysSo_AndOthersAreHeard()
    {
        RankHost stranger = Host(1, wants: new RankId(1));
        Assert.True(SpinWait.SpinUntil(() => stranger.Problem is not null, s_patience));
        Assert.Equal(RankMismatch.Rank, stranger.Mismatch);
        Assert.StartsWith("the cluster has 1 rank, 0;", stranger.Problem, StringComparison.Ordinal);
        RankHost other = Host(2);
        Await(map => map[new RankId(0)].State == ClusterRankState.Active);
        Assert.Equal((RankMismatch.None, new RankId(0)), (other.Mismatch, other.Rank));
    }

    private RankHost Host(
        long process, IRankStores? stores = null, IPEndPoint? listen = null, RankId? wants = null, ClusterId? cluster = null)
    {
        var options = new RankHostOptions
        {
            Process = process, Cluster = cluster ?? FrameSamples.Cluster, Map = _map.Endpoint.Address!,
            Listen = listen ?? FreeAddress(), Formats = s_formats, BeaconMicros = 50_000,
            Rank = new RankOptions { Incarnation = 1, ReconnectMicros = 0 },
            Wants = wants ?? RankId.None,
        };
        var host = new RankHost(options, stores ?? _stores);
        _hosts.Add(host);
        return host;
    }

    private ClusterMap Await(Predicate<ClusterMap> isIt)
    {
        Assert.True(SpinWait.SpinUntil(() => isIt(_map.Map), s_patience), $"no such map; rank 0 is {_map.Map[new RankId(0)]}");
        return _map.Map;
    }

    /// <summary>Asks whoever is rank 0 now, as a client of its own.</summary>
    private void Call(ClientOp op, string path, IoError expected)
    {
        using TestEnd client = Dial(out Connection connection);
        connection.TrySend(new SessionOpen("test"));
        client.Handler.TakeMessage<SessionOpened>();
        connection.TrySend(new ClientRequest(1, op) { Path = Encoding.UTF8.GetBytes(path), OnlySafe = true });
        ClientReply reply = client.Handler.TakeMessage<ClientReply>();
        Assert.Equal((expected, true), (reply.Error, reply.IsSafe));
    }

    private TestEnd Dial(out Connection connection)
    {
        ClusterRank rank = _map.Map[new RankId(0)];
        var self = Peer.Of(new ClientId(100 + (long)++_tid));
        var client = new TestEnd(self, change: options => options with { Formats = s_formats, Memory = null });
        Assert.True(client.Endpoint.TryDial(Peer.Of(new RankId(0), rank.Incarnation), IPEndPoint.Parse(rank.Address)));
        connection = client.Handler.TakeOpened();
        return client;
    }

    /// <summary>A port that is free now: others are told of it before anybody listens there.</summary>
    private static IPEndPoint FreeAddress()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(s_any);
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
