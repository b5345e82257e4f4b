using System.CommandLine;
using System.Globalization;
using Engine.Cli.Reports;
using Engine.Cli.Sessions;
using Engine.Load;
using Engine.Volumes;

namespace Engine.Cli.Commands;

/// <summary><c>engine replay</c>: a block trace over a volume, every read verified.</summary>
internal static class ReplayCommand
{
    private const int ThreadsMax = 256;

    public static Command Create(CliConsole console, CancellationToken cancellation)
    {
        var trace = new Argument<string>("TRACE") { Description = "CSV, plain or gzipped: version,time,op,size,lbn" };
        var filename = new Option<string>("--filename")
            { Description = "The volume: a block device or file that holds one", HelpName = "PATH", Required = true };
        var speed = new Option<double>("--speed")
        {
            Description = "Multiple of the recorded speed (default: as fast as possible)",
            HelpName = "X",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
                    || value <= 0)
                    result.AddError($"--speed '{text}': allowed: a positive number, for example 10");
                return value;
            },
        };
        var threads = new Option<int>("--numjobs")
        {
            Description = "Requests in flight, each on its own thread (default 1)",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
                    || value is < 1 or > ThreadsMax)
                    result.AddError($"--numjobs '{text}': allowed: a whole number from 1 to {ThreadsMax}");
                return value;
            },
        };
        var shared = new SessionArguments();
        var command = new Command("replay", "Replay a block trace over a volume and check every read.")
            { trace, filename, speed, threads };
        shared.AddEngineTo(command);
        shared.AddCacheTo(command);
        shared.AddLogTo(command);
        shared.AddJsonTo(command);
        command.SetAction(parsed =>
        {
            var options = new SessionOptions(parsed.GetRequiredValue(filename), shared.Engine(parsed), shared.CacheBytes(parsed))
            {
                Cached = !shared.NoCache(parsed),
            };
            return (int)Run(
                console, parsed.GetRequiredValue(trace), options, shared.Log(parsed), parsed.GetValue(speed),
                    parsed.GetValue(threads),
                shared.Json(parsed), cancellation);
        });
        return command;
    }

    private static ExitCode Run(
        CliConsole console, string tracePath, SessionOptions options, string? logPath, double speed, int threads, bool json,
        CancellationToken cancellation)
    {
        BenchCommand.ExpectNoDirectory(tracePath);
        Trace trace = Trace.Load(tracePath);
        using VolumeSession session = VolumeSession.Open(options, console);
        if (trace.EndBytes > session.Store.Image.LengthBytes)
        {
            throw new TraceException($"{tracePath} reaches to byte {trace.EndBytes}, the volume {options.Path} has "
                + $"{session.Store.Image.LengthBytes} ({ByteSize.Format(session.Store.Image.LengthBytes)}): format a larger one, "
                + "a sparse file for example");
        }

        Volume volume = session.OpenVolume(options.Cached);
        console.IsQuiet = json;
        JobReport report = LoadRunner.Replay(volume, trace, speed, threads, new LoadOptions
        {
            Image = session.OpenImage(logPath ?? session.DefaultLogPath),
            Progress = console.ShowProgress,
            Cancellation = cancellation,
        });
        console.EndProgress();
        string engine = session.Engine;
        string? closeError = BenchCommand.Close(session);
        JobReports.Show(console, json, engine, [report], closeError);
        bool isGood = report.IsGood && closeError is null;
        return !isGood ? ExitCode.Failure : report.WasStopped ? ExitCode.Interrupted : ExitCode.Ok;
    }
}
