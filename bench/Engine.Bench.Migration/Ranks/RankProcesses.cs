// A cluster as its users run it: every process of it is one of the command, and is asked by its control socket. Whatever is
// measured goes through these processes; the bench itself is their client and operator.

using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Engine.Cli;
using Engine.Cli.Clusters;
using Engine.Cluster;
using Engine.Metadata;
using Engine.Migration;

namespace Engine.Bench.Migration;

/// <summary>Two ranks and their map, each a process of the command, in a directory of their own, which goes with them.</summary>
internal sealed class RankProcesses : IDisposable
{
    public const int Count = 2;

    private const string Command = "src/Engine.Cli/bin/Release/net10.0/engine.dll";
    private const string BeaconMs = "500";
    private const string GraceMs = "5000";
    private const int TriesMax = 20;

    private static readonly MessageFormats s_formats =
        new([.. MetadataFormats.Create(), .. MigrationFormats.Create(), .. MapFormats.Create()]);

    private readonly string _command;
    private readonly List<ServiceProcess> _processes = [];
    private readonly ServiceProcess[] _ranks = new ServiceProcess[Count];
    private readonly ServiceProcess _mapProcess;
    private readonly IPEndPoint _map;
    private ServiceProcess? _standby;
    private long _clients;

    /// <summary>Starts them below the sources' root, and waits until they serve.</summary>
    /// <exception cref="IOException">The command was not built.</exception>
    public RankProcesses(string root)
    {
        _command = Path.Combine(root, Command);
        if (!File.Exists(_command))
            throw new IOException($"{_command} is not there; build src/Engine.Cli");
        Store = Path.Combine(root, "artifacts", "migrate");
        if (Directory.Exists(Store))
            Directory.Delete(Store, recursive: true);
        _mapProcess = Start(
            "map", "serve", "--store", Store, "--ranks", Text(Count), "--listen", "127.0.0.1:0", "--beacon", BeaconMs,
            "--grace", GraceMs);
        _map = IPEndPoint.Parse(_mapProcess.Await(" ranks at ").Split(" at ")[1].Split(',')[0]);
        for (int rank = 0; rank < Count; rank++)
            _ranks[rank] = StartRank("--rank", Text(rank));
        for (int rank = 0; rank < Count; rank++)
            AwaitActive(_ranks[rank], rank);
    }

    /// <summary>What the ranks share.</summary>
    public string Store { get; }

    /// <summary>Tries of <see cref="Move"/> that came to nothing.</summary>
    public int Refused { get; private set; }

    /// <summary>A client of theirs.</summary>
    public ClusterFsClient Connect() => new(NewClient(), CancellationToken.None);

    /// <summary>A client of theirs, as a process would have it.</summary>
    public ClusterClient NewClient() => new(new ClusterClientOptions
    {
        Process = (1L << 40) + ++_clients, Map = _map, Formats = s_formats, Name = "bench",
    });

    /// <summary>Moves a directory, and waits for the end of that; what the exporter says of it. What is refused is tried again:
    /// under load a rank may just be busy with the directory.</summary>
    /// <exception cref="IOException">It was refused time after time.</exception>
    public JsonObject Move(string directory, int from, int to)
    {
        string why = "";
        for (int tries = 0; tries < TriesMax; tries++)
        {
            try
            {
                string id = (string)Ask(from, "export dir", directory, Text(to))["id"]!;
                JsonObject said = Ask(from, "export wait", id);
                why = (string)said["refusal"]!;
                if (why == nameof(MigrationRefusal.None))
                    return said;
            }
            catch (CliException refusal) when (refusal.ExitCode == ExitCode.Failure)
            {
                why = refusal.Message;
            }

            Refused++;
        }

        IEnumerable<string> last = _processes.Select(static each => each.Text.Split('\n')[^1]);
        throw new IOException(
            $"{directory} does not move from rank {from} to rank {to}: {why}; processes' last words: {string.Join("; ", last)}");
    }

    /// <summary>Starts a process that stands by, and waits until it does.</summary>
    public void StandBy()
    {
        _standby = StartRank();
        _standby.Await("stands by");
    }

    /// <summary>Kills a rank, and waits until the map says that it is gone.</summary>
    public void Kill(int rank)
    {
        string next = (LifeOf(rank) + 1).ToString(CultureInfo.InvariantCulture);
        _ranks[rank].Kill();
        _mapProcess.Await($"rank {Text(rank)} is gone: its journal closes to every life before {next}");
    }

    /// <summary>Waits until who stood by is the rank, and serves.</summary>
    public void AwaitTakeover(int rank)
    {
        _ranks[rank] = _standby!;
        _standby = null;
        _ranks[rank].Await(Active(rank));
    }

    /// <summary>What a rank finds wrong with itself.</summary>
    public int ViolationsOf(int rank) => Ask(rank, "check")["violations"]!.AsArray().Count;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ServiceProcess process in _processes)
            process.Dispose();
        Directory.Delete(Store, recursive: true);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Active(int rank) => $"rank {Text(rank)}: Active";

    private long LifeOf(int rank) => (long)Ask(rank, "status")["life"]!;

    private static void AwaitActive(ServiceProcess process, int rank)
    {
        process.Await(Active(rank));
        process.Await("engine mig status");
    }

    private JsonObject Ask(int rank, string verb, params string[] arguments) =>
        ControlCall.Of(Path.Combine(Store, $"rank-{Text(rank)}.control"), verb, arguments);

    private ServiceProcess StartRank(params string[] more) =>
        Start(["rank", "serve", "--map", _map.ToString(), "--store", Store, .. more]);

    private ServiceProcess Start(params string[] arguments)
    {
        var process = new ServiceProcess("dotnet", [_command, .. arguments]);
        _processes.Add(process);
        return process;
    }
}
