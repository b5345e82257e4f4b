// Purpose: the demonstration of the Migrator: a cluster of processes on this machine, a tree in it, clients at work, and
// subtrees that move to and fro under them; a rank that is killed in the middle where that is asked for; and at the end every
// name counted.
// Ownership: one run of the command; processes and files are gone behind it.

using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Engine.Buffers;
using Engine.Cli.Clusters;
using Engine.Cli.Reports;
using Engine.Cluster;
using Engine.Metadata;
using Spectre.Console;

namespace Engine.Cli.Commands;

/// <summary>One run of <c>engine demo migrate</c>.</summary>
/// <param name="console">Shows how it goes.</param>
/// <param name="inodes">Files that the tree is to have, about.</param>
/// <param name="ranks">Ranks.</param>
/// <param name="kills">Is one killed in the middle?</param>
/// <param name="cancellation">Ends it.</param>
internal sealed class MigrateDemo(CliConsole console, int inodes, int ranks, bool kills, CancellationToken cancellation)
{
    private const int Clients = 2;
    private const int FilesPerDirectory = 1000;
    private const int Rounds = 2;
    private const int TriesMax = 20;

    private readonly List<JsonObject> _moves = [];
    private readonly List<string> _faults = [];
    private string[] _directories = [];
    private int _files;
    private int _refused;
    private double _takeoverSeconds;

    /// <summary>Runs it.</summary>
    public ExitCode Run(string directory)
    {
        string store = Path.Combine(directory, "migrate");
        if (Directory.Exists(store))
            Directory.Delete(store, recursive: true);
        using var cluster = new DemoCluster(store, ranks);
        console.Out.WriteLine(
            $"cluster: map, {ranks} ranks and a standby as processes, journals in {store}, map at {cluster.Map}");
        Fill(cluster);
        var clients = Enumerable.Range(0, Clients)
            .Select(number => new DemoClient(OptionsOf(cluster, $"demo {number}"), _directories, number)).ToList();
        try
        {
            Move(cluster);
            foreach (DemoClient client in clients)
                client.Stop();
            Verify(cluster, clients);
            Show(clients);
        }
        catch (CliException failure) when (failure.ExitCode == ExitCode.Failure)
        {
            _faults.Add(failure.Message);
        }
        finally
        {
            foreach (DemoClient client in clients)
                client.Dispose();
        }

        foreach (string line in _faults.Count > 0 ? cluster.LastLines() : [])
            console.Out.WriteLine(line);
        foreach (string fault in _faults)
            console.Out.WriteLine("FAULT: " + fault);
        return _faults.Count > 0 ? ExitCode.Failure : cancellation.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Ok;
    }

    private static ClusterClientOptions OptionsOf(DemoCluster cluster, string name) => new()
        { Process = ClusterOptions.NewProcess(), Map = cluster.Map, Formats = ClusterOptions.Formats, Name = name };

    private static ClientRequest Of(ClientOp op, string path) => new(0, op) { Path = Encoding.UTF8.GetBytes(path) };

    private void Fill(DemoCluster cluster)
    {
        int count = Math.Max(ranks, (inodes + FilesPerDirectory - 1) / FilesPerDirectory);
        _files = Math.Max(1, inodes / count);
        _directories = [.. Enumerable.Range(0, count).Select(static each => Text($"/t{each}"))];
        long start = Stopwatch.GetTimestamp();
        using var client = new ClusterFsClient(new ClusterClient(OptionsOf(cluster, "demo")), cancellation);
        foreach (string directory in _directories)
        {
            if (client.Call(Of(ClientOp.MakeDirectory, directory)).Error is { Failed: true } error)
            {
                throw new CliException(
                    ExitCode.Failure, $"{directory} cannot be made: {error.Name}; {string.Join("; ", cluster.LastLines())}");
            }

            for (int file = 0; file < _files; file++)
                client.Submit(Of(ClientOp.Create, Text($"{directory}/f{file}")), Note);
        }

        client.WaitForAll();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        console.Out.WriteLine(Text(
            $"tree: {count} directories of {_files} files, made in {seconds:0.0} s; {Clients} clients begin to work in them"));
    }

    private void Note(ClientRequest request, ClientReply reply, object? state)
    {
        if (reply.Error.Failed)
            _faults.Add($"{Encoding.UTF8.GetString(request.Path.Span)}: {reply.Error.Name}");
    }

    private void Move(DemoCluster cluster)
    {
        int[] owners = new int[_directories.Length];
        int moves = Rounds * _directories.Length;
        for (int move = 0; move < moves && !cancellation.IsCancellationRequested && _faults.Count == 0; move++)
        {
            int at = move % _directories.Length;
            int to = (owners[at] + 1) % ranks;
            if (kills && move == moves / 2)
            {
                MoveAndKill(cluster, at, owners[at], to);
                owners[at] = OwnerOf(cluster, _directories[at]);
            }
            else if (TryMove(cluster, at, owners[at], to))
            {
                owners[at] = to;
            }
        }

        console.EndProgress();
    }

    private bool TryMove(DemoCluster cluster, int at, int from, int to)
    {
        string rank = to.ToString(CultureInfo.InvariantCulture);
        for (int tries = 0; tries < TriesMax; tries++)
        {
            try
            {
                string id = (string)cluster.Ask(from, "export dir", _directories[at], rank)["id"]!;
                JsonObject report = cluster.Ask(from, "export wait", id);
                if ((string?)report["refusal"] != "None")
                {
                    _refused++;
                    continue;
                }

                _moves.Add(report);
                string progress = $"{_directories[at]} to rank {to}: {report["inodes"]} inodes in {report["ms"]} ms, "
                    + $"frozen {report["frozen ms"]} ms";
                console.ShowProgress(progress, _moves.Count);
                return true;
            }
            catch (CliException refusal) when (refusal.ExitCode == ExitCode.Failure)
            {
                _refused++;
            }
        }

        _faults.Add($"{_directories[at]} could not be moved from rank {from} to rank {to}");
        return false;
    }

    /// <summary>The rank that gets the region dies once it has been told of it.</summary>
    private void MoveAndKill(DemoCluster cluster, int at, int from, int to)
    {
        cluster.Ask(from, "export dir", _directories[at], to.ToString(CultureInfo.InvariantCulture));
        long start = Stopwatch.GetTimestamp();
        cluster.Kill(to);
        console.Note($"rank {to} is killed while {_directories[at]} is on its way there");
        cluster.AwaitTakeover(to);
        _takeoverSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        console.Note(Text($"rank {to} serves again after {_takeoverSeconds:0.0} s"));
    }

    /// <summary>Who has a directory, by what the ranks say of their subtrees.</summary>
    private int OwnerOf(DemoCluster cluster, string directory)
    {
        for (int rank = 0; rank < ranks; rank++)
        {
            foreach (JsonNode? root in cluster.Ask(rank, "subtrees")["subtrees"]!.AsArray())
            {
                if ((string?)root!["path"] == directory && (string?)root["authority"] == Text($"({rank},?)"))
                    return rank;
            }
        }

        return 0;
    }

    private void Verify(DemoCluster cluster, List<DemoClient> clients)
    {
        foreach (DemoClient client in clients)
            _faults.AddRange(client.Faults);
        HashSet<string> expected = [.. clients.SelectMany(static client => client.Paths)];
        HashSet<string> doubtful = [.. clients.SelectMany(static client => client.Doubtful)];
        foreach (string directory in _directories)
        {
            for (int file = 0; file < _files; file++)
                expected.Add(Text($"{directory}/f{file}"));
        }

        using var reader = new ClusterClient(OptionsOf(cluster, "demo verification"));
        HashSet<string> found = [.. _directories.SelectMany(directory => NamesIn(reader, directory))];
        foreach (string path in expected.Except(found).Except(doubtful))
            _faults.Add($"{path} is lost");
        foreach (string path in found.Except(expected).Except(doubtful))
            _faults.Add($"{path} is there and was not made, or was removed");
        for (int rank = 0; rank < ranks; rank++)
        {
            foreach (JsonNode? violation in cluster.Ask(rank, "check")["violations"]!.AsArray())
                _faults.Add($"rank {rank}: {violation!["violation"]}");
        }

        if (_faults.Count == 0)
            console.Out.WriteLine(
                $"verified: all {expected.Count} names are there, no other one, and every rank is as it should be");
    }

    private static List<string> NamesIn(ClusterClient client, string directory)
    {
        var names = new List<string>();
        DirectoryCursor cursor = default;
        while (true)
        {
            ClientReply reply = client.Call(Of(ClientOp.ReadDirectory, directory) with { Cursor = cursor });
            if (reply.Error.Failed)
                throw new CliException(ExitCode.Failure, $"{directory} cannot be listed: {reply.Error.Name}");
            names.AddRange(reply.Items.Select(item => $"{directory}/{Encoding.UTF8.GetString(item.Name.Span)}"));
            if (reply.IsEnd)
                return names;
            cursor = reply.Cursor;
        }
    }

    private void Show(List<DemoClient> clients)
    {
        double moved = _moves.Sum(static move => (double)move["inodes"]!);
        double bytes = _moves.Sum(static move => (double)move["bytes"]!);
        double seconds = _moves.Sum(static move => (double)move["ms"]!) / 1000;
        double[] frozen = [.. _moves.Select(static move => (double)move["frozen ms"]!).Order()];
        double[] delays = [.. clients.SelectMany(static client => client.Delays).Order()];
        long unknown = clients.Sum(static client => client.Unknown);
        var table = new Table();
        table.AddColumn("question");
        table.AddColumn(new TableColumn("value") { Alignment = Justify.Right });
        table.AddRow("migrations; tries that were refused", Text($"{_moves.Count}; {_refused}"));
        if (_moves.Count > 0)
        {
            table.AddRow("inodes moved", Figures.Count(moved));
            table.AddRow("inodes/s while a migration is under way", Figures.Count(moved / Math.Max(seconds, 1e-9)));
            table.AddRow("bytes per inode", Figures.Number(bytes / Math.Max(1, moved), "0"));
            table.AddRow("frozen: median; longest", Milliseconds(frozen[frozen.Length / 2], frozen[^1]));
        }

        if (delays.Length > 0)
        {
            table.AddRow("client operations, each checked", Figures.Count(delays.Length));
            table.AddRow("of these nobody can tell the outcome", Figures.Count(unknown));
            double p999 = delays[(int)(0.999 * (delays.Length - 1))];
            table.AddRow("client delay: p99.9; longest", Milliseconds(p999 / 1000, delays[^1] / 1000));
        }

        if (kills)
            table.AddRow("killed rank: from the kill to serving", Text($"{_takeoverSeconds:0.0} s"));
        console.Write(table);
    }

    private static string Milliseconds(double one, double other) => Text($"{one:0.0}; {other:0.0} ms");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
