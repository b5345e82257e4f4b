using System.CommandLine;
using System.Net;
using Engine.Cli.Clusters;
using Engine.Cli.Sessions;
using Engine.Load;
using Engine.Metadata;

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
        var control = new Option<string?>("--control")
            { Description = "Socket for engine mig (default DIR/rank-N.control, once it is rank N)", HelpName = "PATH" };
        Option<long> preTouch = SessionArguments.SizeOption("--pretouch", "", 0);
        preTouch.Description = "Memory for the namespace that is taken before it serves, not as it is used (default none)";
        var command = new Command("serve", "Become a rank as soon as the map has one free, and serve until it is ended.")
            { map, store, rank, listen, control, preTouch };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(rank) is { } wanted and (< 0 or >= RankId.CountMax))
                throw new CliException(ExitCode.Usage, $"--rank {wanted}: allowed: 0 to {RankId.CountMax - 1}");
            long touched = parsed.GetValue(preTouch);
            if (touched > FsSession.CacheBytes)
            {
                string most = ByteSize.Format(FsSession.CacheBytes);
                throw new CliException(ExitCode.Usage, $"--pretouch {ByteSize.Format(touched)}: allowed: at most {most} here");
            }

            RankId wants = parsed.GetValue(rank) is { } number ? new RankId(number) : RankId.None;
            using var process = new RankProcess(console, parsed.GetRequiredValue(store), parsed.GetValue(control), touched);
            return (int)process.Run(
                parsed.GetRequiredValue(map), ClusterOptions.WithPort(parsed.GetRequiredValue(listen)), wants, cancellation);
        });
        return command;
    }
}
