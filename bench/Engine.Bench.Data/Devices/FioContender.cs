using System.Diagnostics;
using System.Globalization;

namespace Engine.Bench.Data;

/// <summary>fio with one of the job files of bench/fio, on the volume's data area of the same device.</summary>
internal sealed class FioContender(string fio, string engine, string jobFolder, DeviceVolume target)
    : ProcessContender("fio " + engine, target)
{
    /// <summary>Longer than the turns of one job take, on any machine.</summary>
    private const int RunMs = 3_600_000;

    protected override Process Start(DeviceJob job) =>
        Shell.Start("setpriv", ["--pdeathsig", "KILL", fio, Path.Combine(jobFolder, engine + ".fio")], Variables(job));

    private Dictionary<string, string> Variables(DeviceJob job) => new()
    {
        ["ENGINE_BENCH_DEVICE"] = Target.DevicePath,
        ["ENGINE_BENCH_OFFSET"] = Text(Target.DataOffset),
        ["ENGINE_BENCH_SIZE"] = Text(Target.Volume.Length),
        ["ENGINE_BENCH_RW"] = job.Pattern,
        ["ENGINE_BENCH_DEPTH"] = Text(job.Depth),
        ["ENGINE_BENCH_MS"] = Text(RunMs),
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
