using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Engine.Cli;
using Engine.Cli.Clusters;
using Engine.Testing.SystemSupport;

namespace Engine.System.Tests;

/// <summary>A cluster of processes on this machine with one that stands by; a rank that is killed is taken over by that, and the
/// next one stands by.</summary>
internal sealed class KillCluster : IDisposable
{
    private const string BeaconMs = "200";

    // Long beside what a busy machine keeps a process waiting for; a process that is killed is noticed at once.
    private const string GraceMs = "3000";

    private readonly string _store;
    private readonly ServiceProcess _map;
    private readonly ServiceProcess[] _ranks;
    private ServiceProcess _standby;

    /// <summary>Starts it, and waits until every rank serves.</summary>
    public KillCluster(string store, int ranks)
    {
        _store = store;
        _map = Start("map", "serve", "--store", store, "--ranks", Text(ranks), "--listen", "127.0.0.1:0",
            "--beacon", BeaconMs, "--grace", GraceMs);
        Map = IPEndPoint.Parse(_map.Await(" ranks at ").Split(" at ")[1].Split(',')[0]);
        _ranks = [.. Enumerable.Range(0, ranks).Select(rank => StartRank("--rank", Text(rank)))];
        for (int rank = 0; rank < ranks; rank++)
            AwaitRank(_ranks[rank], rank);
        _standby = StartStandby();
    }

    /// <summary>Where its map is.</summary>
    public IPEndPoint Map { get; }

    /// <summary>Ranks that it has.</summary>
    public int RankCount => _ranks.Length;

    /// <summary>Asks a rank as its operator.</summary>
    /// <exception cref="CliException">It says no, or is gone.</exception>
    public JsonObject Ask(int rank, string verb, params string[] arguments) =>
        ControlCall.Of(Path.Combine(_store, $"rank-{Text(rank)}.control"), verb, arguments);

    /// <summary>Does a rank's process end by itself within a time?</summary>
    public bool EndsWithin(int rank, TimeSpan time) => _ranks[rank].EndsWithin(time);

    /// <summary>Kills a rank's process, unless it has ended already, waits until the one that stood by is that rank, and has
    /// another stand by.</summary>
    public void KillAndReplace(int rank)
    {
        if (!_ranks[rank].HasEnded)
            _ranks[rank].Kill();
        AwaitRank(_standby, rank);
        _ranks[rank].Dispose();
        _ranks[rank] = _standby;
        _standby = StartStandby();
    }

    /// <summary>Kills all ranks at once, and starts them anew.</summary>
    public void RestartAll()
    {
        // Whoever stands by would be one of them.
        _standby.Dispose();
        foreach (ServiceProcess rank in _ranks)
            rank.Dispose();
        for (int rank = 0; rank < _ranks.Length; rank++)
            _ranks[rank] = StartRank("--rank", Text(rank));
        for (int rank = 0; rank < _ranks.Length; rank++)
            AwaitRank(_ranks[rank], rank);
        _standby = StartStandby();
    }

    /// <summary>The last lines that each process wrote.</summary>
    public string LastLines() =>
        string.Join('\n', _ranks.Append(_standby).Append(_map).SelectMany(static each => each.Text.Split('\n').TakeLast(3)));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ServiceProcess process in _ranks.Append(_standby).Append(_map))
            process.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static ServiceProcess Start(params string[] arguments) =>
        new(EngineCommandLine.Host, [EngineCommandLine.Assembly, .. arguments]);

    private static void AwaitRank(ServiceProcess process, int rank)
    {
        process.Await($"rank {Text(rank)}: Active");
        process.Await("engine mig status");
    }

    private ServiceProcess StartRank(params string[] more) =>
        Start(["rank", "serve", "--map", Map.ToString(), "--store", _store, .. more]);

    private ServiceProcess StartStandby()
    {
        ServiceProcess standby = StartRank();
        standby.Await("stands by");
        return standby;
    }
}
