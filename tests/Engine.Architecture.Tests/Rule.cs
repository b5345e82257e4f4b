namespace Engine.Architecture.Tests;

/// <summary>How a rule reports: all that is wrong at once, each with its place.</summary>
internal static class Rule
{
    public static void Holds(IEnumerable<string> violations)
    {
        string[] all = [.. violations];
        Assert.True(all.Length == 0, $"{all.Length} violation(s):\n  " + string.Join("\n  ", all));
    }

    /// <summary>The rule's own test: it finds exactly one violation in the sample, and says so with these words.</summary>
    public static void Finds(string expected, IEnumerable<string> violations) =>
        Assert.Contains(expected, Assert.Single(violations), StringComparison.Ordinal);
}
