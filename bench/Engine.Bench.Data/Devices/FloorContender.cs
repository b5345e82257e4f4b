using System.Diagnostics;
using System.Globalization;

namespace Engine.Bench.Data;

/// <summary>The bare C loop that a job comes down to (bench/floor): one thread, one system call after another, nothing
/// between.</summary>
internal sealed class FloorContender(string program, DeviceVolume target) : ProcessContender("bare C loop", target)
{
    protected override Process Start(DeviceJob job) => Shell.Start(program, [
        Target.DevicePath,
        Text(Target.DataOffset),
        Text(Target.Volume.Length),
        job.Pattern,
        Text(job.Depth),
        job.Blocks ? "psync" : "uring",
    ]);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
