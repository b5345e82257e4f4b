// Purpose: ranks of a cluster of processes are killed (SIGKILL) at random moments of migrations, while clients work in what
// moves. Every operation that was acknowledged is present once, every directory has one authority, and nothing stands still
// for longer than its deadlines allow.
// How it is judged: each client compares every answer with what it did before; after each kill, and at the end, the clients
// stand still, every name is counted, and every rank is audited. A run is drawn from a seed; the timing of processes is not.

using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Engine.Buffers;
using Engine.Cli;
using Engine.Cli.Clusters;
using Engine.Cluster;
using Engine.Metadata;
using Engine.Migration;
using Engine.Testing;
using Xunit.Abstractions;

namespace Engine.System.Tests;

/// <summary>Kills in the middle of migrations between processes.</summary>
public sealed class MigrationKillTests(ITestOutputHelper output) : IDisposable
{
    private const int Ranks = 3;
    private const int Directories = 6;
    private const int Files = 150;
    private const int Clients = 3;
    private const int Kills = 30;
    private const int KillsUsual = 6;

    /// <summary>A migration of one of the directories takes about so long here.</summary>
    private const int MigrationMs = 60;

    private static readonly TimeSpan s_soak = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(20);
    private static readonly MigrationOptions s_options = new();

    /// <summary>What may stand still: from the freeze to the importer's word, and the bytes' time, which is none here.</summary>
    private static readonly double s_frozenMsMax =
        (s_options.PrepMicros + s_options.WarningMicros + s_options.ExportingMicros) / 1000.0;

    private static readonly TimeSpan s_deadlines = TimeSpan.FromMicroseconds(
        s_options.LockingMicros + s_options.DiscoverMicros + s_options.StagingMicros + s_options.FreezeMicros
        + s_options.PrepMicros + s_options.WarningMicros + s_options.ExportingMicros);

    private static readonly KillPoint[] s_exporterPoints = [.. Enum.GetValues<KillPoint>().Where(
        static point => point is > KillPoint.None and < KillPoint.Import1)];

    // An import is undone, and so at its tenth point, only where the exporter fails.
    private static readonly KillPoint[] s_importerPoints = [.. Enum.GetValues<KillPoint>().Where(
        static point => point >= KillPoint.Import1 && point != KillPoint.Import10)];

    private static readonly string[] s_directories =
    [
        .. Enumerable.Range(0, Directories / 2).SelectMany(static each => (string[])[Text($"/m{each}"), Text($"/m{each}/sub")]),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("engine-kills-").FullName;
    private readonly SeededRandom _random = new(11);
    private readonly List<DemoClient> _clients = [];
    private readonly HashSet<string> _moved = [];
    private double _frozenMs;
    private int _atPoint;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>At night for half an hour.</summary>
    [Fact]
    public void MG145_WhatIsAcknowledged_SurvivesKillsInMigrations()
    {
        using var cluster = new KillCluster(Path.Combine(_folder, "store"), Ranks);
        using var reader = new ClusterClient(OptionsOf(cluster, "judge"));
        try
        {
            Fill(reader);
            for (int number = 0; number < Clients; number++)
                _clients.Add(new DemoClient(OptionsOf(cluster, Text($"load {number}")), s_directories, number));
            int kills = 0;
            long began = Stopwatch.GetTimestamp();
            while (kills < Nightly.Count(usual: KillsUsual, nightly: Kills)
                || (Nightly.IsOn && Stopwatch.GetElapsedTime(began) < s_soak))
                Judge(cluster, reader, KillOne(cluster, kills++));

            cluster.RestartAll();
            Judge(cluster, reader, "after all ranks began anew");
            Tell(kills);
        }
        finally
        {
            foreach (DemoClient client in _clients)
                client.Dispose();
        }
    }

    private void Tell(int kills)
    {
        foreach (DemoClient client in _clients)
            client.Stop();
        long operations = _clients.Sum(static client => client.Operations);
        long unknown = _clients.Sum(static client => client.Unknown);
        double longestMs = _clients.SelectMany(static client => client.Delays).Max() / 1000;
        output.WriteLine(Text($"{kills} kills, {_atPoint} of them at a point; {_moved.Count} migrations were seen to their end, ")
            + Text($"frozen {_frozenMs:0} ms at most; {operations} operations, the longest {longestMs:0} ms; ")
            + Text($"of {unknown} nobody can tell the outcome"));
        Assert.True(_moved.Count > 0 && operations > kills, "there was nothing to kill in");
    }

    private static ClusterClientOptions OptionsOf(KillCluster cluster, string name) => new()
        { Process = ClusterOptions.NewProcess(), Map = cluster.Map, Formats = ClusterOptions.Formats, Name = name };

    private static ClientRequest Of(ClientOp op, string path) => new(0, op) { Path = Encoding.UTF8.GetBytes(path) };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Fill(ClusterClient client)
    {
        foreach (string directory in s_directories)
        {
            Assert.Equal(IoError.None, client.Call(Of(ClientOp.MakeDirectory, directory)).Error);
            for (int file = 0; file < Files; file++)
                Assert.Equal(IoError.None, client.Call(Of(ClientOp.Create, Text($"{directory}/f{file}"))).Error);
        }
    }

    /// <summary>Begins migrations, and kills a rank in the middle of them: at a point, or after a time.</summary>
    private string KillOne(KillCluster cluster, int kill)
    {
        Dictionary<string, int> owners = OwnersOf(cluster);
        string directory = s_directories[_random.NextInt(s_directories.Length)];
        int from = owners[directory];
        int to = (from + 1 + _random.NextInt(Ranks - 1)) % Ranks;
        bool isExporter = _random.NextInt(2) == 0;
        bool isOther = _random.NextInt(6) == 0;
        int victim = isOther ? Ranks - from - to : isExporter ? from : to;
        bool hasPoint = !isOther && _random.NextInt(2) == 0;
        KillPoint[] points = isExporter ? s_exporterPoints : s_importerPoints;
        KillPoint point = points[_random.NextInt(points.Length)];
        TimeSpan after = TimeSpan.FromMilliseconds(_random.NextInt(MigrationMs));
        string what = Text($"kill {kill}: {directory} from {from} to {to}, rank {victim} ")
            + (hasPoint ? Text($"at {point}") : Text($"after {after.TotalMilliseconds} ms"));
        if (hasPoint)
            cluster.Ask(victim, "inject kill", point.ToString());
        TryExport(cluster, from, directory, to);
        foreach (string other in s_directories.Where(each => each != directory && _random.NextInt(3) == 0))
            TryExport(cluster, owners[other], other, _random.NextInt(Ranks));
        bool isDead = cluster.EndsWithin(victim, after);
        while (hasPoint && !isDead && IsMigrating(cluster, from))
            isDead = cluster.EndsWithin(victim, s_poll);
        isDead = isDead || (hasPoint && cluster.EndsWithin(victim, s_poll));
        _atPoint += isDead ? 1 : 0;
        cluster.KillAndReplace(victim);
        output.WriteLine(what + (isDead ? ", there" : ""));
        return what;
    }

    private static void TryExport(KillCluster cluster, int from, string directory, int to)
    {
        try
        {
            cluster.Ask(from, "export dir", directory, Text($"{to}"));
        }
        catch (CliException refusal)
        {
            // It moves already, is that rank's, or the rank that has it is dead.
            Assert.True(refusal.ExitCode is ExitCode.Failure or ExitCode.Environment, refusal.Message);
        }
    }

    private static bool IsMigrating(KillCluster cluster, int rank)
    {
        try
        {
            return cluster.Ask(rank, "export list")["exports"]!.AsArray().Count > 0;
        }
        catch (CliException gone) when (gone.ExitCode == ExitCode.Environment)
        {
            return false;
        }
    }

    private static Dictionary<string, int> OwnersOf(KillCluster cluster)
    {
        var roots = new Dictionary<string, int>();
        for (int rank = 0; rank < Ranks; rank++)
        {
            foreach (JsonNode? root in cluster.Ask(rank, "subtrees")["subtrees"]!.AsArray())
            {
                var path = (string)root!["path"]!;
                bool isOwn = (string?)root["authority"] == Text($"({rank},?)");
                bool isAlone = !isOwn || roots.TryAdd(path, rank);
                Assert.True(isAlone, $"{path} has two authorities: {rank} and {roots.GetValueOrDefault(path)}");
            }
        }

        var owners = new Dictionary<string, int>();
        foreach (string directory in s_directories)
        {
            string above = directory[..directory.LastIndexOf('/')];
            owners[directory] = roots.TryGetValue(directory, out int own) ? own : owners.GetValueOrDefault(above, 0);
        }

        return owners;
    }

    /// <summary>The clients stand still and nothing moves: every name is counted, and every rank is as it should be.</summary>
    private void Judge(KillCluster cluster, ClusterClient reader, string when)
    {
        foreach (DemoClient client in _clients)
            client.Pause();
        AwaitEnd(cluster, when);
        foreach (DemoClient client in _clients)
            Assert.True(client.Faults.Count == 0, $"{when}: {string.Join("; ", client.Faults)}");
        HashSet<string> expected = [.. _clients.SelectMany(static client => client.Paths)];
        HashSet<string> doubtful = [.. _clients.SelectMany(static client => client.Doubtful)];
        foreach (string directory in s_directories)
        {
            expected.UnionWith(Enumerable.Range(0, Files).Select(file => Text($"{directory}/f{file}")));
            if (s_directories.Contains(directory + "/sub"))
                expected.Add(directory + "/sub");
        }

        List<string> found = [.. s_directories.SelectMany(directory => NamesIn(reader, directory, when))];
        Assert.True(found.Distinct().Count() == found.Count, $"{when}: a name is there twice");
        AssertNone($"{when}: lost", expected.Except(found).Except(doubtful));
        AssertNone($"{when}: there, and was not made or was removed", found.Except(expected).Except(doubtful));
        Assert.Equal(s_directories.Length, OwnersOf(cluster).Count);
        for (int rank = 0; rank < Ranks; rank++)
        {
            AwaitRest(cluster, rank, when);
            JudgeHistory(cluster, rank, when);
        }

        foreach (DemoClient client in _clients)
            client.Resume();
    }

    /// <summary>No migration lasts longer than its deadlines, whoever died in it.</summary>
    private static void AwaitEnd(KillCluster cluster, string when)
    {
        long start = Stopwatch.GetTimestamp();
        for (int rank = 0; rank < Ranks; rank++)
        {
            while (IsMigrating(cluster, rank))
            {
                TimeSpan waited = Stopwatch.GetElapsedTime(start);
                Assert.True(waited < s_deadlines, $"{when}: rank {rank}: {cluster.Ask(rank, "export list")}");
                Thread.Yield();
            }
        }
    }

    /// <summary>Locks go where they are best once nobody asks for anything, and hold what they are about until they are there.
    /// </summary>
    private static void AwaitRest(KillCluster cluster, int rank, string when)
    {
        string[] wrong;
        long start = Stopwatch.GetTimestamp();
        do
        {
            wrong = [.. cluster.Ask(rank, "check", "--at-rest")["violations"]!.AsArray().Select(
                static each => (string)each!["violation"]!)];
        }
        while (wrong.Length > 0 && Stopwatch.GetElapsedTime(start) < s_deadlines);

        AssertNone($"{when}: rank {rank}", wrong);
    }

    private void JudgeHistory(KillCluster cluster, int rank, string when)
    {
        foreach (JsonNode? report in cluster.Ask(rank, "export list", "--history")["history"]!.AsArray())
        {
            var frozenMs = (double)report!["frozen ms"]!;
            Assert.True(frozenMs <= s_frozenMsMax, $"{when}: rank {rank}: {report}");
            _frozenMs = Math.Max(_frozenMs, frozenMs);
            if ((string?)report["refusal"] == "None")
                _moved.Add((string)report["id"]!);
        }
    }

    private static List<string> NamesIn(ClusterClient client, string directory, string when)
    {
        var names = new List<string>();
        DirectoryCursor cursor = default;
        bool isEnd = false;
        while (!isEnd)
        {
            ClientReply reply = client.Call(Of(ClientOp.ReadDirectory, directory) with { Cursor = cursor });
            Assert.True(reply.Error.IsNone, $"{when}: {directory} cannot be listed: {reply.Error.Name}");
            names.AddRange(reply.Items.Select(item => $"{directory}/{Encoding.UTF8.GetString(item.Name.Span)}"));
            (cursor, isEnd) = (reply.Cursor, reply.IsEnd);
        }

        ClientReply stat = client.Call(Of(ClientOp.GetAttributes, directory));
        bool isSum = stat.Error.IsNone && stat.Stat.Size == names.Count;
        Assert.True(isSum, $"{when}: {directory} counts {stat.Stat.Size} and has {names.Count} names: {stat.Error.Name}");
        return names;
    }

    private static void AssertNone(string what, IEnumerable<string> wrong)
    {
        string[] all = [.. wrong];
        Assert.True(all.Length == 0, $"{what}: {string.Join("; ", all)}");
    }
}
