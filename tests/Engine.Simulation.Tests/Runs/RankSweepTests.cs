namespace Engine.Simulation.Tests;

/// <summary>Many short runs of a rank: a tenth of the catalogue's numbers in every test run, all of them at night.</summary>
public class RankSweepTests
{
    private const ulong SafetySeeds = 1000;
    private const ulong LivenessSeeds = 200;
    private const long Steps = 2_000;

    private static readonly RunSpec s_spec =
        new() { Scenario = RankScenario.Name, Variant = nameof(RankBug.None), Steps = Steps };

    [Fact]
    public void MG140_RandomSeedsShowNoViolation()
    {
        List<RunResult> results = SeedSweep.Holds(s_spec, SafetySeeds, firstSeed: 1001);
        SeedSweep.MostSettled(results);
        long crashes = results.Sum(result => (long)result.Crashes);
        Assert.True(crashes > results.Count, $"{crashes} crashes");
    }

    /// <summary>V2 and V4, everything that was begun ends and the rank is active; V6 and V7, its cache and its journal come down
    /// to what they may keep.</summary>
    [Fact]
    public void MG141_AfterAStormEverythingEnds()
    {
        List<RunResult> results =
            SeedSweep.Holds(s_spec with { Mode = SimMode.Liveness }, LivenessSeeds, firstSeed: 100_001);
        Assert.All(results, result => Assert.True(result.HasSettled));
        SeedSweep.MostStopped(results);
    }
}
