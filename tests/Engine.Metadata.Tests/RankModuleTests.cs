using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>A rank gives its modules the messages of other ranks, the news of peers that are gone, and time.</summary>
public sealed class RankModuleTests : IDisposable
{
    private static readonly Peer s_other = new(PeerKind.Rank, 1, 5);

    private readonly RankHarness _rank = new(options => options with { TickMicros = 1000 });
    private readonly Module _deaf = new(takes: false);
    private readonly Module _module = new(takes: true);
    private readonly Module _behind = new(takes: true);

    public RankModuleTests()
    {
        foreach (Module module in (Module[])[_deaf, _module, _behind])
            _rank.Rank.Add(module);
        _rank.Start();
    }

    public void Dispose() => _rank.Dispose();

    [Fact]
    public void AMessageIsOfferedToOneAfterTheOther()
    {
        Ping ping = new(7);
        _rank.Rank.Step(new RankEvent(RankEventKind.Message, From: s_other, Message: ping));
        Assert.Equal([(s_other, ping)], _deaf.Offered);
        Assert.Equal([(s_other, ping)], _module.Offered);
        Assert.Empty(_behind.Offered);
    }

    [Fact]
    public void WhatClientsSayIsNotForModules()
    {
        _rank.Call(ClientOp.MakeDirectory, "/a");
        Assert.Empty(_deaf.Offered);
    }

    [Fact]
    public void AllAreToldOfPeersAndOfTime()
    {
        _rank.Rank.Step(new RankEvent(RankEventKind.PeerGone, From: s_other));
        int before = _module.Ticks.Count;
        _rank.Advance(10_000);
        foreach (Module module in (Module[])[_deaf, _module, _behind])
        {
            Assert.Equal([s_other], module.Failed);
            Assert.Equal(before + 10, module.Ticks.Count);
            Assert.Equal(module.Ticks.Order(), module.Ticks);
        }

        Assert.Equal(_rank.NowMicros, _module.Ticks[^1]);
    }

    private sealed record Ping(int Number) : Message;

    private sealed class Module(bool takes) : IRankModule
    {
        public List<(Peer From, Message Message)> Offered { get; } = [];

        public List<Peer> Failed { get; } = [];

        public List<long> Ticks { get; } = [];

        public bool TryHandle(Peer from, Message message)
        {
            Offered.Add((from, message));
            return takes;
        }

        public List<ulong> Maps { get; } = [];

        public RankServices? Rank { get; private set; }

        public void Attach(RankServices rank) => Rank = rank;

        public void Recovered()
        {
        }

        public void MapChanged(ClusterMap map) => Maps.Add(map.Epoch);

        public void PeerFailed(Peer peer) => Failed.Add(peer);

        public void Tick(long nowMicros) => Ticks.Add(nowMicros);
    }
}
