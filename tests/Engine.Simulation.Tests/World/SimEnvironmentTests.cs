// Steps and their effects: order, posts, clocks, and the cut of a crash within a step.
using Engine.Metadata;

namespace Engine.Simulation.Tests;

public class SimEnvironmentTests
{
    [Fact]
    public void ACrashInAStepLeavesExactlyItsFirstEffects()
    {
        for (int effects = 0; effects <= 6; effects++)
        {
            using var world = new SimWorld(new SimWorldOptions { Seed = 3 });
            var listener = new Recorder();
            world.AddClient(new ClientId(1), _ => listener);
            SimProcess sender = world.AddRank(new RankId(0), static life => new Burst(life));
            world.Schedule([new FaultEntry(0, FaultKind.CrashInStep, 10, sender.Number, -1, 1_000_000, effects, 1)]);
            while (world.Simulator.NowMicros < 200_000 && world.Simulator.Step())
                Assert.Null(world.Violation);

            // Of the burst of five sends, the news of the crash cuts none that was made: they may be lost on the way, in order.
            Assert.True(listener.Numbers.Count <= Math.Min(effects, Burst.Sends));
            Assert.Equal(Enumerable.Range(0, listener.Numbers.Count), listener.Numbers);
            Assert.Equal(1, world.Faults);
        }
    }

    [Fact]
    public void PostedWorkRunsInOrder()
    {
        using var world = new SimWorld(new SimWorldOptions { Seed = 3 });
        Recorder? recorder = null;
        SimProcess process = world.AddRank(new RankId(0), _ => recorder = new Recorder());
        Assert.True(world.Simulator.Step());
        for (ulong i = 0; i < 50; i++)
            process.Life!.Post(new RankEvent(RankEventKind.Posted, i));
        while (world.Simulator.Step())
            Assert.Null(world.Violation);
        Assert.Equal(Enumerable.Range(0, 50), recorder!.Numbers);
    }

    [Fact]
    public void ClocksDifferButNeverRunBackwards()
    {
        using var world = new SimWorld(new SimWorldOptions { Seed = 3 });
        SimProcess one = world.AddClient(new ClientId(1), static _ => new Recorder());
        SimProcess two = world.AddClient(new ClientId(2), static _ => new Recorder());
        Assert.NotEqual(one.Life!.NowMicros, two.Life!.NowMicros);
        long before = one.Life.NowMicros;
        one.Life.SetTimer(1, 1_000_000);
        while (world.Simulator.Step())
            Assert.True(one.Life.NowMicros >= before);
        Assert.InRange(one.Life.NowMicros - before, 999_000, 1_001_000);
    }

    [Fact]
    public void AnActorThatThrowsIsAViolation()
    {
        using var world = new SimWorld(new SimWorldOptions { Seed = 3 });
        SimProcess process = world.AddRank(new RankId(0), static _ => new Recorder { Throws = true });
        process.Life!.SetTimer(1, 10);
        while (world.Violation is null)
            Assert.True(world.Simulator.Step());
        Assert.Equal(Invariants.Threw, world.Violation.Invariant);
        Assert.Contains("planted", world.Violation.What, StringComparison.Ordinal);
    }

    [Fact]
    public void AnActorThatStopsIsStartedAgain()
    {
        using var world = new SimWorld(new SimWorldOptions { Seed = 3 });
        SimProcess process = world.AddRank(new RankId(0), static _ => new Recorder { Stops = true });
        process.Life!.SetTimer(1, 10);
        while (world.Simulator.Step())
            Assert.Null(world.Violation);
        Assert.Equal(2ul, process.Incarnation);
        Assert.Equal(1, world.Crashes);
        Assert.NotNull(process.Life);
    }

    [Theory]
    [InlineData("A1", true)]
    [InlineData("N5", true)]
    [InlineData("N6", false)]
    [InlineData("Q1", false)]
    [InlineData("L1", true)]
    [InlineData("J", false)]
    public void OnlyInvariantsThatExistAreReported(string name, bool isKnown) => Assert.Equal(isKnown, Invariants.IsKnown(name));

    private sealed record Note(int Number) : Message;

    /// <summary>Sends a burst in one step, after a while.</summary>
    private sealed class Burst(SimEnvironment life) : ISimActor
    {
        public const int Sends = 5;

        public bool HasStopped => false;

        public void Start() => life.SetTimer(1, 100);

        public void Step(in RankEvent item)
        {
            for (int i = 0; item.Kind == RankEventKind.Timer && life.Incarnation == 1 && i < Sends; i++)
                life.Send(Peer.Of(new ClientId(1)), new Note(i));
        }

        public void Dispose()
        {
        }
    }

    private sealed class Recorder : ISimActor
    {
        public bool Throws { get; init; }

        public bool Stops { get; init; }

        public bool HasStopped { get; private set; }

        public List<int> Numbers { get; } = [];

        public void Start() => Numbers.Clear();

        public void Step(in RankEvent item)
        {
            if (Throws)
                throw new InvalidOperationException("planted");
            HasStopped = Stops;
            if (item.Kind != RankEventKind.PeerGone)
                Numbers.Add(item.Message is Note note ? note.Number : (int)item.Token);
        }

        public void Dispose()
        {
        }
    }
}
