using Xunit.Sdk;

namespace Engine.Simulation.Tests;

/// <summary>What sweeps ask of a run besides its violation.</summary>
public class SeedSweepTests
{
    [Theory]
    [InlineData(RankAudit.DamageTold)]
    [InlineData(RankAudit.LogsRefused)]
    public void DamageWithoutAChangedBitFails(string mark)
    {
        RunResult told = With(new() { [mark] = 1 });
        Assert.Throws<TrueException>(() => SeedSweep.DamageIsReal(told));
        SeedSweep.DamageIsReal(With(new() { [mark] = 1, [SimWorld.BitsChanged] = 1 }));
        SeedSweep.DamageIsReal(With([]));
    }

    private static RunResult With(Dictionary<string, long> marks) =>
        SimRunner.Run(new RunSpec { Scenario = ToyScenario.Name, Variant = nameof(ToyBug.None), Seed = 1, Steps = 10 })
            with { Marks = marks };
}
