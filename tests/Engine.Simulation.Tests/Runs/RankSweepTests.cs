using Xunit.Abstractions;

namespace Engine.Simulation.Tests;

/// <summary>Many short runs of a rank: a part of the catalogue's numbers in every test run, all of them at night.</summary>
public class RankSweepTests(ITestOutputHelper output)
{
    /// <summary>Twice what every test run must have, of the 10 000 of a night.</summary>
    private const ulong SafetySeeds = 400;
    private const ulong SafetySeedsAtNight = 10_000;
    private const ulong LivenessSeeds = 200;

    /// <summary>A tenth of the case's 1000.</summary>
    private const ulong CrowdSeeds = 100;
    private const long Steps = 2_000;

    private static readonly RunSpec s_spec =
        new() { Scenario = RankScenario.Name, Variant = nameof(RankBug.None), Steps = Steps };

    [Fact]
    public void MG140_RandomSeedsShowNoViolation()
    {
        List<RunResult> results = SeedSweep.Holds(s_spec, SafetySeeds, firstSeed: 1001, SafetySeedsAtNight);
        SeedSweep.MostSettled(results);
        long crashes = results.Sum(result => (long)result.Crashes);
        output.WriteLine($"{results.Count} seeds of {Steps} steps, {crashes} crashes: no violation; "
            + $"{SafetySeedsAtNight} seeds with --nightly");
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

    /// <summary>L1: what eight clients saw has an order that explains it, name by name and inode by inode.</summary>
    [Fact]
    public void MG144_WhatEightClientsSawIsAccepted()
    {
        List<RunResult> results =
            SeedSweep.Holds(s_spec with { Scenario = RankScenario.CrowdName }, CrowdSeeds, firstSeed: 200_001);
        string accepted = $"L1 {LinearizabilityVerdict.Accepted}";
        Assert.All(results, result => Assert.Equal(result.Operations > 0 ? 1 : 0, result.CountOf(accepted)));
        Assert.All(results, result => Assert.Equal(0, result.CountOf($"L1 of attributes {LinearizabilityVerdict.Rejected}")));
        long operations = results.Sum(result => result.Operations);
        output.WriteLine($"{results.Count} seeds of {RankScenario.Crowd} clients, {operations} operations: all accepted");
        Assert.True(operations > 150 * results.Count, $"{operations} operations");
    }
}
