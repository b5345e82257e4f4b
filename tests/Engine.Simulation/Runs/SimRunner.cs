using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>Carries out a run: a storm of faults, then calm, then the checks that need it.</summary>
public static class SimRunner
{
    /// <summary>Virtual time in which a mended world must come to rest.</summary>
    public const long SettleMicrosMax = 60_000_000;

    /// <summary>Keeps the fault plan's choices apart from those of the world, so that removing faults changes nothing
    /// else.</summary>
    private const ulong PlanSalt = 0x5851_F42D_4C95_7F2D;

    private const long SettleStepsMin = 100_000;

    /// <summary>Runs the spec from its beginning.</summary>
    /// <param name="spec">What to run; validated.</param>
    /// <param name="traceText">Takes the text of every step; null for none.</param>
    public static RunResult Run(RunSpec spec, TextWriter? traceText = null)
    {
        using IScenario scenario = Scenarios.Create(spec);
        return Run(spec, scenario, traceText);
    }

    /// <summary>Runs a scenario of the caller's.</summary>
    public static RunResult Run(RunSpec spec, IScenario scenario, TextWriter? traceText = null)
    {
        var options = new SimWorldOptions { Seed = spec.Seed, TraceText = traceText };
        using var world = new SimWorld(scenario.Adjust(options, spec));
        scenario.Build(world, spec);
        IReadOnlyList<FaultEntry> plan =
            spec.Faults ?? FaultPlan.Draw(spec.Seed ^ PlanSalt, scenario.FaultsOf(world, spec));
        world.Schedule(plan);
        Simulator simulator = world.Simulator;
        while (world.Violation is null && simulator.Steps < spec.Steps && !scenario.IsDone && simulator.Step())
        {
        }

        bool hasSettled = world.Violation is null && Settle(world, scenario, spec);
        if (hasSettled)
            world.CheckQuiescence();
        if (hasSettled && world.Violation is null && spec.Mode == SimMode.Liveness)
            End(world, scenario, spec);
        if (world.Violation is null)
            world.CheckEnd();
        return new RunResult
        {
            Spec = spec with { Faults = plan },
            Violation = world.Violation,
            Trace = world.Trace.Hash,
            Steps = simulator.Steps,
            Operations = scenario.OperationCount,
            OperationsEnd = scenario.OperationsEnd,
            Crashes = world.Crashes,
            Faults = world.Faults,
            SimulatedMicros = simulator.NowMicros,
            HasSettled = hasSettled,
            Marks = world.Marks,
        };
    }

    private static bool Settle(SimWorld world, IScenario scenario, RunSpec spec)
    {
        world.Settle();
        bool isOver = RunUntil(world, spec, () => scenario.IsQuiescent);
        if (!isOver && spec.Mode == SimMode.Liveness && world.Violation is null)
            world.Report("V2", $"after everything was mended: {scenario.DescribePending()}");
        return isOver && world.Violation is null;
    }

    private static void End(SimWorld world, IScenario scenario, RunSpec spec)
    {
        scenario.End();
        if (!RunUntil(world, spec, () => scenario.HasEnded) && world.Violation is null)
            world.Report("V7", $"told to stop: {scenario.DescribePending()}");
    }

    private static bool RunUntil(SimWorld world, RunSpec spec, Func<bool> isOver)
    {
        Simulator simulator = world.Simulator;
        long deadline = simulator.NowMicros + SettleMicrosMax;
        long stepsMax = simulator.Steps + Math.Max(SettleStepsMin, spec.Steps);
        while (world.Violation is null && !isOver())
        {
            if (simulator.NowMicros > deadline || simulator.Steps >= stepsMax || !simulator.Step())
                return false;
        }

        return true;
    }
}
