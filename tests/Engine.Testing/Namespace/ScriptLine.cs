namespace Engine.Testing.Namespace;

/// <summary>A step and what it has to come to.</summary>
/// <param name="Text">The line as it was written.</param>
/// <param name="Step">What to do.</param>
/// <param name="Expected">What it has to come to; success where the line says nothing.</param>
/// <param name="IsJudged">True where the line says what is expected.</param>
public sealed record ScriptLine(string Text, Step Step, Expectation Expected, bool IsJudged)
{
    private const string Arrow = " -> ";

    /// <summary>Reads <c>STEP</c> or <c>STEP -&gt; EXPECTATION</c>.</summary>
    /// <exception cref="FormatException">Neither.</exception>
    public static ScriptLine Parse(string line)
    {
        string[] parts = line.Split(Arrow, 2);
        bool isJudged = parts.Length == 2;
        return new ScriptLine(
            line, StepText.Parse(parts[0]), isJudged ? Expectation.Parse(parts[1]) : Expectation.Success, isJudged);
    }

    /// <summary>Writes a line that <see cref="Parse"/> reads.</summary>
    public static string Format(Step step, string? expected) =>
        StepText.Format(step) + (expected is null ? "" : Arrow + expected);

    /// <summary>Runs lines in an emptied namespace.</summary>
    /// <returns>The first failure, with the line it is at; null when everything is as expected.</returns>
    public static string? Run(StepExecutor executor, IReadOnlyCollection<ScriptLine> lines)
    {
        executor.Restart(lines.Any(line => line.Expected.TellsTimes));
        foreach (ScriptLine line in lines)
        {
            if (line.Expected.Difference(executor.Run(line.Step), executor.Clock) is { } failure)
                return $"{line.Text}: {failure}";
        }

        return null;
    }
}
