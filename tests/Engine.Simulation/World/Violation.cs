using System.Globalization;

namespace Engine.Simulation;

/// <summary>An invariant that does not hold.</summary>
/// <param name="Invariant">Its name; see <see cref="Invariants"/>.</param>
/// <param name="What">What was found.</param>
/// <param name="Step">After which step.</param>
/// <param name="AtMicros">At which virtual time.</param>
public sealed record Violation(string Invariant, string What, long Step, long AtMicros)
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Invariant} after step {Step} at {AtMicros} us: {What}");
}
