using Engine.Buffers;
using Engine.Cli.Reports;
using Engine.Cli.Sessions;
using Engine.Devices;
using Engine.Load;
using Engine.Stores;
using Engine.Volumes;
using Spectre.Console;

namespace Engine.Cli.Commands;

// Purpose: the demonstration of the data plane: a volume is made, four verified jobs run through its cache, it is closed,
// reopened and verified from the device, then the same jobs run without the cache, and both are compared.
// Ownership: one run of the command. The file is made anew each time; a device is overwritten only after --destroy.

/// <summary>One run of <c>engine demo data</c>.</summary>
internal sealed class DataDemo
{
    private const long FileBytes = 1L << 30;
    private const long WorkingSetBytes = 32L << 20;
    private const long VolumeBytesMin = 64L << 20;

    private readonly CliConsole _console;
    private readonly DeviceEngine _engine;
    private readonly long _cacheBytes;
    private readonly bool _withCache;
    private readonly TimeSpan _runtime;
    private readonly CancellationToken _cancellation;
    private readonly FaultReport _total = new();

    /// <summary>What ended the run early was a signal.</summary>
    private bool _wasEnded;

    public DataDemo(
        CliConsole console, DeviceEngine engine, long cacheBytes, bool withCache, TimeSpan runtime,
            CancellationToken cancellation)
    {
        _console = console;
        _engine = engine;
        _cacheBytes = cacheBytes;
        _withCache = withCache;
        _runtime = runtime;
        _cancellation = cancellation;
    }

    /// <summary>Runs on a sparse file of 1 GiB that is made in the directory.</summary>
    public ExitCode RunOnFile(string directory)
    {
        Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, "demo.volume");
        File.Delete(path);
        VolumeCommands.Format(path, FileBytes, 4 << 20, force: false, _engine);
        return Run(path, directory);
    }

    /// <summary>Runs on a block device, whose content is lost unless it is too small; the side log is made in the
    /// directory.</summary>
    public ExitCode RunOnDevice(string path, string directory)
    {
        Directory.CreateDirectory(directory);
        VolumeCommands.Format(path, 0, 4 << 20, force: true, _engine, VolumeBytesMin);
        return Run(path, directory);
    }

    private ExitCode Run(string path, string directory)
    {
        string logPath = Path.Combine(directory, "demo.verify");
        var cached = new List<JobReport>();
        var direct = new List<JobReport>();
        string? error = null;
        if (_withCache)
            error = Phase(path, logPath, "through the cache", isCached: true, cached);
        if (error is null)
            error = Phase(path, logPath, "without the cache", isCached: false, direct);
        if (error is null && _withCache)
            Compare(cached, direct);
        if (error is not null)
            _console.Out.WriteLine($"FAILED: {error}");
        foreach (JobReport report in cached.Concat(direct))
            _total.Add(report.Faults);
        _console.Out.WriteLine($"to check the volume again: engine verify {path} --log {logPath}");
        _console.Out.WriteLine(VerifyReport.SummaryOf(_total));
        return _total.Faults > 0 ? ExitCode.Failure
            : error is null ? ExitCode.Ok
            : _wasEnded ? ExitCode.Interrupted : ExitCode.Failure;
    }

    /// <summary>Opens, runs the jobs, closes, reopens, verifies. Null when all went well.</summary>
    private string? Phase(string path, string logPath, string title, bool isCached, List<JobReport> reports)
    {
        var options = new SessionOptions(path, _engine, _cacheBytes) { Cached = isCached };
        using (VolumeSession session = VolumeSession.Open(options))
        {
            Introduce(session, path, title, isCached);
            RunJobs(session, logPath, isCached, reports);
            JobReports.Describe(_console.Out, reports);
            _console.Write(JobReports.TableOf(reports));
            if (BenchCommand.Close(session) is string closeError)
                return closeError;
        }

        if (reports.Find(report => !report.IsGood) is JobReport bad)
            return $"{bad.Name}: {bad.FirstError ?? bad.Faults.Named[0].ToString()}";
        if (_cancellation.IsCancellationRequested)
        {
            _wasEnded = true;
            return _console.EndWord;
        }

        return Verify(path, logPath);
    }

    private void Introduce(VolumeSession session, string path, string title, bool isCached)
    {
        _console.Out.WriteLine($"== {title} ==");
        _console.Out.WriteLine($"volume: {path}, {ByteSize.Format(session.Store.Image.LengthBytes)}; engine: {session.Engine}");
        string cache = isCached ? $"cache: {ByteSize.Format(_cacheBytes)}; " : string.Empty;
        _console.Out.WriteLine(cache + $"working set of the random jobs: {ByteSize.Format(WorkingSetBytes)}; "
            + "every write carries a pattern, every read is checked (IOPS include that work, clat does not)");
    }

    private void RunJobs(VolumeSession session, string logPath, bool isCached, List<JobReport> reports)
    {
        Volume volume = session.OpenVolume(isCached);
        VerifiedImage image = session.OpenImage(logPath);
        foreach (JobDescription job in Jobs(session.Store.Image.LengthBytes))
        {
            if (_cancellation.IsCancellationRequested)
                return;
            reports.AddRange(LoadRunner.Run(volume, [job], new LoadOptions
            {
                Image = image,
                Progress = _console.ShowProgress,
                Cancellation = _cancellation,
            }));
            _console.EndProgress();
            if (!reports[^1].IsGood)
                return;
        }
    }

    private JobDescription[] Jobs(long volumeBytes)
    {
        var random = new JobDescription { Verify = true, Size = WorkingSetBytes, Runtime = _runtime, TimeBased = true };
        return
        [
            random with { Name = "random write", Pattern = AccessPattern.RandWrite, FlushAtEnd = true },
            random with { Name = "random read", Pattern = AccessPattern.RandRead },
            random with { Name = "mixed, fsync", Pattern = AccessPattern.RandReadWrite, ReadPercent = 70, FlushEvery = 64 },
            random with { Name = "sequential", Pattern = AccessPattern.ReadWrite, BlockSize = 1 << 20,
                Size = volumeBytes / 4 / (1 << 20) * (1 << 20), FlushAtEnd = true },
        ];
    }

    private string? Verify(string path, string logPath)
    {
        using VolumeSession session = VolumeSession.Open(new SessionOptions(path, _engine, 0)
            { ReadOnly = true, Cached = false });
        FaultReport report = VerifyCommand.Run(_console, session, logPath, wholeVolume: true, _cancellation);
        _total.Add(report);
        _console.Out.WriteLine("closed, reopened, "
            + VerifyReport.SummaryOf(report));
        if (report.Faults == 0)
            return null;
        VerifyReport.ShowFaults(_console.Out, path, report);
        return report.Named[0].ToString();
    }

    private void Compare(List<JobReport> cached, List<JobReport> direct)
    {
        _console.Out.WriteLine("== with and without the cache ==");
        var table = new Table();
        foreach (string column in new[]
            { "job", "IOPS cached", "IOPS uncached", "ratio", "p50 cached", "p50 uncached", "p99 cached", "p99 uncached" })
            table.AddColumn(new TableColumn(column)
                { Alignment = column == "job" ? Justify.Left : Justify.Right, NoWrap = true });
        for (int i = 0; i < cached.Count && i < direct.Count; i++)
        {
            LatencyHistogram with = cached[i].Latency();
            LatencyHistogram without = direct[i].Latency();
            table.AddRow(
                cached[i].Name,
                Figures.Count(cached[i].Iops),
                Figures.Count(direct[i].Iops),
                Figures.Number(cached[i].Iops / Math.Max(1e-9, direct[i].Iops), "0.0") + " x",
                Figures.Duration(with.Percentile(50)),
                Figures.Duration(without.Percentile(50)),
                Figures.Duration(with.Percentile(99)),
                Figures.Duration(without.Percentile(99)));
        }

        _console.Write(table);
    }
}
