using System.CommandLine;
using Engine.Cli.Namespaces;

namespace Engine.Cli.Commands;

/// <summary><c>engine fs churn</c>, not listed: random changes with a log of what was acknowledged as safe, for tests that kill
/// the process.</summary>
internal static class FsChurnCommand
{
    public static Command Create(CliConsole console, CancellationToken cancellation)
    {
        Argument<string> dir = FsCommands.DirArgument();
        var seed = new Option<ulong>("--seed") { Description = "Which changes" };
        var log = new Option<string>("--log")
            { Description = "File that learns of each change before and after", Required = true };
        var count = new Option<int>("--operations") { Description = "Changes to make (default: until stopped)" };
        var command = new Command("churn", "Make random changes and log what is safe.") { dir, seed, log, count };
        command.Hidden = true;
        command.SetAction(parsed => FsCommands.Run(console, parsed.GetRequiredValue(dir), session =>
        {
            string path = parsed.GetRequiredValue(log);
            using var output = new FileStream(path, System.IO.FileMode.Append, FileAccess.Write, FileShare.Read);
            int operations = parsed.GetValue(count);
            var churn = new Churn(session.Client, parsed.GetValue(seed), output, cancellation);
            churn.Run(operations > 0 ? operations : int.MaxValue);
        }));
        return command;
    }
}
