using System.Runtime.InteropServices;

namespace Engine.Bench.Data;

/// <summary>What the figures were taken on, in one line.</summary>
internal static class MachineLine
{
    public static string Read()
    {
        // Without what a distribution appends.
        string kernel = File.ReadAllText("/proc/sys/kernel/osrelease").Trim().Split('-')[0];
        long memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30;
        return $"{Processor()}, {Environment.ProcessorCount} processors, {memory} GiB, Linux {kernel}, "
            + RuntimeInformation.FrameworkDescription;
    }

    /// <summary>How busy the machine is now.</summary>
    public static string Load() => "load " + File.ReadAllText("/proc/loadavg").Split(' ')[0];

    private static string Processor()
    {
        foreach (string line in File.ReadLines("/proc/cpuinfo"))
        {
            if (line.StartsWith("model name", StringComparison.Ordinal))
                return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }

        return RuntimeInformation.ProcessArchitecture.ToString();
    }
}
