using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Engine.Bench.Data;

/// <summary>fio with one of the job files of bench/fio, on the volume's data area of the same device.</summary>
internal sealed class FioContender(string fio, string engine, string jobFolder, DeviceVolume target)
    : DeviceContender("fio " + engine)
{
    private const int PollMs = 20;

    /// <summary>fio runs so much longer than it is read, since on a busy machine the reader comes late.</summary>
    private const int SpareMs = 600;

    private const int Attempts = 3;
    private const int StartMsMax = 30_000;

    /// <summary>What fio itself has reported, over its whole runs, since this was last cleared.</summary>
    public List<double> OwnRates { get; } = [];

    public override DeviceSample Run(DeviceJob job, int sliceMs)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (TryRun(job, sliceMs) is { } sample)
                return sample;
        }

        throw new IOException($"{Name} ended before it could be read, {Attempts} times; the machine is too busy");
    }

    /// <summary>Null when fio ended before its slice was over, which a busy machine can bring about.</summary>
    private DeviceSample? TryRun(DeviceJob job, int sliceMs)
    {
        int runMs = SettleMs + sliceMs + SpareMs;
        using Process process = Shell.Start(
            fio, ["--output-format=json", Path.Combine(jobFolder, engine + ".fio")], Variables(job, runMs));
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        DeviceSample? sample = Sample(process, sliceMs);
        process.WaitForExit();
        string text = output.GetAwaiter().GetResult();
        if (process.ExitCode != 0)
            throw new IOException($"{Name} failed: {errors.GetAwaiter().GetResult().Trim()}");
        OwnRates.Add(RequestsPerSecond(text, job));
        return sample;
    }

    /// <summary>Null when fio ended before its time.</summary>
    private DeviceSample? Sample(Process process, int sliceMs)
    {
        long before = DeviceReading.Requests(target.DevicePath);
        long start = Stopwatch.GetTimestamp();
        while (DeviceReading.Requests(target.DevicePath) < before + 100)
        {
            if (process.WaitForExit(PollMs) || Stopwatch.GetElapsedTime(start).TotalMilliseconds > StartMsMax)
                return null;
        }

        if (process.WaitForExit(SettleMs))
            return null;
        DeviceReading begin = DeviceReading.Begin(target.DevicePath, process.Id);
        if (process.WaitForExit(sliceMs))
            return null;
        return begin.Until(DeviceReading.End(target.DevicePath, process.Id));
    }

    private Dictionary<string, string> Variables(DeviceJob job, int runMs) => new()
    {
        ["ENGINE_BENCH_DEVICE"] = target.DevicePath,
        ["ENGINE_BENCH_OFFSET"] = Text(target.DataOffset),
        ["ENGINE_BENCH_SIZE"] = Text(target.Volume.Length),
        ["ENGINE_BENCH_RW"] = job.Pattern,
        ["ENGINE_BENCH_DEPTH"] = Text(job.Depth),
        ["ENGINE_BENCH_MS"] = Text(runMs),
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>fio's own word.</summary>
    private static double RequestsPerSecond(string text, DeviceJob job)
    {
        // Notes may stand before the document.
        using JsonDocument document = JsonDocument.Parse(text[text.IndexOf('{', StringComparison.Ordinal)..]);
        JsonElement first = document.RootElement.GetProperty("jobs")[0];
        return first.GetProperty(job.IsWrite ? "write" : "read").GetProperty("iops").GetDouble();
    }
}
