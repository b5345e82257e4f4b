// Channels between simulated processes: order, loss at their end, and what hinders them.
using Engine.Metadata;

namespace Engine.Simulation.Tests;

public class SimNetworkTests
{
    private static readonly Peer s_first = Peer.Of(new ClientId(1));

    [Fact]
    public void MessagesArriveInOrder()
    {
        using var world = Build(new NetworkOptions { JitterMicros = 500, SpikeProbability = 0.2, SpikeMicros = 5000 });
        SendMany(world, 500);
        Drain(world);
        Assert.Equal(Enumerable.Range(0, 500), Received(world));
        Assert.Equal(500, world.Network.Delivered);
    }

    [Fact]
    public void MG142_TheSwitchBreaksTheOrder()
    {
        using var world = Build(new NetworkOptions(), breaksFifo: true);
        SendMany(world, 500);
        Drain(world);
        Assert.Equal(Enumerable.Range(0, 500), Received(world).Order());
        Assert.NotEqual(Enumerable.Range(0, 500), Received(world));
    }

    [Fact]
    public void BandwidthDelaysLargeMessages()
    {
        long EndOf(int bytes)
        {
            using var world = Build(new NetworkOptions { JitterMicros = 0, SpikeProbability = 0, BytesPerMicro = 10 });
            world.Network.SizeOf = _ => bytes;
            SendMany(world, 10);
            Drain(world);
            return world.Simulator.NowMicros;
        }

        Assert.InRange(EndOf(10_000) - EndOf(10), 9_900, 10_100);
    }

    [Fact]
    public void AResetCutsBothWaysAndTellsBothEnds()
    {
        using var world = Build(new NetworkOptions { DetectMicros = 1000 });
        SendMany(world, 100);
        world.Schedule([Fault(FaultKind.Reset, 120)]);
        Drain(world);
        List<int> received = Received(world);
        Assert.Equal(Enumerable.Range(0, received.Count), received);
        Assert.True(received.Count < 100, "nothing was lost");
        Assert.Equal([s_first], ActorOf(world, 1).Gone);
        Assert.Single(ActorOf(world, 0).Gone);

        // A new channel begins, and what it brings comes after the news of the old one's end.
        SendMany(world, 3);
        Drain(world);
        Assert.Equal([0, 1, 2], Received(world).Skip(received.Count));
    }

    [Fact]
    public void WhatIsSentBeforeTheEndIsKnownIsLost()
    {
        using var world = Build(new NetworkOptions { DetectMicros = 100_000 });
        SendMany(world, 1);
        Drain(world);
        world.Schedule([Fault(FaultKind.Reset, world.Simulator.NowMicros)]);
        Assert.True(world.Simulator.Step());
        SendMany(world, 5);
        Drain(world);
        Assert.Single(Received(world));
    }

    [Fact]
    public void ACrashTellsThePeersAndTheNextLifeHasAnotherName()
    {
        using var world = Build(new NetworkOptions());
        SendMany(world, 1);
        Drain(world);
        Peer old = world.Processes[1].Life!.Self;
        world.Schedule([Fault(FaultKind.Crash, world.Simulator.NowMicros, target: 1)]);
        Drain(world);
        Assert.Equal([old], ActorOf(world, 0).Gone);
        Assert.NotEqual(old, world.Processes[1].Life!.Self);

        // Who sends to a life that is over is told that it is.
        world.Processes[0].Life!.Send(old, new Note(7));
        Drain(world);
        Assert.Equal([old, old], ActorOf(world, 0).Gone);
    }

    [Fact]
    public void APartitionHoldsEverythingBackForItsTime()
    {
        using var world = Build(new NetworkOptions { SpikeProbability = 0 });
        world.Schedule([Fault(FaultKind.Partition, 1, amount: 50_000)]);
        while (world.Simulator.NowMicros < 1)
            Assert.True(world.Simulator.Step());
        SendMany(world, 10);
        while (world.Simulator.NowMicros < 49_000 && world.Simulator.Step())
            Assert.True(world.Simulator.NowMicros >= 50_000 || Received(world).Count == 0);
        Drain(world);
        Assert.Equal(Enumerable.Range(0, 10), Received(world));
        Assert.Empty(ActorOf(world, 1).Gone);
    }

    [Fact]
    public void HealingLetsGoAtOnce()
    {
        using var world = Build(new NetworkOptions { SpikeProbability = 0 });
        world.Schedule([Fault(FaultKind.Clog, 1, amount: 50_000_000)]);
        while (world.Simulator.NowMicros < 1)
            Assert.True(world.Simulator.Step());
        SendMany(world, 10);
        world.Settle();
        while (Received(world).Count < 10)
            Assert.True(world.Simulator.Step());
        Assert.True(world.Simulator.NowMicros < 10_000);
    }

    private static FaultEntry Fault(FaultKind kind, long at, int target = 0, long amount = 10) =>
        new(0, kind, at, target, 1 - target, amount, 0, 5);

    private static SimWorld Build(NetworkOptions options, bool breaksFifo = false)
    {
        var world = new SimWorld(new SimWorldOptions { Seed = 1, Network = options, BreaksFifo = breaksFifo });
        world.AddClient(new ClientId(1), static _ => new Listener());
        world.AddRank(new RankId(0), static _ => new Listener());
        Drain(world);
        return world;
    }

    private static void SendMany(SimWorld world, int count)
    {
        for (int i = 0; i < count; i++)
            world.Processes[0].Life!.Send(world.Processes[1].Life!.Self, new Note(i));
    }

    private static void Drain(SimWorld world)
    {
        while (world.Simulator.Step())
            Assert.Null(world.Violation);
    }

    private static List<int> Received(SimWorld world) => [.. ActorOf(world, 1).Notes];

    private static Listener ActorOf(SimWorld world, int process) => (Listener)world.Processes[process].Life!.Actor!;

    private sealed record Note(int Number) : Message;

    private sealed class Listener : ISimActor
    {
        public bool HasStopped => false;

        public List<int> Notes { get; } = [];

        public List<Peer> Gone { get; } = [];

        public void Start() => Notes.Clear();

        public void Step(in RankEvent item)
        {
            if (item.Kind == RankEventKind.Message)
                Notes.Add(((Note)item.Message!).Number);
            else
                Gone.Add(item.From);
        }

        public void Dispose()
        {
        }
    }
}
