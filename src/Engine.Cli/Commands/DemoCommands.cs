using System.CommandLine;
using Engine.Cli.Clusters;
using Engine.Cli.Sessions;

namespace Engine.Cli.Commands;

/// <summary><c>engine demo data</c>: the main demonstration.</summary>
internal static class DemoCommands
{
    public static Command Create(CliConsole console, CancellationToken cancellation)
    {
        var device = new Option<string?>("--device")
            { Description = "Block device to use in place of a file; everything on it is lost", HelpName = "PATH" };
        var destroy = new Option<bool>("--destroy") { Description = "Yes, overwrite what --device holds" };
        var directory = new Option<string>("--dir")
        {
            Description = "Where the file and the side log are made (default artifacts/run)",
            HelpName = "DIR",
            DefaultValueFactory = _ => Path.Combine("artifacts", "run"),
        };
        var seconds = new Option<double>("--runtime")
        {
            Description = "Seconds of each of the eight jobs (default 3)",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => 3,
        };
        var shared = new SessionArguments();
        var data = new Command("data",
            "Write, read back and verify a volume through its cache, and compare with the same jobs without it.")
        {
            device, destroy, directory, seconds,
        };
        shared.AddEngineTo(data);
        shared.AddCacheTo(data);
        data.SetAction(parsed =>
        {
            string? path = parsed.GetValue(device);
            if (path is not null && !parsed.GetValue(destroy))
                throw new CliException(ExitCode.Usage,
                    $"--device {path}: everything on it would be lost; add --destroy to say that it may be");
            if (path is null && parsed.GetValue(destroy))
                throw new CliException(ExitCode.Usage, "--destroy: names no device; add --device PATH");
            if (parsed.GetValue(seconds) is not (> 0 and <= 3600))
                throw new CliException(ExitCode.Usage, "--runtime: allowed: more than 0 and up to 3600 seconds");
            var demo = new DataDemo(
                console, shared.Engine(parsed), shared.CacheBytes(parsed), !shared.NoCache(parsed),
                TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancellation);
            string files = parsed.GetRequiredValue(directory);
            if (File.Exists(files))
                throw new CliException(ExitCode.Environment, $"--dir {files}: it is a file; name a directory");
            return (int)(path is null ? demo.RunOnFile(files) : demo.RunOnDevice(path, files));
        });
        return new Command("demo", "Demonstrations.") { data, CreateMigrate(console, cancellation) };
    }

    private static Command CreateMigrate(CliConsole console, CancellationToken cancellation)
    {
        Option<int> inodes = ClusterOptions.Number(
            "--inodes", "N", "Files that the tree is to have (default 20000)", 20_000, 1, 10_000_000);
        Option<int> ranks = ClusterOptions.Number("--ranks", "N", "Ranks (default 2)", 2, 2, 8);
        var kill = new Option<bool>("--kill") { Description = "Kill a rank in the middle of a migration" };
        var directory = new Option<string>("--dir")
        {
            Description = "Where the cluster's store is made (default artifacts/run)",
            HelpName = "DIR",
            DefaultValueFactory = _ => Path.Combine("artifacts", "run"),
        };
        var migrate = new Command("migrate",
            "Start a cluster of processes, fill it, move subtrees between ranks under clients at work, and verify all of it.")
        {
            inodes, ranks, kill, directory,
        };
        migrate.SetAction(parsed =>
        {
            var demo = new MigrateDemo(
                console, parsed.GetValue(inodes), parsed.GetValue(ranks), parsed.GetValue(kill), cancellation);
            return (int)demo.Run(Path.GetFullPath(parsed.GetRequiredValue(directory)));
        });
        return migrate;
    }
}
