// The process that has the cluster map: it makes the store where there is none, has it for itself (MapClaim), and serves the map
// until it is ended or another one has taken the store.
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
    private const int TimeMsMax = 3_600_000;

    /// <summary>Who has not answered for so long does not serve; a rank calls one dead after half of that.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>A map sees as often whether another one has taken its store.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    public static Command Create(CliConsole console, CancellationToken cancellation) =>
        new("map", "The map of a cluster: which process is which rank, and which life of a rank counts.")
        {
            CreateServe(console, cancellation),
        };

    private static Command CreateServe(CliConsole console, CancellationToken cancellation)
    {
        Option<string> store = ClusterOptions.Store();
        Option<IPEndPoint> listen = ClusterOptions.Listen();
        Option<int> ranks = ClusterOptions.Number(
            "--ranks", "N", "Ranks that the cluster is to have (default 1)", 1, 1, RankId.CountMax);
        Option<int> beacon = ClusterOptions.Number(
            "--beacon", "MS", "Processes tell of themselves as often (default 1000)", 1000, 1, TimeMsMax);
        Option<int> grace = ClusterOptions.Number(
            "--grace", "MS", "A rank that was silent for so long has failed (default 5000)", 5000, 1, TimeMsMax);
        var targets = new Option<bool>("--targets-on-demand")
            { Description = "Ranks give subtrees to those alone that they asked the map for (default: to every rank)" };
        var takes = new Option<bool>("--take-over")
        {
            Description = "Take the store from the map that serves it, which ends, as do the ranks that were told of its address",
        };
        var command = new Command(
            "serve", "Serve the map, kept in DIR, until it is ended (SIGINT, SIGTERM). A store has one map: a second one is "
                + "refused with the first one's address. It begins at once where that was killed, and after 10 s where it is "
                + "halted.")
            { store, listen, ranks, beacon, grace, targets, takes };
        command.SetAction(parsed =>
        {
            var options = new MapOptions
            {
                Ranks = parsed.GetValue(ranks), BeaconMicros = parsed.GetValue(beacon) * 1000L,
                GraceMicros = parsed.GetValue(grace) * 1000L, TargetsOnDemand = parsed.GetValue(targets),
            };
            if (options.GraceMicros < 2 * options.BeaconMicros)
                throw new CliException(ExitCode.Usage, "--grace: allowed: two beacons or more, so that one may be lost");
            string directory = parsed.GetRequiredValue(store);
            IPEndPoint address = parsed.GetRequiredValue(listen);
            (ClusterDirectory cluster, MapClaim claim) = Claim(
                console, directory, ref address, parsed.GetValue(takes), cancellation);
            using (claim)
                return Serve(console, directory, cluster, claim, address, options, cancellation);
        });
        return command;
    }

    /// <summary>Has the store for this map alone, makes it where there is none, and leaves it as it is where that cannot be, or
    /// where nobody could call.</summary>
    private static (ClusterDirectory Cluster, MapClaim Claim) Claim(
        CliConsole console, string directory, ref IPEndPoint listen, bool takesOver, CancellationToken cancellation)
    {
        ClusterDirectory? cluster = ClusterDirectory.IsOne(directory) ? ClusterDirectory.Open(directory, console.Note) : null;
        string? taken = null;
        string? over = cluster is null ? null
            : MapClaim.Check(directory, cluster.Id, takesOver, s_patience, line => taken = line, cancellation);
        try
        {
            listen = ClusterOptions.Reserve(listen);
        }
        catch (CliException refusal) when (taken is not null)
        {
            throw new CliException(refusal.ExitCode, $"{refusal.Message}, or end who has this one: {taken}");
        }

        cluster ??= ClusterDirectory.OpenOrMake(directory, console.Note);
        MapClaim claim = MapClaim.Take(directory, listen, over);
        if (taken is not null)
            Say(console, $"{taken}");
        return (cluster, claim);
    }

    private static int Serve(
        CliConsole console, string directory, ClusterDirectory cluster, MapClaim claim, IPEndPoint listen, MapOptions options,
        CancellationToken cancellation)
    {
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
                Say(
                    console,
                    $"rank {rank.Value} is gone: its journal closes to every life before {life}; the next is life {life + 1}");
            return cluster.Fence(rank, life);
        }

        using var server = new MapServer(options, stored, endpoint, Store, Fence);
        server.Endpoint.Listen(listen);
        Say(console, $"cluster {cluster.Id}: map of {options.Ranks} ranks at {server.Endpoint.Address}, kept in {directory}");
        while (!isReplaced && !ended.Wait(s_look, CancellationToken.None))
            isReplaced = claim.IsLost;
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
