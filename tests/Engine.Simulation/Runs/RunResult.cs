using System.Globalization;

namespace Engine.Simulation;

/// <summary>What came of a run.</summary>
public sealed record RunResult
{
    /// <summary>What was run, with its fault plan.</summary>
    public required RunSpec Spec { get; init; }

    /// <summary>The first violation; null when there was none.</summary>
    public required Violation? Violation { get; init; }

    /// <summary>The whole run in one number.</summary>
    public required TraceHash Trace { get; init; }

    /// <summary>Steps carried out, settling included.</summary>
    public required long Steps { get; init; }

    /// <summary>Client operations begun.</summary>
    public required long Operations { get; init; }

    /// <summary>One more than the highest number of an operation that was begun.</summary>
    public required long OperationsEnd { get; init; }

    /// <summary>Lives that ended.</summary>
    public required int Crashes { get; init; }

    /// <summary>Faults that struck.</summary>
    public required int Faults { get; init; }

    /// <summary>Virtual time.</summary>
    public required long SimulatedMicros { get; init; }

    /// <summary>Everything that was begun ended, so that the checks at quiescence were made.</summary>
    public required bool HasSettled { get; init; }

    /// <summary>What the run came across, and how often.</summary>
    public required IReadOnlyDictionary<string, long> Marks { get; init; }

    /// <summary>How often the run came across something.</summary>
    public long CountOf(string mark) => Marks.GetValueOrDefault(mark);

    /// <summary>The one line of a run.</summary>
    public string Line(string commit) => string.Create(
        CultureInfo.InvariantCulture,
        $"seed={Spec.Seed} commit={commit} operations={Operations} crashes={Crashes} faults={Faults} "
        + $"simulated-seconds={SimulatedMicros / 1e6:F3} steps={Steps} settled={(HasSettled ? "yes" : "no")} "
        + $"result={(Violation is null ? "ok" : Violation.Invariant)} trace={Trace}");
}
