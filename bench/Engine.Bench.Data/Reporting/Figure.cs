using System.Text.Json.Serialization;

namespace Engine.Bench.Data;

/// <summary>One measured figure, as artifacts/bench.json has it.</summary>
/// <param name="Question">What was measured: question, operation, quantity.</param>
/// <param name="Value">Ours.</param>
/// <param name="Unit">Unit of both values.</param>
/// <param name="Peer">Who it is compared with.</param>
/// <param name="PeerValue">The peer's.</param>
/// <param name="Ratio">Ours over the peer's, from interleaved rounds.</param>
/// <param name="Goal">What was aimed at, in words.</param>
/// <param name="Met">Whether it was reached; null without a goal, and where some of several runs reached it.</param>
internal sealed record Figure(
    string Question,
    double Value,
    string Unit,
    string? Peer = null,
    double? PeerValue = null,
    double? Ratio = null,
    string? Goal = null,
    bool? Met = null)
{
    /// <summary>Of several runs, the least ratio, or the least value where there is no peer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Low { get; init; }

    /// <summary>Of several runs, the greatest ratio or value.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? High { get; init; }

    /// <summary>The figure with its goal and whether it is met.</summary>
    public Figure Judged()
    {
        Goal? goal = Data.Goal.Of(this);
        return goal is null ? this : this with { Goal = goal.Text, Met = goal.IsMet(this) };
    }
}
