using System.Globalization;

namespace Engine.Simulation;

/// <summary>What was asked for on the command line.</summary>
internal sealed record CommandLine
{
    public const string Usage = """
        usage: ./build.sh sim [--seed N | --seeds A..B | --replay FILE] [--mode safety|liveness] [--steps N]
                              [--scenario NAME] [--variant NAME] [--shrink] [--trace]

          --seed N       one run (default 1); the same seed does the same steps, on any machine
          --seeds A..B   a run for each seed from A to B; stops at none, ends with a summary
          --replay FILE  the run that a replay file describes
          --mode         safety: nothing wrong under faults (default); liveness: all that was begun ends once they are over
          --steps N      steps before the world settles (default 40000)
          --scenario     what is simulated
          --variant      a form of it; planted bugs are variants
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
            if (i + 1 == arguments.Length)
                problem = $"{name}: unknown, or its value is missing";
            else if (!TryOption(name, arguments[++i], ref command))
                problem = $"{name} {arguments[i]}: not understood";
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
            case "--steps" when TryNumber(value, out ulong steps) && steps is > 0 and < long.MaxValue / 1000:
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
