using System.CommandLine;
using System.IO.Compression;
using System.Text;
using Engine.Cli.Sessions;
using Engine.Load;

namespace Engine.Cli.Commands;

/// <summary><c>engine trace make</c>.</summary>
internal static class TraceCommands
{
    public static Command Create(CliConsole console, CancellationToken cancellation)
    {
        var path = new Argument<string>("FILE") { Description = "The trace to write; gzipped when it ends in .gz" };
        var requests = new Option<int>("--requests")
            { Description = "Requests (default 100000)", HelpName = "N", DefaultValueFactory = _ => 100_000 };
        Option<long> span = SessionArguments.SizeOption("--span", "Addresses are below this", 512L << 20);
        var seed = new Option<ulong>("--seed")
            { Description = "Seed (default 1)", HelpName = "N", DefaultValueFactory = _ => 1UL };
        var writes = new Option<int>("--writes")
            { Description = "Share of writes in percent (default 60)", HelpName = "N", DefaultValueFactory = _ => 60 };
        var force = new Option<bool>("--force") { Description = "Overwrite FILE when it exists" };
        var make = new Command("make", "Write a seeded trace of the form and character of a recorded virtual disk's.")
            { path, requests, span, seed, writes, force };
        make.SetAction(parsed =>
        {
            var options = new TraceMakerOptions
            {
                Requests = parsed.GetValue(requests),
                SpanBytes = parsed.GetValue(span),
                Seed = parsed.GetValue(seed),
                WritePercent = parsed.GetValue(writes),
            };
            Make(parsed.GetRequiredValue(path), options, parsed.GetValue(force), cancellation);
            console.Out.WriteLine($"{parsed.GetRequiredValue(path)}: {options.Requests} requests below "
                + $"{ByteSize.Format(options.SpanBytes)}");
            return (int)ExitCode.Ok;
        });
        return new Command("trace", "Make block traces.") { make };
    }

    private static void Make(string path, TraceMakerOptions options, bool force, CancellationToken cancellation)
    {
        if (options.Requests < 1)
            throw new CliException(ExitCode.Usage, $"--requests {options.Requests}: allowed: at least 1");
        if (options.SpanBytes < TraceMakerOptions.SpanBytesMin)
            throw new CliException(ExitCode.Usage,
                $"--span {options.SpanBytes}: allowed: at least {ByteSize.Format(TraceMakerOptions.SpanBytesMin)}");
        if (options.WritePercent is < 0 or > 100)
            throw new CliException(ExitCode.Usage, $"--writes {options.WritePercent}: allowed: 0 to 100");
        if (Directory.Exists(path))
            throw new CliException(ExitCode.Environment, $"cannot write {path}: it is a directory; name a file in it");
        // What exists may be a volume or a device, which a slip of the hand must not destroy.
        bool isNew = !Path.Exists(path);
        if (!isNew && !force)
            throw new CliException(ExitCode.Environment,
                $"{path} exists already; choose another name, or give --force to overwrite it");
        try
        {
            Write(path, options, cancellation);
        }
        catch (Exception error) when (isNew && error is IOException or OperationCanceledException)
        {
            File.Delete(path);
            throw;
        }
    }

    private static void Write(string path, TraceMakerOptions options, CancellationToken cancellation)
    {
        using FileStream file = File.Create(path);
        using Stream output = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Optimal)
            : file;
        using var writer = new StreamWriter(output, new UTF8Encoding(false));
        new TraceMaker(options).WriteTo(writer, cancellation);
    }
}
