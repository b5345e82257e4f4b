namespace Engine.Simulation.Tests;

/// <summary>N1: under crashes and disk faults a rank answers what the reference namespace answers, and each request happens
/// once.</summary>
public class TreeTests
{
    private const ulong SafetySeeds = 100;
    private const ulong LivenessSeeds = 30;
    private const int SeedsToFind = 20;

    private static readonly RunSpec s_spec = new() { Scenario = TreeScenario.Name, Variant = nameof(TreeBug.None) };

    [Fact]
    public void AnswersAreThoseOfTheModel_AndSeedsRepeat()
    {
        List<RunResult> results = SeedSweep.Holds(s_spec with { Steps = 10_000 }, SafetySeeds);

        int crashes = results.Sum(result => result.Crashes);
        Assert.True(crashes > results.Count, $"{crashes} crashes");
        Assert.True(results.Average(result => result.Operations) > 1000);
        SeedSweep.MostSettled(results);
    }

    [Fact]
    public void AStormEndsAndEverythingIsThere()
    {
        List<RunResult> results = SeedSweep.Holds(s_spec with { Mode = SimMode.Liveness, Steps = 6_000 }, LivenessSeeds);
        Assert.All(results, result => Assert.True(result.HasSettled));
    }

    [Theory]
    [InlineData(TreeBug.SendsAnew)]
    [InlineData(TreeBug.TrustsUnsafe)]
    public void WhatIsPlantedIsFound(TreeBug bug)
    {
        IEnumerable<RunResult> runs = Enumerable.Range(1, SeedsToFind)
            .Select(seed => SimRunner.Run(s_spec with { Seed = (ulong)seed, Variant = $"{bug}" }));
        Assert.Contains(runs, result => result.Violation?.Invariant == "N1");
    }
}
