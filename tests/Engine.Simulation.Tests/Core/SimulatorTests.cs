namespace Engine.Simulation.Tests;

public class SimulatorTests
{
    [Fact]
    public void StepsRunInTheOrderOfTheirTimes()
    {
        var target = new Target();
        var simulator = new Simulator(1, new StepTrace(null));
        for (ulong i = 0; i < 5000; i++)
            simulator.Schedule((long)(i * 7919 % 1000), target, new SimStep(StepKind.Timer, 0, i));
        while (simulator.Step())
            target.Times.Add(simulator.NowMicros);
        Assert.Equal(5000, simulator.Steps);
        Assert.Equal(target.Times.Order(), target.Times);
        Assert.Equal(0, simulator.PendingCount);
    }

    [Fact]
    public void TheSeedDecidesTheOrderWithinAMicrosecond()
    {
        Assert.Equal(OrderOf(1), OrderOf(1));
        Assert.NotEqual(OrderOf(1), OrderOf(2));
        Assert.Equal(OrderOf(1).Order(), OrderOf(2).Order());
    }

    [Fact]
    public void EveryPartOfAStepIsInTheTrace()
    {
        TraceHash Of(StepKind kind, int subject, ulong token, ulong outcome, long at)
        {
            var trace = new StepTrace(null);
            trace.Step(1, at, new SimStep(kind, subject, token), outcome);
            return trace.Hash;
        }

        TraceHash[] all =
        [
            Of(StepKind.Timer, 1, 2, 3, 4), Of(StepKind.Log, 1, 2, 3, 4), Of(StepKind.Timer, 9, 2, 3, 4),
            Of(StepKind.Timer, 1, 9, 3, 4), Of(StepKind.Timer, 1, 2, 9, 4), Of(StepKind.Timer, 1, 2, 3, 9),
        ];
        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.Equal(all[0], Of(StepKind.Timer, 1, 2, 3, 4));
        Assert.NotEqual(TraceHash.Of("ab"), TraceHash.Of("ba"));
    }

    private static List<ulong> OrderOf(ulong seed)
    {
        var target = new Target();
        var simulator = new Simulator(seed, new StepTrace(null));
        for (ulong i = 0; i < 100; i++)
            simulator.Schedule(5, target, new SimStep(StepKind.Timer, 0, i));
        while (simulator.Step())
            Assert.Equal(5, simulator.NowMicros);
        return target.Tokens;
    }

    private sealed class Target : IStepTarget
    {
        public List<ulong> Tokens { get; } = [];

        public List<long> Times { get; } = [];

        public ulong Execute(in SimStep step)
        {
            Tokens.Add(step.Token);
            return 0;
        }
    }
}
