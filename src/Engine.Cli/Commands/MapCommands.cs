using System.CommandLine;
using System.Globalization;
using System.Net;
using Engine.Buffers;
using Engine.Cli.Clusters;
using Engine.Cluster;
using Engine.Metadata;
using Engine.Stores;

namespace Engine.Cli.Commands;

/// <summary><c>engine map</c>: the one process of a cluster that knows who is which rank.</summary>
internal static class MapCommands
{
    public static Command Create(CliConsole console, CancellationToken cancellation) =>
        new("map", "The map of a cluster: which process is which rank, and which life of a rank counts.")
        {
            CreateServe(console, cancellation),
        };

    private static Command CreateServe(CliConsole console, CancellationToken cancellation)
    {
        Option<string> store = ClusterOptions.Store();
        Option<IPEndPoint> listen = ClusterOptions.Listen();
        Option<int> ranks = Number("--ranks", "N", "Ranks that the cluster is to have (default 1)", 1);
        Option<int> beacon = Number("--beacon", "MS", "Processes tell of themselves as often (default 1000)", 1000);
        Option<int> grace = Number("--grace", "MS", "A rank that was silent for so long has failed (default 5000)", 5000);
        var targets = new Option<bool>("--targets-on-demand")
            { Description = "Ranks give subtrees to those alone that they asked the map for (default: to every rank)" };
        var command = new Command("serve", "Serve the map, kept in DIR, until it is ended (SIGINT, SIGTERM).")
            { store, listen, ranks, beacon, grace, targets };
        command.SetAction(parsed =>
        {
            var options = new MapOptions
            {
                Ranks = parsed.GetValue(ranks), BeaconMicros = parsed.GetValue(beacon) * 1000L,
                GraceMicros = parsed.GetValue(grace) * 1000L, TargetsOnDemand = parsed.GetValue(targets),
            };
            if (options.Ranks is < 1 or > RankId.CountMax)
                throw new CliException(ExitCode.Usage, $"--ranks {options.Ranks}: allowed: 1 to {RankId.CountMax}");
            if (options.BeaconMicros <= 0 || options.GraceMicros < 2 * options.BeaconMicros)
                throw new CliException(ExitCode.Usage, "--grace: allowed: two beacons or more, and a beacon of 1 ms or more");
            return Serve(console, parsed.GetRequiredValue(store), parsed.GetRequiredValue(listen), options, cancellation);
        });
        return command;
    }

    private static Option<int> Number(string name, string unit, string description, int value) =>
        new(name) { Description = description, HelpName = unit, DefaultValueFactory = _ => value };

    private static int Serve(
        CliConsole console, string directory, IPEndPoint listen, MapOptions options, CancellationToken cancellation)
    {
        ClusterDirectory cluster = ClusterDirectory.OpenOrMake(directory, console.Note);
        using FileStore objects = cluster.OpenForMap();
        var store = new MapStore(objects);
        IoError error = store.TryLoad(out ClusterMap stored);
        if (error.Failed)
            throw new CliException(
                ExitCode.Environment, $"--store {directory}: the cluster map in it cannot be read: {error.Name}; restore it");
        if (stored.Ranks.Count > options.Ranks)
            throw new CliException(
                ExitCode.Usage, $"--ranks {options.Ranks}: the cluster has {stored.Ranks.Count}; name as many or more");
        using var ended = new ManualResetEventSlim();
        using CancellationTokenRegistration wake = cancellation.Register(ended.Set);
        bool isReplaced = false;
        var endpoint = new EndpointOptions { Self = Peer.Map, Cluster = cluster.Id, Formats = ClusterOptions.Formats };
        ClusterMap shown = stored;
        var closed = new ulong[options.Ranks];
        IoError Store(ClusterMap map)
        {
            IoError stored = store.Store(map);
            if (stored.IsNone)
                Show(console, map, shown);
            shown = stored.IsNone ? map : shown;
            if (stored == IoError.Stale)
            {
                isReplaced = true;
                ended.Set();
            }

            return stored;
        }

        IoError Fence(RankId rank, ulong life)
        {
            // Asked for again and again while the journal cannot be reached.
            if (Interlocked.Exchange(ref closed[rank.Value], life) != life)
                Say(console, $"rank {rank.Value} is gone: its journal closes to every life before {life}");
            return cluster.Fence(rank, life);
        }

        using var server = new MapServer(options, stored, endpoint, Store, Fence);
        server.Endpoint.Listen(listen);
        Say(console, $"cluster {cluster.Id}: map of {options.Ranks} ranks at {server.Endpoint.Address}, kept in {directory}");
        ended.Wait(CancellationToken.None);
        if (isReplaced)
            throw new CliException(ExitCode.Failure, $"--store {directory}: another map was started on it; this one ends");
        return (int)ExitCode.Ok;
    }

    private static void Show(CliConsole console, ClusterMap map, ClusterMap before)
    {
        for (int rank = 0; rank < map.Ranks.Count; rank++)
        {
            ClusterRank now = map.Ranks[rank];
            if (now == before[new RankId(rank)])
                continue;
            string where = now.Address.Length > 0 ? $" at {now.Address}" : string.Empty;
            Say(console, $"epoch {map.Epoch}: rank {rank} (life {now.Incarnation}) {now.State}{where}");
        }
    }

    private static void Say(CliConsole console, FormattableString line)
    {
        console.Out.WriteLine(line.ToString(CultureInfo.InvariantCulture));
        console.Out.Flush();
    }
}
