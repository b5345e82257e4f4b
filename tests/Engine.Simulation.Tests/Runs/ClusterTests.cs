namespace Engine.Simulation.Tests;

/// <summary>N1, A2, A7, R1, R2: under crashes, resets and disk faults several ranks answer what the reference namespace answers,
/// whichever of them is asked, and agree with one another when they come to rest.</summary>
public class ClusterTests
{
    private const ulong SafetySeeds = 30;
    private const ulong LivenessSeeds = 30;
    private const ulong FirstLivenessSeed = 1001;
    private const int SeedsToFind = 20;

    private static readonly RunSpec s_spec = new() { Scenario = ClusterScenario.Name, Variant = nameof(ClusterBug.None) };

    [Fact]
    public void AnswersAreThoseOfTheModel_WhicheverRankIsAsked_AndSeedsRepeat()
    {
        List<RunResult> results = SeedSweep.Holds(s_spec with { Steps = 8_000 }, SafetySeeds);

        int crashes = results.Sum(result => result.Crashes);
        Assert.True(crashes > results.Count, $"{crashes} crashes");
        SeedSweep.MostSettled(results);
        long forwards = results.Sum(result => result.CountOf(ClusterScenario.Forwards));
        Assert.True(forwards > 20 * results.Count, $"{forwards} requests were sent on");
    }

    [Fact]
    public void AStormEndsAndRanksAgree()
    {
        List<RunResult> results = SeedSweep.Holds(
            s_spec with { Mode = SimMode.Liveness, Steps = 5_000 }, LivenessSeeds, FirstLivenessSeed);
        Assert.All(results, result => Assert.True(result.CountOf(ClusterScenario.Compared) > 0));
    }

    [Theory]
    [InlineData(ClusterBug.LosesExpires, "V2")]
    [InlineData(ClusterBug.LosesShares, "N1")]
    [InlineData(ClusterBug.ForgetsCopies, "R1")]
    public void WhatIsPlantedIsFound(ClusterBug bug, string invariant)
    {
        IEnumerable<RunResult> runs = Enumerable.Range(1, SeedsToFind)
            .Select(seed => SimRunner.Run(
                s_spec with { Seed = (ulong)seed, Mode = SimMode.Liveness, Steps = 5_000, Variant = $"{bug}" }));
        Assert.Contains(runs, result => result.Violation?.Invariant == invariant);
    }
}
