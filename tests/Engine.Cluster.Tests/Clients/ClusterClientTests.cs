// A client of several ranks, each a process's worth of a rank in this one: map, journals on disk, loopback, real migrations.

using System.Net;
using System.Net.Sockets;
using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Migration;

namespace Engine.Cluster.Tests;

/// <summary>A client finds whoever serves its request.</summary>
public sealed class ClusterClientTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);
    private static readonly MessageFormats s_formats =
        new([.. MetadataFormats.Create(), .. MigrationFormats.Create(), .. MapFormats.Create()]);

    private readonly DiskStores _stores = new();
    private readonly MapServer _map;
    private readonly Dictionary<long, RankHost> _hosts = [];
    private readonly Dictionary<long, Migrator> _migrators = [];

    public ClusterClientTests()
    {
        var options = new MapOptions { Ranks = 2, BeaconMicros = 50_000, GraceMicros = 600_000_000 };
        var endpoint = new EndpointOptions { Self = Peer.Map, Cluster = FrameSamples.Cluster, Formats = s_formats };
        _map = new MapServer(options, ClusterMap.Empty, endpoint, static _ => IoError.None, _stores.Fence);
        _map.Endpoint.Listen(new IPEndPoint(IPAddress.Loopback, 0));
    }

    public void Dispose()
    {
        foreach (RankHost host in _hosts.Values)
            host.Dispose();
        _map.Dispose();
        _stores.Dispose();
    }

    [Fact]
    public void ASubtreeThatMoves_IsAskedForWhereItIs()
    {
        Host(1, 0);
        Host(2, 1);
        using ClusterClient client = Client(100);
        Expect(client, ClientOp.MakeDirectory, "/a");
        for (int i = 0; i < 20; i++)
            Expect(client, ClientOp.Create, $"/a/f{i}");
        Assert.Equal(0, client.Forwards);

        Export(1, "/a", new RankId(1));
        for (int i = 0; i < 20; i++)
            Expect(client, ClientOp.Create, $"/a/g{i}");
        Assert.Equal(1, client.Forwards);
        Expect(client, ClientOp.MakeDirectory, "/b");
        ClientReply listing = client.Call(Of(ClientOp.ReadDirectory, "/a"));
        Assert.Equal((IoError.None, 40), (listing.Error, listing.Items.Count));
        Assert.Equal(IoError.Exists, client.Call(Of(ClientOp.MakeDirectory, "/a/f3")).Error);
    }

    [Fact]
    public void ARankThatLeaves_IsWaitedFor()
    {
        Host(1, 0);
        Host(2, 1);
        using ClusterClient client = Client(100);
        Expect(client, ClientOp.MakeDirectory, "/a");
        Export(1, "/a", new RankId(1));
        Expect(client, ClientOp.Create, "/a/before");
        _hosts.Remove(2, out RankHost? left);
        left!.Dispose();
        ClientReply? late = null;
        using var isThere = new ManualResetEventSlim();
        client.Ask(Of(ClientOp.Create, "/a/meanwhile"), (_, reply) =>
        {
            late = reply;
            isThere.Set();
        });
        Host(3, 1);
        Assert.True(isThere.Wait(s_patience));
        Assert.Equal((IoError.None, true), (late!.Error, late.IsSafe));
        Assert.Equal(IoError.Exists, client.Call(Of(ClientOp.MakeDirectory, "/a/before")).Error);
        Assert.Equal(RankId.None.Value + 2, _hosts[3].Rank.Value);
    }

    [Fact]
    public void MG090_ARankThatIsToldToStop_GivesAllAway_AndEnds_WhileItsClientsGoOn()
    {
        Host(1, 0);
        Host(2, 1);
        using ClusterClient client = Client(100);
        Expect(client, ClientOp.MakeDirectory, "/a");
        Expect(client, ClientOp.MakeDirectory, "/b");
        Export(1, "/a", new RankId(1));
        Export(1, "/b", new RankId(1));
        Expect(client, ClientOp.Create, "/a/before");
        Assert.Equal(MigrationRefusal.NotMovable, Ask(1, _ => _migrators[1].Leave()));
        Assert.Equal(MigrationRefusal.None, Ask(2, _ => _migrators[2].Leave()));
        int made = 0;
        while (_map.Map[new RankId(1)].State != ClusterRankState.Stopped)
            Expect(client, ClientOp.Create, $"/a/f{made++}");
        Assert.Equal(RankState.Stopped, _hosts[2].Status.State);
        _hosts.Remove(2, out RankHost? left);
        left!.Dispose();
        for (int i = 0; i < 20; i++)
            Expect(client, ClientOp.Create, $"/b/g{i}");
        ClientReply listing = client.Call(Of(ClientOp.ReadDirectory, "/a"));
        Assert.Equal((IoError.None, made + 1), (listing.Error, listing.Items.Count));
        Assert.Equal(2, Ask(1, rank => (int)_migrators[1].Counters.Imported));

        // Who asks for it is the rank again, and takes what it is given.
        Host(3, 1);
        Export(1, "/a", new RankId(1));
        Expect(client, ClientOp.Create, "/a/after");
        Assert.Equal(1, Ask(3, rank => (int)_migrators[3].Counters.Imported));
    }

    [Fact]
    public void ASessionThatHadNoRoom_IsAskedForAgain()
    {
        using TestEnd rank = RankEnd();
        using MapClient process = Become(rank);
        using ClusterClient client = Client(100);
        ClientReply? answer = null;
        using var isAnswered = new ManualResetEventSlim();
        client.Ask(Of(ClientOp.MakeDirectory, "/a"), (_, reply) =>
        {
            answer = reply;
            isAnswered.Set();
        });
        Connection connection = rank.Handler.TakeOpened();
        rank.Handler.TakeMessage<SessionOpen>();
        connection.TrySend(new SessionClosed(SessionEnd.NoRoom));
        rank.Handler.TakeMessage<SessionOpen>();
        connection.TrySend(new SessionOpened());
        ClientRequest request = rank.Handler.TakeMessage<ClientRequest>();
        connection.TrySend(new ClientReply(request.Tid, IoError.None));
        Assert.True(isAnswered.Wait(s_patience));
        Assert.Equal(IoError.None, answer!.Error);
    }

    [Fact]
    public async Task ASessionThatIsStillBeginning_IsEndedWithTheClient()
    {
        using TestEnd rank = RankEnd();
        using MapClient process = Become(rank);
        ClusterClient client = Client(100);
        Connection connection = rank.Handler.TakeOpened();
        rank.Handler.TakeMessage<SessionOpen>();
        var isEnding = new TaskCompletionSource<IoError>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Ask(Of(ClientOp.GetAttributes, "/"), (_, reply) => isEnding.SetResult(reply.Error));
        Task ends = Task.Run(client.Dispose);
        Assert.Equal(IoError.Shutdown, await isEnding.Task.WaitAsync(s_patience));
        connection.TrySend(new SessionOpened());
        rank.Handler.TakeMessage<SessionClose>();
        connection.TrySend(new SessionClosed(SessionEnd.Closed));
        await ends.WaitAsync(s_patience);
    }

    [Fact]
    public void WithoutRanks_APatientClientGivesUpInTheEnd()
    {
        using ClusterClient client = Client(100, TimeSpan.FromMilliseconds(200));
        Assert.Equal(IoError.TimedOut, client.Call(Of(ClientOp.GetAttributes, "/")).Error);
    }

    [Fact]
    public void AClientIsNobodysRank_AndTakesLeave()
    {
        using (ClusterClient client = Client(100))
        {
            Assert.True(SpinWait.SpinUntil(() => client.Map.Epoch > 0, s_patience));
            Assert.All(_map.Map.Ranks, static rank => Assert.Equal(ClusterRankState.None, rank.State));
            Host(1, 0);
            Expect(client, ClientOp.MakeDirectory, "/a");
            Assert.Equal(1, SessionsOf(1));
        }

        Assert.True(SpinWait.SpinUntil(() => SessionsOf(1) == 0, s_patience));
    }

    private static TestEnd RankEnd() =>
        new(TestEnd.Rank(0), change: options => options with { Formats = s_formats, Memory = null });

    /// <summary>Has the map take it for rank 0.</summary>
    private MapClient Become(TestEnd rank)
    {
        using var isGiven = new ManualResetEventSlim();
        var endpoint = new EndpointOptions
            { Self = Peer.Of(new ClientId(7)), Cluster = FrameSamples.Cluster, Formats = s_formats };
        var beacon = new Beacon(7, rank.Address.ToString(), RankId.None, 0, ClusterRankState.None, RankId.None, 0);
        var process = new MapClient(endpoint, _map.Endpoint.Address!, beacon, 50_000, 7, map =>
        {
            if (map[new RankId(0)].State == ClusterRankState.Starting && !isGiven.IsSet)
                isGiven.Set();
        });
        Assert.True(isGiven.Wait(s_patience));
        process.Become(new RankId(0), 1, ClusterRankState.Active);
        return process;
    }

    private static ClientRequest Of(ClientOp op, string path) => new(0, op) { Path = Encoding.UTF8.GetBytes(path) };

    private static void Expect(ClusterClient client, ClientOp op, string path)
    {
        ClientReply reply = client.Call(Of(op, path));
        Assert.Equal((IoError.None, true), (reply.Error, reply.IsSafe));
    }

    private ClusterClient Client(long process, TimeSpan? patience = null) => new(new ClusterClientOptions
    {
        Process = process, Map = _map.Endpoint.Address!, Formats = s_formats, BeaconMicros = 50_000,
        Patience = patience ?? s_patience, Name = "test",
    });

    private void Host(long process, int rank)
    {
        var migrator = new Migrator();
        var options = new RankHostOptions
        {
            Process = process, Cluster = FrameSamples.Cluster, Map = _map.Endpoint.Address!, Listen = FreeAddress(),
            Formats = s_formats, BeaconMicros = 50_000, Wants = new RankId(rank), Prepare = rank => rank.Add(migrator),
            Rank = new RankOptions { Incarnation = 1, TickMicros = 50_000 },
        };
        _migrators.Add(process, migrator);
        _hosts.Add(process, new RankHost(options, _stores));
        Assert.True(
            SpinWait.SpinUntil(() => _map.Map[new RankId(rank)].State == ClusterRankState.Active, s_patience),
            $"{_map.Map[new RankId(rank)]}");
    }

    /// <summary>Gives a subtree away, and waits until that is over on both sides.</summary>
    private void Export(long process, string path, RankId to)
    {
        // A rank may serve before the others know it.
        Assert.True(SpinWait.SpinUntil(
            () => Ask(process, rank => rank.Services.Map[to].State) == ClusterRankState.Active, s_patience));
        MigrationRefusal refusal = Ask(process, rank =>
        {
            NodeId at = rank.Cache.Lookup(rank.Cache.FindInode(Ino.Root), Encoding.UTF8.GetBytes(path[1..]));
            return _migrators[process].Export(rank.Cache.FirstDirOf(at)!.Name, to);
        });
        Assert.Equal(MigrationRefusal.None, refusal);
        Assert.True(SpinWait.SpinUntil(() => LiveCount() == 0, s_patience));
    }

    private int LiveCount() => _hosts.Keys.Sum(process => Ask(process, _ => _migrators[process].Live().Count()));

    private int SessionsOf(long process) =>
        Ask(process, static rank => rank.Sessions.Sessions.Count(static session => session.IsLive));

    private T Ask<T>(long process, Func<Rank, T> question)
    {
        T answer = default!;
        using var isThere = new ManualResetEventSlim();
        Assert.True(_hosts[process].TryAsk(rank =>
        {
            answer = question(rank);
            isThere.Set();
        }));
        Assert.True(isThere.Wait(s_patience));
        return answer;
    }

    /// <summary>A port that is free now: others are told of it before anybody listens there.</summary>
    private static IPEndPoint FreeAddress()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
