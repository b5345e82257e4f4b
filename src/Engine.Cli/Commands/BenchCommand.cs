// engine bench: the jobs of a file or of the options, checked, run group by group over one opened volume, and reported.
// Ownership: one run of the command; the session closes what it opened. Invariant: nothing is opened before every job is known to
// be right, and nothing is written before every job is known to fit the volume.
using System.CommandLine;
using System.CommandLine.Parsing;
using Engine.Cli.Reports;
using Engine.Cli.Sessions;
using Engine.Devices;
using Engine.Load;
using Engine.Volumes;

namespace Engine.Cli.Commands;

/// <summary><c>engine bench</c>: a fio-style load over a volume.</summary>
internal static class BenchCommand
{
    public static Command Create(CliConsole console, CancellationToken cancellation)
    {
        var file = new Argument<string?>("JOBFILE")
        {
            Description = "A job file in fio's form; without one the options describe one job",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var shared = new SessionArguments();
        var command = new Command("bench",
            "Run fio-style jobs over a volume. The job options are fio's keys; they override those of a job file. Writes without "
                + "verify make the volume's side log wrong: it is removed before them.")
        {
            file,
        };
        List<Option<string?>> keys = [.. JobKeys.All.Select(OptionOf)];
        keys.ForEach(command.Add);
        shared.AddEngineTo(command);
        shared.AddCacheTo(command);
        shared.AddLogTo(command);
        shared.AddJsonTo(command);
        command.SetAction(parsed =>
        {
            List<JobDescription> jobs = ReadJobs(parsed, parsed.GetValue(file), keys, shared.NoCache(parsed));
            return (int)Run(console, jobs, shared, parsed, cancellation);
        });
        return command;
    }

    private static Option<string?> OptionOf(JobKey key) => new("--" + key.Name)
    {
        Description = key.IsFlag ? $"{key.Help} (default {key.Default})"
            : key.Default is null ? $"{key.Help} ({key.Allowed})" : $"{key.Help} ({key.Allowed}; default {key.Default})",
        HelpName = key.IsFlag ? "0|1" : key.Name.ToUpperInvariant(),
        Arity = key.IsFlag ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
    };

    private static List<JobDescription> ReadJobs(ParseResult parsed, string? file, List<Option<string?>> keys, bool noCache)
    {
        ExpectNoDirectory(file);
        IReadOnlyList<JobDescription> described = file is null ? [new JobDescription()] : JobFile.Load(file);
        var jobs = new List<JobDescription>();
        foreach (JobDescription original in described)
        {
            JobDescription job = original;
            foreach (Option<string?> option in keys)
            {
                if (parsed.GetResult(option) is not OptionResult given)
                    continue;
                string? value = given.Tokens.Count > 0 ? given.Tokens[0].Value : null;
                job = JobKeys.Apply(job, option.Name[2..], value, "command line");
            }

            if (job.Problem() is string problem)
                throw new JobFileException($"command line: {job.Label}: {problem}");
            jobs.Add(noCache ? job with { Direct = true } : job);
        }

        if (jobs[0].FileName is null)
            throw new JobFileException("key 'filename': missing: give --filename PATH, or filename=PATH in [global]");
        return jobs;
    }

    private static ExitCode Run(
        CliConsole console, List<JobDescription> jobs, SessionArguments shared, ParseResult parsed,
            CancellationToken cancellation)
    {
        IReadOnlyList<IReadOnlyList<JobDescription>> groups = JobFile.Group(jobs);
        bool cached = jobs.Exists(job => !job.Direct);
        bool readOnly = jobs.TrueForAll(job => !job.Writes);
        using VolumeSession session = VolumeSession.Open(
            new SessionOptions(
                jobs[0].FileName!, shared.GivenEngine(parsed) ?? jobs[0].Engine ?? DeviceEngine.Auto, shared.CacheBytes(parsed))
                { Cached = cached, ReadOnly = readOnly },
            console);
        foreach (JobDescription job in jobs)
            if (job.ProblemOn(session.Store.Image.LengthBytes) is string misfit)
                throw new JobFileException($"{job.Label}: {misfit}");

        string logPath = shared.Log(parsed) ?? session.DefaultLogPath;
        var reports = new List<JobReport>();
        console.IsQuiet = shared.Json(parsed);
        foreach (IReadOnlyList<JobDescription> group in groups)
        {
            if (cancellation.IsCancellationRequested || reports.Exists(report => !report.IsGood))
                break;
            VerifiedImage? image = PrepareLog(console, session, group, logPath);
            Volume volume = session.OpenVolume(cached: !group[0].Direct);
            reports.AddRange(LoadRunner.Run(volume, group, new LoadOptions
            {
                Image = image,
                Progress = console.ShowProgress,
                Cancellation = cancellation,
            }));
            console.EndProgress();
        }

        string engine = session.Engine;
        string? closeError = Close(session);
        if (reports.Count == 0)
        {
            console.SayEnd(" before the first job began");
            return ExitCode.Interrupted;
        }

        JobReports.Show(console, shared.Json(parsed), engine, reports, closeError);
        bool isGood = closeError is null && reports.TrueForAll(report => report.IsGood);
        return !isGood ? ExitCode.Failure : cancellation.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Ok;
    }

    /// <summary>Opens the side log for verified jobs. Unverified writes make it wrong: it is removed, and that is said.</summary>
    private static VerifiedImage? PrepareLog(
        CliConsole console, VolumeSession session, IReadOnlyList<JobDescription> group, string logPath)
    {
        if (group[0].Verify)
            return session.OpenImage(logPath);
        if (!group.Any(job => job.Writes) || !session.RemoveLog(logPath))
            return null;
        console.Note($"engine: jobs without verify write to the volume: its side log {logPath} would be wrong and was removed; "
            + "give --verify crc32c to keep one");
        return null;
    }

    /// <summary>A directory opened as a file is told as a lack of permission, which helps nobody.</summary>
    /// <exception cref="CliException">It is a directory.</exception>
    internal static void ExpectNoDirectory(string? inputPath)
    {
        if (Directory.Exists(inputPath))
            throw new CliException(ExitCode.Environment, $"cannot read {inputPath}: it is a directory; name a file in it");
    }

    /// <summary>Closes the volume; what could not be made durable becomes part of the report.</summary>
    internal static string? Close(VolumeSession session)
    {
        try
        {
            session.CloseVolume();
            return null;
        }
        catch (VolumeException error)
        {
            return error.Message;
        }
    }
}
