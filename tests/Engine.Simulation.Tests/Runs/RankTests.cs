namespace Engine.Simulation.Tests;

/// <summary>A rank under crashes and disk faults: what clients saw has an order that explains it, what was safe is there, and the
/// rank's own invariants hold.</summary>
public class RankTests
{
    private const ulong SafetySeeds = 200;
    private const ulong LivenessSeeds = 60;

    private static readonly RunSpec s_spec = new() { Scenario = RankScenario.Name, Variant = nameof(RankBug.None) };

    [Fact]
    public void SafetyHolds_AndSeedsRepeat()
    {
        List<RunResult> results = SeedSweep.Holds(s_spec with { Steps = 20_000 }, SafetySeeds);

        // A generator that makes no trouble proves nothing.
        int crashes = results.Sum(result => result.Crashes);
        Assert.True(crashes > results.Count, $"{crashes} crashes");
    }

    [Fact]
    public void AStormEndsAndEverythingIsDone()
    {
        List<RunResult> results = SeedSweep.Holds(s_spec with { Mode = SimMode.Liveness, Steps = 10_000 }, LivenessSeeds);
        Assert.All(results, result => Assert.True(result.HasSettled));
    }
}
