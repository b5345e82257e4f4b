using System.Globalization;
using System.Text;

namespace Engine.Simulation;

/// <summary>Everything that decides a run, besides the code: a run can be repeated from it, and shrunk by making it
/// smaller.</summary>
public sealed record RunSpec
{
    /// <summary>Steps of a run unless told otherwise.</summary>
    public const long StepsUsual = 40_000;

    private const string FirstLine = "engine-simulation 1";

    /// <summary>What is simulated; see <see cref="Scenarios"/>.</summary>
    public string Scenario { get; init; } = Scenarios.Default;

    /// <summary>Which form of it.</summary>
    public string Variant { get; init; } = Scenarios.VariantsOf(Scenarios.Default)[0];

    /// <summary>Decides everything that is left to chance.</summary>
    public ulong Seed { get; init; }

    /// <summary>What the run shall show.</summary>
    public SimMode Mode { get; init; }

    /// <summary>Steps until the world settles, at the latest.</summary>
    public long Steps { get; init; } = StepsUsual;

    /// <summary>The fault plan; null draws it from the seed.</summary>
    public IReadOnlyList<FaultEntry>? Faults { get; init; }

    /// <summary>The client operations that take place.</summary>
    public OperationFilter Operations { get; init; } = OperationFilter.All;

    /// <summary>What objects of ranks are kept in makes nothing durable but by a flush; null draws it from the seed.</summary>
    public bool? IsStoreVolatile { get; init; }

    /// <summary>Some renames exchange two names, or do not replace one, where the scenario can do that. A replay file that does
    /// not say so is of a run without.</summary>
    public bool FlagsRenames { get; init; } = true;

    /// <summary>Where directories move there are three to five ranks, and in part of the seeds directories of a few names are
    /// divided, and regions go in parts. A replay file that does not say so is of a run without.</summary>
    public bool IsWide { get; init; } = true;

    /// <summary>Clients that hold capabilities, where there may be some; null draws that from the seed.</summary>
    public int? Openers { get; init; }

    /// <summary>Do pages of a region that moves go ahead of it? Null draws it from the seed.</summary>
    public bool? IsStaging { get; init; }

    /// <summary>The text of a replay file.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{FirstLine}\nscenario {Scenario}\nvariant {Variant}\nseed {Seed}\n");
        text.Append(CultureInfo.InvariantCulture, $"mode {Mode}\nsteps {Steps}\noperations {Operations}\n");
        if (IsStoreVolatile is { } isVolatile)
            text.Append(isVolatile ? "objects volatile\n" : "objects durable\n");
        if (FlagsRenames)
            text.Append("renames flagged\n");
        if (IsWide)
            text.Append("ranks many\n");
        if (Openers is { } openers)
            text.Append(CultureInfo.InvariantCulture, $"openers {openers}\n");
        if (IsStaging is { } isStaging)
            text.Append(isStaging ? "pages ahead\n" : "pages frozen\n");
        text.Append(Faults is null ? "faults drawn\n" : "faults listed\n");
        foreach (FaultEntry fault in Faults ?? [])
            text.Append(CultureInfo.InvariantCulture, $"fault {fault}\n");
        return text.ToString();
    }

    /// <summary>Reads a replay file; on failure <paramref name="problem"/> says what is wrong where.</summary>
    public static bool TryParse(string text, out RunSpec spec, out string problem)
    {
        spec = new RunSpec { FlagsRenames = false, IsWide = false };
        string[] lines = text.Split('\n');
        problem = lines[0].Trim() == FirstLine ? "" : $"line 1: not a replay file, which begins with \"{FirstLine}\"";
        var faults = new List<FaultEntry>();
        for (int i = 1; i < lines.Length && problem.Length == 0; i++)
        {
            string line = lines[i].Trim();
            if (line.Length > 0 && line[0] != '#' && !TryLine(line, ref spec, faults))
                problem = $"line {i + 1}: cannot read \"{line}\"";
        }

        if (spec.Faults is not null)
            spec = spec with { Faults = faults };
        if (problem.Length == 0 && !Scenarios.VariantsOf(spec.Scenario).Contains(spec.Variant))
            problem = $"there is no scenario {spec.Scenario} with a variant {spec.Variant}";
        return problem.Length == 0;
    }

    private static bool TryLine(string line, ref RunSpec spec, List<FaultEntry> faults)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        string name = space < 0 ? line : line[..space];
        string value = space < 0 ? "" : line[(space + 1)..];
        switch (name)
        {
            case "scenario":
                spec = spec with { Scenario = value };
                return true;
            case "variant":
                spec = spec with { Variant = value };
                return true;
            case "seed" when ulong.TryParse(value, CultureInfo.InvariantCulture, out ulong seed):
                spec = spec with { Seed = seed };
                return true;
            case "mode" when Enum.TryParse(value, out SimMode mode) && Enum.IsDefined(mode):
                spec = spec with { Mode = mode };
                return true;
            case "steps" when long.TryParse(value, CultureInfo.InvariantCulture, out long steps) && steps > 0:
                spec = spec with { Steps = steps };
                return true;
            case "operations" when OperationFilter.TryParse(value, out OperationFilter filter):
                spec = spec with { Operations = filter };
                return true;
            case "objects" when value is "volatile" or "durable":
                spec = spec with { IsStoreVolatile = value == "volatile" };
                return true;
            case "renames" when value == "flagged":
                spec = spec with { FlagsRenames = true };
                return true;
            case "ranks" when value == "many":
                spec = spec with { IsWide = true };
                return true;
            case "openers" when int.TryParse(value, CultureInfo.InvariantCulture, out int openers)
                && openers is >= 0 and <= ClusterScenario.OpenersMax:
                spec = spec with { Openers = openers };
                return true;
            case "pages" when value is "ahead" or "frozen":
                spec = spec with { IsStaging = value == "ahead" };
                return true;
            case "faults" when value is "drawn" or "listed":
                spec = spec with { Faults = value == "drawn" ? null : faults };
                return true;
            case "fault" when FaultEntry.TryParse(value, out FaultEntry entry):
                faults.Add(entry);
                return true;
            default:
                return false;
        }
    }
}
