using System.Diagnostics;
using System.Globalization;
using Engine.Bench.Data;

namespace Engine.Bench.Migration;

/// <summary>How fast is the simulated world?</summary>
internal sealed class StepsQuestion : IMetadataQuestion
{
    private const string Command = "tests/Engine.Simulation/bin/Release/net10.0/engine-simulation.dll";
    private const int ThousandsMin = 20;
    private const int Rounds = 3;

    /// <summary>cutime in /proc/PID/stat, counted from behind the name; cstime follows.</summary>
    private const int ChildrenUserField = 13;

    private static readonly string[] s_scenarios = ["migrate", "rank"];

    public string Name => "steps";

    public string Title => "steps of the simulator, by the processor time of its whole process; scenarios take turns";

    public void Ask(Report report, MetadataArguments arguments)
    {
        string path = Path.Combine(MetadataRun.FindRoot(), Command);
        if (!File.Exists(path))
            throw new IOException($"{path} is not there; build tests/Engine.Simulation");
        var rates = s_scenarios.Select(static _ => new Times()).ToArray();
        for (int round = 0; round < (arguments.Quick ? 1 : Rounds); round++)
        {
            for (int i = 0; i < s_scenarios.Length; i++)
            {
                int seeds = arguments.Quick ? 4 : 20;
                (long steps, TimeSpan time) = Run(path, s_scenarios[i], seeds);
                rates[i].Add(steps, time);
            }
        }

        for (int i = 0; i < s_scenarios.Length; i++)
        {
            double thousands = rates[i].Median / 1000;
            report.Add(new Figure(
                $"{Name}: scenario {s_scenarios[i]}, a core", thousands, "k steps/s",
                Goal: string.Create(CultureInfo.InvariantCulture, $"at least {ThousandsMin}"), Met: thousands >= ThousandsMin));
        }
    }

    /// <summary>Steps of so many seeds, and the processor time of the process, its compiler and collector included.</summary>
    private static (long Steps, TimeSpan Time) Run(string path, string scenario, int seeds)
    {
        string range = string.Create(CultureInfo.InvariantCulture, $"1..{seeds}");
        var start = new ProcessStartInfo("dotnet", [path, "--scenario", scenario, "--seeds", range])
            { RedirectStandardOutput = true };
        TimeSpan before = ChildrenCpu();
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        long steps = output.Split('\n').Where(static line => line.StartsWith("seed=", StringComparison.Ordinal)).Sum(StepsOf);
        return steps > 0 ? (steps, ChildrenCpu() - before) : throw new IOException($"{path}: no steps in: {output}");
    }

    /// <summary>Processor time of this process's children that have ended, as the kernel keeps it in hundredths of a
    /// second.</summary>
    private static TimeSpan ChildrenCpu()
    {
        string stat = File.ReadAllText("/proc/self/stat");
        string[] behindName = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        long hundredths = long.Parse(behindName[ChildrenUserField], CultureInfo.InvariantCulture)
            + long.Parse(behindName[ChildrenUserField + 1], CultureInfo.InvariantCulture);
        return TimeSpan.FromMilliseconds(hundredths * 10);
    }

    private static long StepsOf(string line) => long.Parse(
        line.Split(' ').First(static word => word.StartsWith("steps=", StringComparison.Ordinal))["steps=".Length..],
        CultureInfo.InvariantCulture);
}
