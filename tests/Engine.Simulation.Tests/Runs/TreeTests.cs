namespace Engine.Simulation.Tests;

/// <summary>N1: under crashes and disk faults a rank answers what the reference namespace answers, and each request happens
/// once.</summary>
public class TreeTests
{
    private const ulong SafetySeeds = 100;
    private const ulong LivenessSeeds = 30;
    private const ulong DamagedSeeds = 40;
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
        SeedSweep.MuchWasCompared(results);
        SeedSweep.ExtraFaultsStruck(results);
        long evicted = results.Sum(result => result.CountOf(TreeScenario.ClientsEvicted));
        Assert.True(evicted <= results.Count / 20, $"{evicted} clients were evicted in a change, and checked nothing more");
    }

    [Fact]
    public void AStormEndsAndEverythingIsThere()
    {
        List<RunResult> results = SeedSweep.Holds(s_spec with { Mode = SimMode.Liveness, Steps = 6_000 }, LivenessSeeds);
        Assert.All(results, result => Assert.True(result.HasSettled));
        SeedSweep.MostStopped(results);
    }

    /// <summary>Bits of the store and of the journal change for good, and the rank starts again: that is found and said, and no
    /// client is told anything that is not so.</summary>
    [Fact]
    public void ChangedBitsAreFoundAndNeverServed()
    {
        List<RunResult> results = [];
        for (ulong seed = 1; seed <= DamagedSeeds; seed++)
        {
            RunSpec spec = s_spec with { Seed = seed, Steps = 6_000 };
            RunResult result = SimRunner.Run(spec with { Faults = Flips(spec) });
            Assert.True(result.Violation is null, $"seed {seed}: {result.Violation}");
            results.Add(result);
        }

        long told = results.Sum(result => result.CountOf(RankAudit.DamageTold));
        long refused = results.Sum(result => result.CountOf(RankAudit.LogsRefused));
        long found = results.Sum(result => result.CountOf(RankAudit.DamageFound));
        Assert.True(told >= 5 && refused >= 5 && found >= 5, $"{told} told, {refused} logs refused, {found} found offline");
    }

    [Theory]
    [InlineData(TreeBug.SendsAnew, "N1")]
    [InlineData(TreeBug.TrustsUnsafe, "N1")]
    public void WhatIsPlantedIsFound(TreeBug bug, string invariant)
    {
        IEnumerable<RunResult> runs = Enumerable.Range(1, SeedsToFind)
            .Select(seed => SimRunner.Run(s_spec with { Seed = (ulong)seed, Variant = $"{bug}" }));
        Assert.Contains(runs, result => result.Violation?.Invariant == invariant);
    }

    /// <summary>Three times a flip, and a crash behind it, so that what was written is read again; in one seed of four a bit of
    /// the journal is among them.</summary>
    private static List<FaultEntry> Flips(RunSpec spec)
    {
        List<FaultEntry> plan = [];
        long horizon = spec.Steps * TreeScenario.MicrosPerStep;
        for (int i = 0; i < 3; i++)
        {
            long at = horizon * (i + 2) / 6;
            int where = i == 2 && spec.Seed % 4 == 0 ? 0 : 1;
            plan.Add(new FaultEntry(2 * i, FaultKind.BitFlip, at, 0, -1, 0, where, spec.Seed + (ulong)i));
            plan.Add(new FaultEntry((2 * i) + 1, FaultKind.Crash, at + 1, 0, -1, 1000, 0, spec.Seed));
        }

        return plan;
    }
}
