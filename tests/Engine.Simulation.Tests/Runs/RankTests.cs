namespace Engine.Simulation.Tests;

/// <summary>A rank under crashes and disk faults: what clients saw has an order that explains it, what was safe is there, and the
/// rank's own invariants hold.</summary>
public class RankTests
{
    private const ulong SafetySeeds = 200;
    private const ulong LivenessSeeds = 60;
    private const ulong ReadOnlySeeds = 40;

    private static readonly RunSpec s_spec = new() { Scenario = RankScenario.Name, Variant = nameof(RankBug.None) };

    [Fact]
    public void SafetyHolds_AndSeedsRepeat()
    {
        List<RunResult> results = SeedSweep.Holds(s_spec with { Steps = 20_000 }, SafetySeeds);

        // A generator that makes no trouble proves nothing.
        int crashes = results.Sum(result => result.Crashes);
        Assert.True(crashes > results.Count, $"{crashes} crashes");
        SeedSweep.MostSettled(results);
        SeedSweep.MuchWasCompared(results);
        SeedSweep.ExtraFaultsStruck(results);
        Assert.True(results.Sum(result => result.CountOf(RankScenario.Syncs)) > 10 * results.Count);
        foreach (string mark in (string[])[SimWorld.CutLate, SimObjectStore.ChangesLost, RankScenario.ClientsBack,
            Met.AnswersCut, Met.DivisionsCut])
            Assert.True(results.Sum(result => result.CountOf(mark)) >= results.Count / 40, mark);
        Assert.All(results, result => Assert.Equal(1, result.CountOf($"L1 {LinearizabilityVerdict.Accepted}")));
        Assert.All(results, result => Assert.Equal(0, result.CountOf($"L1 of attributes {LinearizabilityVerdict.Rejected}")));
        long judged = results.Sum(result => result.CountOf(AttributeWatch.InodesJudged));
        long undecided = results.Sum(result => result.CountOf(AttributeWatch.InodesUndecided));
        Assert.True(judged > 50 * results.Count && undecided < judged / 100, $"{judged} inodes judged, {undecided} undecided");
    }

    /// <summary>L1 is judged where a run does not come to rest, too: operations without an answer are allowed.</summary>
    [Fact]
    public void WhatClientsSawIsJudgedWithoutRest()
    {
        IEnumerable<RunResult> runs = Enumerable.Range(1, 10).Select(seed =>
        {
            RunSpec spec = s_spec with { Seed = (ulong)seed, Steps = 10_000, Variant = nameof(RankBug.RenamesInSteps) };
            using var scenario = new Restless(Scenarios.Create(spec));
            return SimRunner.Run(spec, scenario);
        });
        Assert.Contains(runs, run => !run.HasSettled && run.Violation?.Invariant == Invariants.NotLinearizable);
    }

    [Fact]
    public void AStormEndsAndEverythingIsDone()
    {
        List<RunResult> results = SeedSweep.Holds(s_spec with { Mode = SimMode.Liveness, Steps = 10_000 }, LivenessSeeds);
        Assert.All(results, result => Assert.True(result.HasSettled));
        SeedSweep.MostStopped(results);
    }

    /// <summary>A store that turns read-only, with capabilities flushed under it and directories being divided, and crashes
    /// behind it: nothing that was safe is lost, clients are told, and once it is writable everything goes on and ends.</summary>
    [Fact]
    public void AStoreTurnsReadOnly_AndNothingIsLost()
    {
        List<RunResult> results = [];
        for (ulong i = 1; i <= ReadOnlySeeds; i++)
        {
            RunSpec spec = s_spec with { Seed = i * RankScenario.DividedOneIn, Mode = SimMode.Liveness, Steps = 8_000 };
            RunResult result = SimRunner.Run(spec with { Faults = ReadOnlySpells(spec) });
            Assert.True(result.Violation is null, $"seed {spec.Seed}: {result.Violation}\n{result.Spec.ToText()}");
            results.Add(result);
        }

        Assert.All(results, result => Assert.True(result.HasSettled));
        SeedSweep.MostStopped(results);
        foreach (string mark in (string[])[ReadOnlyWatch.ChangesRefused, ReadOnlyWatch.FlushesTaken, ReadOnlyWatch.DivisionsMet,
            ReadOnlyWatch.LivesEnded, ReadOnlyWatch.DivisionsCut])
            Assert.True(results.Sum(result => result.CountOf(mark)) >= results.Count / 4, mark);
    }

    /// <summary>Each planted bug is found under the stated invariant within the stated number of seeds; what it breaks beside may
    /// be found first.</summary>
    [Theory]
    [InlineData(RankBug.DoesNotFence, "A2", 20)]
    [InlineData(RankBug.LosesCaps, "C1", 5)]
    [InlineData(RankBug.GivesTooMuch, "C2", 5)]
    [InlineData(RankBug.ClaimsTooMuch, "C2", 15)]
    [InlineData(RankBug.ForgetsMigrations, "C3", 5)]
    [InlineData(RankBug.AcknowledgesFlushes, "C6", 5)]
    [InlineData(RankBug.ForgetsRequests, "C7", 10)]
    [InlineData(RankBug.RepeatsIntoSilence, "L1", 10)]
    [InlineData(RankBug.RenamesInSteps, "L1", 10)]
    [InlineData(RankBug.ExchangesInSteps, "L1", 10)]
    [InlineData(RankBug.RepeatsChanges, "L1", 10)]
    [InlineData(RankBug.AnswersSyncsEarly, "J3", 5)]
    [InlineData(RankBug.MiscountsForAStep, "N3", 2)]
    [InlineData(RankBug.SkipsAChecksum, "N2", 40)]
    [InlineData(RankBug.DoesNotFlush, "N2", 5)]
    [InlineData(RankBug.DoesNotFlush, "N3", 20)]
    public void MG142_APlantedBugIsFound(RankBug bug, string invariant, ulong seedsMax)
    {
        for (ulong seed = 1; seed <= seedsMax; seed++)
        {
            RunSpec spec = s_spec with { Variant = bug.ToString(), Seed = seed, Steps = 10_000 };
            if (SimRunner.Run(spec).Violation?.Invariant == invariant)
                return;
        }

        Assert.Fail($"{bug} is not found as {invariant} in {seedsMax} seeds");
    }

    /// <summary>What a client believes is checked behind each of its own steps, too, not at the rank's next check.</summary>
    [Fact]
    public void AWrongBeliefIsFoundInTheStepThatBringsIt()
    {
        IEnumerable<string> lastSteps = Enumerable.Range(1, 5).Select(seed =>
        {
            using StringWriter trace = new();
            RunSpec spec = s_spec with { Seed = (ulong)seed, Steps = 2_000, Variant = nameof(RankBug.GivesTooMuch) };
            Assert.Equal("C2", SimRunner.Run(spec, trace).Violation?.Invariant);
            return trace.ToString().Split('\n').Last(line => line.Contains(" takes ", StringComparison.Ordinal));
        });
        Assert.Contains(lastSteps, line => line.TrimStart().StartsWith("Client", StringComparison.Ordinal));
    }

    /// <summary>Spells of a tenth of the run each; in each of them a crash but in the first.</summary>
    private static List<FaultEntry> ReadOnlySpells(RunSpec spec)
    {
        List<FaultEntry> plan = [];
        long horizon = spec.Steps * RankScenario.MicrosPerStep;
        for (int i = 0; i < 4; i++)
        {
            long at = horizon * (2 + (i * 2)) / 10;
            plan.Add(new FaultEntry(2 * i, FaultKind.StoreReadOnly, at, 0, -1, horizon / 10, 0, spec.Seed));
            if (i > 0)
            {
                long crashAt = at + (horizon * i / 50);
                plan.Add(new FaultEntry((2 * i) + 1, FaultKind.Crash, crashAt, 0, -1, 1000, 0, spec.Seed + (ulong)i));
            }
        }

        return plan;
    }
}
