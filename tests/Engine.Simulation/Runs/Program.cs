using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace Engine.Simulation;

/// <summary>The command: <c>./build.sh sim</c>.</summary>
internal static class Program
{
    private const int Violated = 1;
    private const int BadUsage = 2;
    private const string ShrunkFolder = "artifacts/sim";

    private static int Main(string[] arguments)
    {
        if (!CommandLine.TryParse(arguments, out CommandLine command, out string problem))
        {
            Console.Error.WriteLine($"sim: {problem}; ./build.sh sim --help tells the rest");
            return BadUsage;
        }

        if (command.WantsHelp)
        {
            Console.WriteLine(CommandLine.Usage);
            return 0;
        }

        if (command.ReplayFile is not null)
            return Replay(command);
        return command.HasManySeeds ? RunMany(command) : RunOne(command, command.Spec with { Seed = command.FirstSeed });
    }

    private static int Replay(CommandLine command)
    {
        if (Directory.Exists(command.ReplayFile))
        {
            Console.Error.WriteLine($"sim: --replay {command.ReplayFile}: is a directory; name a replay file in it");
            return BadUsage;
        }

        string text;
        try
        {
            text = File.ReadAllText(command.ReplayFile!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"sim: --replay {command.ReplayFile}: {exception.Message}");
            return BadUsage;
        }

        if (RunSpec.TryParse(text, out RunSpec spec, out string problem))
            return RunOne(command, spec);
        Console.Error.WriteLine($"sim: --replay {command.ReplayFile}: {problem}");
        return BadUsage;
    }

    private static int RunOne(CommandLine command, RunSpec spec) =>
        Report(command, spec).Violation is null ? 0 : Violated;

    private static RunResult Report(CommandLine command, RunSpec spec)
    {
        RunResult result = SimRunner.Run(spec, command.Traces ? Console.Out : null);
        if (result.Violation is not null)
            Console.WriteLine($"violation of {result.Violation}");
        if (result.Violation is not null && command.Shrinks)
            Shrink(result);
        if (command.ReplayFile is not null)
            Print(result.Marks);
        Console.WriteLine(result.Line(Commit()));
        return result;
    }

    private static int RunMany(CommandLine command)
    {
        long failed = 0;
        long steps = 0;
        long start = Stopwatch.GetTimestamp();
        SortedDictionary<string, long> marks = new(StringComparer.Ordinal);
        for (ulong seed = command.FirstSeed; ; seed++)
        {
            RunResult result = Report(command, command.Spec with { Seed = seed });
            failed += result.Violation is null ? 0 : 1;
            steps += result.Steps;
            foreach ((string mark, long times) in result.Marks)
                marks[mark] = marks.GetValueOrDefault(mark) + times;
            if (seed == command.LastSeed)
                break;
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"seeds={command.LastSeed - command.FirstSeed + 1} failed={failed} seconds={seconds:F1} "
            + $"steps-per-second={steps / seconds:F0}"));
        Print(marks);
        return failed == 0 ? 0 : Violated;
    }

    private static void Print(IReadOnlyDictionary<string, long> marks)
    {
        foreach ((string mark, long times) in marks)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {mark}: {times}"));
    }

    private static void Shrink(RunResult failed)
    {
        RunResult small = Shrinker.Shrink(failed, static spec => SimRunner.Run(spec));
        Directory.CreateDirectory(ShrunkFolder);
        string path = Path.Combine(
            ShrunkFolder, string.Create(CultureInfo.InvariantCulture, $"{small.Spec.Scenario}-{small.Spec.Seed}.replay"));
        File.WriteAllText(path, $"{small.Spec.ToText()}# {small.Violation}\n");
        Console.WriteLine(
            $"shrunk to {small.Spec.Faults!.Count} faults and {small.Operations} operations; repeat with --replay {path}");
        foreach (FaultEntry fault in small.Spec.Faults)
            Console.WriteLine($"  fault {fault}");
    }

    /// <summary>The commit that was built, as the SDK writes it behind the version.</summary>
    private static string Commit()
    {
        string version =
            typeof(Program).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        int plus = version.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? "unknown" : version[(plus + 1)..Math.Min(version.Length, plus + 13)];
    }
}
