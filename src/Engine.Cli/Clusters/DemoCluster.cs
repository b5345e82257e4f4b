using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace Engine.Cli.Clusters;

/// <summary>A cluster of processes on this machine: a map, ranks, and one that stands by.</summary>
internal sealed class DemoCluster : IDisposable
{
    private const string BeaconMs = "500";
    private const string GraceMs = "5000";

    private readonly string _store;
    private readonly ServiceProcess _map;
    private readonly Dictionary<int, ServiceProcess> _ranks = [];
    private readonly ServiceProcess _standby;

    /// <summary>Starts them, and waits until every rank serves.</summary>
    /// <exception cref="CliException">One of them ended; says what it wrote.</exception>
    public DemoCluster(string store, int ranks)
    {
        _store = store;
        RankCount = ranks;
        _map = ServiceProcess.OfThisCommand(
            "map", "serve", "--store", store, "--ranks", Text(ranks), "--listen", "127.0.0.1:0", "--beacon", BeaconMs,
            "--grace", GraceMs);
        _standby = _map;
        try
        {
            Map = IPEndPoint.Parse(_map.Await(" ranks at ").Split(" at ")[1].Split(',')[0]);
            for (int rank = 0; rank < ranks; rank++)
                _ranks.Add(rank, StartRank("--rank", Text(rank)));
            foreach ((int rank, ServiceProcess process) in _ranks)
                AwaitRank(process, rank);
            _standby = StartRank();
            _standby.Await("stands by");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where its map is.</summary>
    public IPEndPoint Map { get; }

    /// <summary>Ranks that it has.</summary>
    public int RankCount { get; }

    /// <summary>Asks a rank as its operator.</summary>
    public JsonObject Ask(int rank, string verb, params string[] arguments)
    {
        try
        {
            return ControlCall.Of(SocketOf(rank), verb, arguments);
        }
        catch (CliException refusal) when (refusal.ExitCode == ExitCode.Environment)
        {
            throw new CliException(ExitCode.Failure, $"rank {rank} is gone; it wrote: {_ranks[rank].Text}");
        }
    }

    /// <summary>The last line that each process wrote.</summary>
    public IEnumerable<string> LastLines()
    {
        foreach (ServiceProcess process in _ranks.Values.Append(_standby).Append(_map).Distinct())
            yield return process.Text.Split('\n')[^1] + (process.HasEnded ? " (and ended)" : string.Empty);
    }

    /// <summary>Kills a rank's process.</summary>
    public void Kill(int rank) => _ranks[rank].Kill();

    /// <summary>Waits until the process that stood by is that rank and serves.</summary>
    public void AwaitTakeover(int rank)
    {
        AwaitRank(_standby, rank);
        _ranks[rank].Dispose();
        _ranks[rank] = _standby;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ServiceProcess process in _ranks.Values.Append(_standby).Append(_map).Distinct())
            process.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static void AwaitRank(ServiceProcess process, int rank)
    {
        process.Await($"rank {Text(rank)}: Active");
        process.Await("engine mig status");
    }

    private string SocketOf(int rank) => Path.Combine(_store, $"rank-{Text(rank)}.control");

    private ServiceProcess StartRank(params string[] more) =>
        ServiceProcess.OfThisCommand(["rank", "serve", "--map", Map.ToString(), "--store", _store, .. more]);
}
