namespace Engine.Simulation.Tests;

/// <summary>Every failing run that was ever found is kept in Corpus, shrunk: what was mended must hold, and what was planted must
/// still be found. A line "# expect L1" names the invariant that a planted bug breaks.</summary>
public class CorpusTests
{
    private const string Expectation = "# expect ";

    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Folder, "*.replay").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Corpus");

    [Theory]
    [MemberData(nameof(Files))]
    public void KeptRunsComeOutAsTheyMust(string file)
    {
        string text = File.ReadAllText(Path.Combine(Folder, file));
        Assert.True(RunSpec.TryParse(text, out RunSpec spec, out string problem), problem);
        string? expected = text.Split('\n').FirstOrDefault(line => line.StartsWith(Expectation, StringComparison.Ordinal));
        Assert.Equal(expected?[Expectation.Length..].Trim(), SimRunner.Run(spec).Violation?.Invariant);
    }
}
