namespace Engine.Simulation.Tests;

/// <summary>Every failing run that was ever found is kept in Corpus, shrunk: what was mended must hold, and what was planted must
/// still be found. A line "# expect L1" names the invariant that a planted bug breaks. A line "# expect-mark answers dropped"
/// names what the run must come across, so that one which does not any more, and proves nothing, fails.</summary>
public class CorpusTests
{
    private const string Expectation = "# expect ";
    private const string MarkExpectation = "# expect-mark ";

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
        RunResult result = SimRunner.Run(spec);
        Assert.Equal(expected?[Expectation.Length..].Trim(), result.Violation?.Invariant);
        foreach (string line in text.Split('\n').Where(line => line.StartsWith(MarkExpectation, StringComparison.Ordinal)))
        {
            string mark = line[MarkExpectation.Length..].Trim();
            Assert.True(result.CountOf(mark) > 0, $"no {mark}: the run proves nothing any more, find another one; it met: "
                + string.Join(", ", result.Marks.Select(met => $"{met.Value} {met.Key}")));
        }
    }
}
