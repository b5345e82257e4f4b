// The simulator's command line. Shape: options into a record; whatever makes no sense is said in one line, with what is allowed.
using System.Globalization;

namespace Engine.Simulation;

/// <summary>What was asked for on the command line.</summary>
internal sealed record CommandLine
{
    private const long StepsMax = long.MaxValue / 1000;

    public static string Usage { get; } = $$"""
        usage: ./build.sh sim [--seed N | --seeds A..B | --replay FILE] [--mode safety|liveness] [--steps N]
                              [--scenario NAME] [--variant NAME] [--openers N] [--shrink] [--trace]

          --seed N       one run (default 1); the same seed does the same steps, on any machine
          --seeds A..B   a run for each seed from A to B; stops at none, ends with a summary
          --replay FILE  the run that a replay file describes
          --mode         safety: nothing wrong under faults (default); liveness: all that was begun ends once they are over
          --steps N      steps before the world settles (default 40000)
          --scenario     what is simulated: {{string.Join(", ", Scenarios.Names)}} (default {{Scenarios.Default}})
          --variant      a form of it, {{nameof(RankBug.None)}} by default; planted bugs are variants:
        {{string.Join('\n', Scenarios.Names.Select(Variants))}}
          --openers N    clients with capabilities in scenario {{ClusterScenario.MigratingName}} (default: drawn from the seed)
          --shrink       makes a failing run smaller and writes a replay file to artifacts/sim
          --trace        prints every step and its effects

        Each run ends with one line: seed commit operations crashes faults simulated-seconds, and the hash of its trace.
        The exit code is 0 when every invariant held, 1 when one did not, 2 when the command makes no sense.
        """;

    public ulong FirstSeed { get; private init; } = 1;

    public ulong LastSeed { get; private init; } = 1;

    public bool HasManySeeds { get; private init; }

    public string? ReplayFile { get; private init; }

    public bool Shrinks { get; private init; }

    public bool Traces { get; private init; }

    public bool WantsHelp { get; private init; }

    public RunSpec Spec { get; private init; } = new();

    /// <summary>Reads the arguments; on failure <paramref name="problem"/> says which one makes no sense.</summary>
    public static bool TryParse(string[] arguments, out CommandLine command, out string problem)
    {
        command = new CommandLine();
        problem = "";
        bool hasVariant = false;
        for (int i = 0; i < arguments.Length && problem.Length == 0; i++)
        {
            string name = arguments[i];
            if (TryFlag(name, ref command))
                continue;
            hasVariant |= name == "--variant";
            if (AllowedFor(name) is not { } allowed)
                problem = $"{name}: there is no such option";
            else if (i + 1 == arguments.Length)
                problem = $"{name}: its value is missing; allowed: {allowed}";
            else if (!TryOption(name, arguments[++i], ref command))
                problem = $"{name} {arguments[i]}: allowed: {allowed}";
        }

        IReadOnlyList<string> variants = Scenarios.VariantsOf(command.Spec.Scenario);
        if (!hasVariant && variants.Count > 0)
            command = command with { Spec = command.Spec with { Variant = variants[0] } };
        if (problem.Length == 0 && !variants.Contains(command.Spec.Variant))
        {
            problem = variants.Count == 0
                ? $"--scenario {command.Spec.Scenario}: there is {string.Join(", ", Scenarios.Names)}"
                : $"--variant {command.Spec.Variant}: {command.Spec.Scenario} has {string.Join(", ", variants)}";
        }

        return problem.Length == 0;
    }

    /// <summary>What an option takes; null where there is no such option.</summary>
    private static string? AllowedFor(string option) => option switch
    {
        "--seed" => "a whole number from 0",
        "--seeds" => "A..B, whole numbers, B not below A",
        "--replay" => "a file that --shrink wrote",
        "--steps" => $"a whole number from 1 to {StepsMax}",
        "--mode" => "safety, liveness",
        "--scenario" => string.Join(", ", Scenarios.Names),
        "--variant" => "a variant of the scenario",
        "--openers" => $"a whole number from 0 to {ClusterScenario.OpenersMax}",
        _ => null,
    };

    /// <summary>A scenario's variants, in lines as wide as the text's.</summary>
    private static string Variants(string scenario)
    {
        const int WidthMax = 96;
        string indent = new(' ', 19);
        List<string> lines = [$"{indent}{scenario}:"];
        foreach (string variant in Scenarios.VariantsOf(scenario))
        {
            if (lines[^1].Length + variant.Length >= WidthMax)
                lines.Add(indent + "  ");
            lines[^1] += " " + variant;
        }

        return string.Join('\n', lines);
    }

    private static bool TryFlag(string name, ref CommandLine command)
    {
        switch (name)
        {
            case "--shrink":
                command = command with { Shrinks = true };
                return true;
            case "--trace":
                command = command with { Traces = true };
                return true;
            case "--help" or "-h":
                command = command with { WantsHelp = true };
                return true;
            default:
                return false;
        }
    }

    private static bool TryOption(string name, string value, ref CommandLine command)
    {
        switch (name)
        {
            case "--seed" when TryNumber(value, out ulong seed):
                command = command with { FirstSeed = seed, LastSeed = seed };
                return true;
            case "--seeds" when value.Split("..") is [string first, string last] && TryNumber(first, out ulong from)
                && TryNumber(last, out ulong to) && from <= to:
                command = command with { FirstSeed = from, LastSeed = to, HasManySeeds = true };
                return true;
            case "--replay":
                command = command with { ReplayFile = value };
                return true;
            case "--steps" when TryNumber(value, out ulong steps) && steps is > 0 and <= StepsMax:
                command = command with { Spec = command.Spec with { Steps = (long)steps } };
                return true;
            case "--mode" when value is "safety" or "liveness":
                command = command with
                {
                    Spec = command.Spec with { Mode = value == "safety" ? SimMode.Safety : SimMode.Liveness },
                };
                return true;
            case "--scenario":
                command = command with { Spec = command.Spec with { Scenario = value } };
                return true;
            case "--openers" when TryNumber(value, out ulong openers) && openers <= ClusterScenario.OpenersMax:
                command = command with { Spec = command.Spec with { Openers = (int)openers } };
                return true;
            case "--variant":
                command = command with { Spec = command.Spec with { Variant = value } };
                return true;
            default:
                return false;
        }
    }

    private static bool TryNumber(string text, out ulong value) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
