using System.Globalization;
using System.Text.Json.Nodes;

namespace Engine.Cli.Tests.Clusters;

/// <summary>A map and ranks in this process, over loopback, with their store in a directory of the test's.</summary>
public class ClusterFixture : CliFixture
{
    // A busy machine keeps threads waiting for long: nobody is to be taken for dead by chance.
    private const string GraceMs = "20000";

    private readonly List<RunningCommand> _running = [];

    /// <summary>Where the map is.</summary>
    protected string Map { get; private set; } = "127.0.0.1:0";

    /// <summary>The store that the processes share.</summary>
    protected string Store => PathOf("store");

    public override void Dispose()
    {
        _running.Reverse();
        foreach (RunningCommand command in _running)
            command.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected RunningCommand Start(params string[] args)
    {
        var command = new RunningCommand(args);
        _running.Add(command);
        return command;
    }

    private protected RunningCommand StartMap(int ranks, params string[] more)
    {
        string[] times = ["--beacon", "200", "--grace", GraceMs];
        RunningCommand map = Start(
            ["map", "serve", "--store", Store, "--ranks", Text(ranks), "--listen", Map, .. times, .. more]);
        Map = map.Await(" ranks at ").Split(" at ")[1].Split(',')[0];
        return map;
    }

    private protected RunningCommand StartRank(int rank)
    {
        RunningCommand command = Start("rank", "serve", "--store", Store, "--map", Map, "--rank", Text(rank));
        command.Await($"rank {Text(rank)}: Active");
        command.Await("engine mig status");
        return command;
    }

    /// <summary>A map of so many ranks, and all of them.</summary>
    private protected RunningCommand[] StartAll(int ranks)
    {
        StartMap(ranks);
        return [.. Enumerable.Range(0, ranks).Select(StartRank)];
    }

    protected string ControlOf(int rank) => Path.Combine(Store, $"rank-{Text(rank)}.control");

    protected static string Must(params string[] args)
    {
        CliResult result = Run(args);
        Assert.True(result.Exit == 0, $"{string.Join(' ', args)}: {result.Exit}: {result.Error}");
        return result.Output;
    }

    protected static JsonNode Ask(string verb, string control, params string[] more) =>
        JsonNode.Parse(Must([.. (string[])["mig", .. verb.Split(' '), control], .. more, "--json"]))!;

    protected static IEnumerable<JsonNode> Rows(JsonNode answer, string name) =>
        answer[name]!.AsArray().Select(static each => each!);

    /// <summary>Asks until it is so: each time another thread answers.</summary>
    protected static void Until(Func<bool> isSo)
    {
        long until = Environment.TickCount64 + 60_000;
        while (!isSo())
            Assert.True(Environment.TickCount64 < until, "it does not come to be so");
    }

    protected static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
