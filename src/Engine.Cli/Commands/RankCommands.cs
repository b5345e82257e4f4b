using System.CommandLine;
using System.Net;
using Engine.Buffers;
using Engine.Cli.Clusters;
using Engine.Cli.Sessions;
using Engine.Cluster;
using Engine.Metadata;
using Engine.Migration;

namespace Engine.Cli.Commands;

/// <summary><c>engine rank</c>: a process of a cluster that serves a part of its namespace, or stands by to.</summary>
internal static class RankCommands
{
    public static Command Create(CliConsole console, CancellationToken cancellation) =>
        new("rank", "A rank of a cluster: serves a part of the namespace.") { CreateServe(console, cancellation) };

    private static Command CreateServe(CliConsole console, CancellationToken cancellation)
    {
        Option<IPEndPoint> map = ClusterOptions.Map();
        Option<string> store = ClusterOptions.Store();
        Option<IPEndPoint> listen = ClusterOptions.Listen();
        var rank = new Option<int?>("--rank")
            { Description = "The only rank that it may become (default: whichever is free, else it stands by)", HelpName = "N" };
        var command = new Command("serve", "Become a rank as soon as the map has one free, and serve until it is ended.")
            { map, store, rank, listen };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(rank) is { } wanted and (< 0 or >= RankId.CountMax))
                throw new CliException(ExitCode.Usage, $"--rank {wanted}: allowed: 0 to {RankId.CountMax - 1}");
            RankId wants = parsed.GetValue(rank) is { } number ? new RankId(number) : RankId.None;
            return Serve(
                console, parsed.GetRequiredValue(map), parsed.GetRequiredValue(store), wants,
                ClusterOptions.WithPort(parsed.GetRequiredValue(listen)), cancellation);
        });
        return command;
    }

    private static int Serve(
        CliConsole console, IPEndPoint map, string directory, RankId wants, IPEndPoint listen, CancellationToken cancellation)
    {
        ClusterDirectory cluster = ClusterDirectory.Open(directory, console.Note);
        using var ended = new ManualResetEventSlim();
        using CancellationTokenRegistration wake = cancellation.Register(ended.Set);
        string? problem = null;
        RankState shown = RankState.Created;
        void Show(RankHost host)
        {
            problem = host.Problem ?? (host.Status.State == RankState.Failed ? host.Status.Problem : null);
            if (host.Status.State != shown)
            {
                shown = host.Status.State;
                console.Out.WriteLine($"{host.Rank}: {shown}");
                console.Out.Flush();
            }

            if (problem is not null || shown == RankState.Stopped)
                ended.Set();
        }

        var options = new RankHostOptions
        {
            Process = ClusterOptions.NewProcess(), Cluster = cluster.Id, Map = map, Listen = listen,
            Formats = ClusterOptions.Formats, Wants = wants,
            Rank = new RankOptions { Incarnation = 1, CacheBytesMax = FsSession.CacheBytes },
            Prepare = static rank => rank.Add(new Migrator()), Changed = Show,
        };
        console.Out.WriteLine($"cluster {cluster.Id}: stands by at {listen}, map at {map}");
        console.Out.Flush();
        using var host = new RankHost(options, cluster);
        ended.Wait(CancellationToken.None);
        if (problem is not null)
            throw new CliException(ExitCode.Failure, problem);
        return (int)ExitCode.Ok;
    }
}
