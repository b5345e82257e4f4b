// Purpose: a cluster as its users run it: a map, ranks and one that stands by as processes, journals on disk, TCP between them,
// and the command as client. Processes are killed and halted; what was acknowledged is there.

using System.Globalization;
using Engine.Cli.Clusters;
using Engine.Testing.SystemSupport;

namespace Engine.System.Tests;

/// <summary>Ranks as processes.</summary>
public sealed partial class ClusterProcessTests : IDisposable
{
    private const int Files = 300;

    // Long beside what a busy machine keeps a process waiting for.
    private const string GraceMs = "3000";

    private readonly string _folder = Directory.CreateTempSubdirectory("engine-cluster-").FullName;
    private readonly List<ServiceProcess> _services = [];
    private string _map = "127.0.0.1:0";

    private string Store => Path.Combine(_folder, "store");

    public void Dispose()
    {
        foreach (ServiceProcess service in _services)
            service.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void ASubtreeMoves_AndWhoHasItIsKilled()
    {
        ServiceProcess map = StartMap();
        ServiceProcess zero = StartRank(0);
        ServiceProcess one = StartRank(1);
        ServiceProcess standby = Start("rank", "serve", "--map", _map, "--store", Store);
        standby.Await("stands by");
        Fill("/a");
        Assert.Equal(Files, Names("/a"));

        Must("mig", "export", "pause", ControlOf(0));
        Assert.Contains("queued", Must("mig", "export", "dir", ControlOf(0), "/a", "1"), StringComparison.Ordinal);
        Assert.Contains("\"paused\": true", Must("mig", "export", "queue", ControlOf(0), "--json"), StringComparison.Ordinal);
        Assert.Contains("forgotten:      1", Must("mig", "export", "queue", ControlOf(0), "--clear"), StringComparison.Ordinal);
        Must("mig", "export", "resume", ControlOf(0));
        Assert.Contains("operations:     none", Must("mig", "ops", ControlOf(0)), StringComparison.Ordinal);

        ToolRun export = EngineCommandLine.Run("mig", "export", "dir", ControlOf(0), "/a", "1", "--wait", "--json");
        Assert.True(export.Succeeded, export.All);
        Assert.Contains($"\"inodes\": {Files}", export.Output, StringComparison.Ordinal);
        string metrics = Must("mig", "metrics", ControlOf(0));
        Assert.Contains("mig_exports_total", metrics, StringComparison.Ordinal);
        Assert.Contains("result=done,reason=", metrics, StringComparison.Ordinal);
        Must("fs", "mkdir", "--map", _map, "/a/moved");
        Assert.Equal(Files + 1, Names("/a"));

        one.Kill();
        Must("fs", "mkdir", "--map", _map, "/a/after");
        Assert.Equal(Files + 2, Names("/a"));
        Assert.True(standby.Text.Contains("rank 1: Active", StringComparison.Ordinal), standby.Text);
        Assert.Contains("rank 1 is gone: its journal closes to every life before 2", map.Text, StringComparison.Ordinal);

        // The map knows where it was; ranks find it again.
        map.Kill();
        StartMap();
        zero.Kill();
        StartRank(0);
        Must("fs", "mkdir", "--map", _map, "/b");
        Assert.Equal(Files + 2, Names("/a"));
        foreach (int rank in (int[])[0, 1])
            Must("mig", "check", ControlOf(rank));
        Assert.Contains("| /a    ", Must("mig", "subtrees", ControlOf(1)), StringComparison.Ordinal);
    }

    [Fact]
    public void ARankThatIsHalted_IsTakenOver_AndWritesNothingMore()
    {
        StartMap();
        ServiceProcess zero = StartRank(0);
        StartRank(1);
        Fill("/a");
        Signal(zero, "STOP");
        ServiceProcess next = StartRank(0);
        Must("fs", "mkdir", "--map", _map, "/a/after");
        Assert.Equal(Files + 1, Names("/a"));
        Signal(zero, "CONT");
        zero.AwaitEnd();
        Assert.Equal(1, zero.ExitCode);
        Must("fs", "mkdir", "--map", _map, "/a/later");
        next.Kill();
        StartRank(0);
        Assert.Equal(Files + 2, Names("/a"));
        Must("mig", "check", ControlOf(0));
    }

    [Fact]
    public void TheDemonstrationVerifiesItself()
    {
        string output = Must("demo", "migrate", "--inodes", "3000", "--ranks", "3", "--kill", "--dir", _folder);
        Assert.Contains("verified: all ", output, StringComparison.Ordinal);
        Assert.Contains("killed rank: from the kill to serving", output, StringComparison.Ordinal);
        Assert.DoesNotContain("FAULT", output, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsAskedWrongly_IsSaidInOneLine()
    {
        Refuses($"--store {Store}: it does not exist", "rank", "serve", "--map", "127.0.0.1:1", "--store", Store);
        Refuses("--map 'here': allowed: an IP address and a port", "rank", "serve", "--map", "here", "--store", Store);
        Refuses("--map here: allowed: an IP address and a port", "fs", "ls", "--map", "here", "/");
        Refuses("no map answers at 127.0.0.1:1 within 5 s; is engine map serve", "fs", "ls", "--map", "127.0.0.1:1", "/");
        Refuses("not on a cluster's", "fs", "check", "--map", "127.0.0.1:1");
        Refuses("none: does not exist", "mig", "status", Path.Combine(_folder, "none"));
        Refuses("--ranks '1': allowed: 2 to 8", "demo", "migrate", "--ranks", "1");
        Refuses(
            "--pretouch 1 TiB: allowed: at most ",
            "rank", "serve", "--map", "127.0.0.1:1", "--store", Store, "--pretouch", "1TiB");
        Refuses("--ranks '0': allowed: 1 to 64", "map", "serve", "--store", Store, "--ranks", "0");
        StartMap();
        Refuses("cannot listen", "map", "serve", "--store", Path.Combine(_folder, "other"), "--listen", _map);
        StartRank(0);
        foreach (string[] verb in (string[][])[["ls"], ["check"], ["check", "--cut"], ["check", "--repair"], ["dump"]])
            Refuses("is the store of a cluster", ["fs", verb[0], Store, .. verb[1..]]);
        Assert.False(Path.Exists(Path.Combine(Store, "journal")) || Path.Exists(Path.Combine(Store, "repair-under-way")));
        Refuses("NoSuchRank", "mig", "export", "dir", ControlOf(0), "/", "7");
        Refuses("/none: does not exist", "mig", "export", "dir", ControlOf(0), "/none", "1");
        Refuses("allowed: Export1", "mig", "inject", "kill", ControlOf(0), "Export99");
        Refuses("RANK.LIFE.NUMBER", "mig", "export", "show", ControlOf(0), "7");
    }

    private static string Must(params string[] arguments)
    {
        ToolRun run = EngineCommandLine.Run(arguments);
        Assert.True(run.Succeeded, $"{string.Join(' ', arguments)}: {run.All}");
        return run.Output;
    }

    private static void Refuses(string words, params string[] arguments)
    {
        ToolRun run = EngineCommandLine.Run(arguments);
        Assert.False(run.Succeeded, run.All);
        Assert.StartsWith("engine: ", run.Errors, StringComparison.Ordinal);
        Assert.Contains(words, run.Errors, StringComparison.Ordinal);
        Assert.Single(run.Errors.TrimEnd('\n').Split('\n'));
    }

    private static void Signal(ServiceProcess process, string name) =>
        ToolRun.Must("kill", "-" + name, process.Id.ToString(CultureInfo.InvariantCulture));

    private ServiceProcess Start(params string[] arguments)
    {
        var service = new ServiceProcess(EngineCommandLine.Host, [EngineCommandLine.Assembly, .. arguments]);
        _services.Add(service);
        return service;
    }

    private ServiceProcess StartMap()
    {
        ServiceProcess map = Start(
            "map", "serve", "--store", Store, "--ranks", "2", "--listen", _map, "--beacon", "200", "--grace", GraceMs);
        string line = map.Await(" ranks at ");
        _map = line.Split(" at ")[1].Split(',')[0];
        return map;
    }

    private ServiceProcess StartRank(int number)
    {
        string rank = number.ToString(CultureInfo.InvariantCulture);
        ServiceProcess service = Start("rank", "serve", "--map", _map, "--store", Store, "--rank", rank);
        service.Await($"rank {rank}: Active");
        service.Await("engine mig status");
        return service;
    }

    private string ControlOf(int rank) =>
        Path.Combine(Store, string.Create(CultureInfo.InvariantCulture, $"rank-{rank}.control"));

    private void Fill(string path)
    {
        Must("fs", "mkdir", "--map", _map, path);
        Must(["fs", "create", "--map", _map, .. Enumerable.Range(0, Files).Select(each => $"{path}/f{each}")]);
    }

    private int Names(string path) => Must("fs", "ls", "--map", _map, path).Count(static each => each == '\n');
}
