using System.CommandLine;
using Engine.Cli.Reports;
using Engine.Cli.Sessions;
using Engine.Load;

namespace Engine.Cli.Commands;

/// <summary><c>engine verify</c>: checks what verified jobs and replays left.</summary>
internal static class VerifyCommand
{
    public static Command Create(CliConsole console, CancellationToken cancellation)
    {
        var path = new Argument<string>("PATH") { Description = "Block device or file that holds the volume" };
        var touched = new Option<bool>("--touched")
            { Description = "Read only what was ever written: quicker on large volumes, finds no strays elsewhere" };
        var shared = new SessionArguments();
        var command = new Command("verify", "Check a volume against the side log of its verified jobs and replays.")
            { path, touched };
        shared.AddEngineTo(command);
        shared.AddLogTo(command);
        shared.AddJsonTo(command);
        command.SetAction(parsed =>
        {
            var options = new SessionOptions(parsed.GetRequiredValue(path), shared.Engine(parsed), 0)
                { ReadOnly = true, Cached = false };
            console.IsQuiet = shared.Json(parsed);
            using VolumeSession session = VolumeSession.Open(options, console);
            FaultReport report = Run(console, session, shared.Log(parsed) ?? session.DefaultLogPath, !parsed.GetValue(touched),
                cancellation);
            VerifyReport.Show(console, shared.Json(parsed), options.Path, report);
            return (int)(report.Faults == 0 ? ExitCode.Ok : ExitCode.Failure);
        });
        return command;
    }

    /// <summary>Checks the volume without its cache, so that what is read is what the device holds.</summary>
    internal static FaultReport Run(
        CliConsole console, VolumeSession session, string logPath, bool wholeVolume, CancellationToken cancellation)
    {
        SideLogContent log = SideLogContent.Load(logPath);
        Volumes.Volume volume = session.OpenVolume(cached: false);
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        FaultReport report = new Verifier(log).Run(
            volume,
            wholeVolume,
            bytes => console.ShowProgress(
                $"verify: {bytes * 100 / Math.Max(1, volume.Length)} %",
                    System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds),
            cancellation);
        console.EndProgress();
        return report;
    }
}
