namespace Engine.Simulation.Tests;

/// <summary>The framework proves itself on the toy: runs repeat, planted bugs are found and shrunk, and nothing else
/// is.</summary>
public class ToyTests
{
    private const ulong CleanSeeds = 60;

    [Fact]
    public void MG139_TheSameSeedTwiceDoesTheSameSteps()
    {
        List<RunResult> results = SeedSweep.Holds(Spec(ToyBug.None, 0), CleanSeeds);
        Assert.Equal(results.Count, results.DistinctBy(result => result.Trace).Count());
    }

    [Fact]
    public void DifferentSeedsDoDifferentSteps() => Assert.NotEqual(
        SimRunner.Run(Spec(ToyBug.None, 1) with { Steps = 1000 }).Trace,
        SimRunner.Run(Spec(ToyBug.None, 2) with { Steps = 1000 }).Trace);

    [Fact]
    public void AnotherFaultChangesTheTrace()
    {
        RunSpec spec = Spec(ToyBug.None, 3) with { Faults = [] };
        FaultEntry crash = new(0, FaultKind.Crash, 20_000, 0, -1, 1000, 0, 7);
        RunResult plain = SimRunner.Run(spec);
        RunResult crashed = SimRunner.Run(spec with { Faults = [crash] });
        Assert.NotEqual(plain.Trace, crashed.Trace);
        Assert.Equal(0, plain.Crashes);
        Assert.Equal(1, crashed.Crashes);
        Assert.Null(crashed.Violation);
    }

    [Fact]
    public void AStormEndsAndEverythingIsDone()
    {
        List<RunResult> results =
            SeedSweep.Holds(Spec(ToyBug.None, 0) with { Mode = SimMode.Liveness, Steps = 10_000 }, CleanSeeds);
        Assert.All(results, result => Assert.True(result.HasSettled));

        // A generator that makes no trouble proves nothing.
        int crashes = results.Sum(result => result.Crashes);
        int faults = results.Sum(result => result.Faults);
        Assert.True(crashes > results.Count && faults > 5 * results.Count, $"{crashes} crashes, {faults} faults");
    }

    /// <summary>Each planted bug is found within the stated number of seeds, under the stated invariant.</summary>
    [Theory]
    [InlineData(ToyBug.AcknowledgesEarly, SimMode.Safety, "J3", 2)]
    [InlineData(ToyBug.BreaksFifo, SimMode.Safety, "L1", 10)]
    [InlineData(ToyBug.TrimsFirst, SimMode.Safety, "L1", 150)]
    [InlineData(ToyBug.DoesNotFence, SimMode.Safety, "L1", 400)]
    [InlineData(ToyBug.ForgetsRequests, SimMode.Safety, "L1", 20)]
    [InlineData(ToyBug.WaitsForTheGone, SimMode.Liveness, "V2", 20)]
    public void MG142_APlantedBugIsFound(ToyBug bug, SimMode mode, string invariant, ulong seedsMax)
    {
        for (ulong seed = 1; seed <= seedsMax; seed++)
        {
            if (SimRunner.Run(Spec(bug, seed) with { Mode = mode }).Violation is not { } violation)
                continue;
            Assert.Equal(invariant, violation.Invariant);
            return;
        }

        Assert.Fail($"{bug} was not found in {seedsMax} seeds");
    }

    [Theory]
    [InlineData(ToyBug.AcknowledgesEarly, SimMode.Safety, 0, 1)]
    [InlineData(ToyBug.BreaksFifo, SimMode.Safety, 1, 20)]
    [InlineData(ToyBug.WaitsForTheGone, SimMode.Liveness, 3, 200)]
    public void AFailureShrinks(ToyBug bug, SimMode mode, int faultsMax, long operationsMax)
    {
        RunResult failed = FirstFailure(bug, mode);
        RunResult small = Shrinker.Shrink(failed, static spec => SimRunner.Run(spec));
        Assert.Equal(failed.Violation!.Invariant, small.Violation!.Invariant);
        Assert.True(
            small.Spec.Faults!.Count <= faultsMax && small.Operations <= operationsMax,
            $"{small.Spec.Faults.Count} faults and {small.Operations} operations are left");

        Assert.True(RunSpec.TryParse(small.Spec.ToText(), out RunSpec replayed, out string problem), problem);
        RunResult again = SimRunner.Run(replayed);
        Assert.Equal(small.Trace, again.Trace);
        Assert.Equal(small.Violation, again.Violation);
    }

    [Fact]
    public void TheTraceNamesEveryStep()
    {
        using var text = new StringWriter();
        RunResult result = SimRunner.Run(Spec(ToyBug.None, 5) with { Steps = 500 }, text);
        string[] lines = text.ToString().Split('\n');
        Assert.Equal(result.Steps, lines.Count(line => line.Length > 0 && char.IsAsciiDigit(line[0])));
        Assert.Contains(lines, line => line.Contains("send to", StringComparison.Ordinal));
        Assert.Equal(result.Trace, SimRunner.Run(Spec(ToyBug.None, 5) with { Steps = 500 }).Trace);
    }

    [Fact]
    public void ARunGivesItsMemoryBack()
    {
        using var scenario = new ToyScenario(ToyBug.None);
        RunSpec spec = Spec(ToyBug.None, 9) with { Steps = 5000 };
        using (var world = new SimWorld(scenario.Adjust(new SimWorldOptions { Seed = spec.Seed }, spec)))
        {
            scenario.Build(world, spec);
            world.Schedule(FaultPlan.Draw(spec.Seed, scenario.FaultsOf(world, spec)));
            while (world.Simulator.Steps < spec.Steps && world.Simulator.Step())
                Assert.Null(world.Violation);
        }

        Assert.Equal(0, scenario.BlocksRented);
    }

    private static RunResult FirstFailure(ToyBug bug, SimMode mode)
    {
        for (ulong seed = 1; ; seed++)
        {
            RunResult result = SimRunner.Run(Spec(bug, seed) with { Mode = mode });
            if (result.Violation is not null)
                return result;
            Assert.True(seed < 100, $"{bug} was not found");
        }
    }

    private static RunSpec Spec(ToyBug bug, ulong seed) => new() { Scenario = "toy", Variant = bug.ToString(), Seed = seed };
}
