// Ranks under a cluster map, without anything between them but the map and messages of a test's module.

using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Ranks under a cluster map: what each begins with, which lives count, whose messages.</summary>
public sealed class ClusterMapTests : IDisposable
{
    private static readonly RankId s_first = new(0);
    private static readonly RankId s_second = new(1);

    private readonly ClusterHarness _cluster = new(2, options => options with { TickMicros = 1000 });
    private readonly RecordingModule _module = new();

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void TheRootIsRank0s_OthersBeginWithWhatIsTheirOwn()
    {
        _cluster.Start();
        Assert.Equal([RankState.Active, RankState.Active], [_cluster[0].Rank.State, _cluster[1].Rank.State]);
        Assert.True(_cluster[0].Rank.TryStat(Ino.Root, out _));
        Assert.False(_cluster[1].Rank.TryStat(Ino.Root, out _));
        MetadataCache cache = _cluster[1].Rank.Cache;
        Assert.Equal([Ino.PrivateOf(s_second)], cache.Bases.Select(node => cache.Inode(node).Ino));
        Assert.True(_cluster[1].Rank.TryStat(Ino.StrayOf(s_second, 9), out _));
        Assert.False(_cluster[1].Rank.TryStat(Ino.StrayOf(s_first, 0), out _));
        Assert.Empty(_cluster[1].Rank.Audit(3));
    }

    [Fact]
    public void ARankOtherThan0ComesBackWithWhatItHad()
    {
        _cluster.Start();
        _cluster[1].Rank.Stop();
        _cluster.Run();
        Assert.Equal(RankState.Stopped, _cluster[1].Rank.State);
        _cluster.Crash(1);
        _cluster.Start(1);
        Assert.Equal(RankState.Active, _cluster[1].Rank.State);
        Assert.False(_cluster[1].Rank.TryStat(Ino.Root, out _));
        Assert.Equal([Ino.PrivateOf(s_second)], _cluster[1].Rank.Cache.Subtrees.Roots().Select(root => root.Name.Ino));
    }

    [Fact]
    public void ARankThatLostItsJournalIsToldSo_OthersDirectoriesInTheStoreAreNoSign()
    {
        _cluster.Start(0);
        _cluster[0].Rank.Stop();
        _cluster.Run();
        _cluster.Start(1);
        Assert.Equal(RankState.Active, _cluster[1].Rank.State);
        using RankHarness lost = new(options => options with { Id = s_first, Incarnation = 9 }, objects: _cluster.Store);
        lost.Start();
        Assert.Equal(RankState.Failed, lost.Rank.State);
        Assert.Contains("the journal was lost", lost.Rank.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void AMapEndsLives_ModulesAreToldInOrder_OlderMapsAreNotTaken()
    {
        _cluster[0].Rank.Add(_module);
        _cluster.Start();
        _module.Log.Clear();
        ClusterMap before = _cluster.Map;
        _cluster.Crash(1);
        Assert.Equal([$"failed {Peer.Of(s_second, 1)}", $"map {before.Epoch + 1}"], _module.Log);
        Deliver(0, Peer.Map, before);
        Assert.Equal(before.Epoch + 1, _cluster[0].Rank.Map.Epoch);
        _cluster.Start(1);
        Assert.Equal($"map {before.Epoch + 2}", _module.Log[^1]);
    }

    [Fact]
    public void MG091_WhatALifeSentThatHasEndedIsGivenToNobody()
    {
        _cluster[0].Rank.Add(_module);
        _cluster.Start();
        Deliver(0, Peer.Of(s_second, 1), new Ping(1));
        _cluster.Crash(1);
        Deliver(0, Peer.Of(s_second, 1), new Ping(2));
        Assert.Equal(1, _cluster[0].Rank.PeerMessagesDropped);
        _cluster.Start(1);
        Deliver(0, Peer.Of(s_second, 1), new Ping(3));
        Deliver(0, Peer.Of(s_second, 2), new Ping(4));
        Assert.Equal([1, 4], _module.Pings);
    }

    [Fact]
    public void WhatALifeSaysThatTheMapDoesNotHaveYetWaitsForTheMap()
    {
        _cluster[0].Rank.Add(_module);
        _cluster.Start(0);
        Deliver(0, Peer.Of(s_second, 1), new Ping(1));
        Assert.Empty(_module.Pings);
        _cluster.Start(1);
        Assert.Equal([1], _module.Pings);
    }

    [Fact]
    public void ARankWhoseLifeTheMapHasEndedServesNobody()
    {
        _cluster.Start();
        List<ClusterRank> ranks = [.. _cluster.Map.Ranks];
        ranks[1] = ranks[1] with { Incarnation = 7 };
        Deliver(1, Peer.Map, new ClusterMap(100, ranks));
        Assert.Equal(RankState.Failed, _cluster[1].Rank.State);
        Assert.Contains("epoch 100", _cluster[1].Rank.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void AMapKnowsItsRanksOnly()
    {
        ClusterMap map = new(1, [new ClusterRank(ClusterRankState.Active, 3, "", 0)]);
        Assert.True(map.IsUp(s_first, 3));
        Assert.False(map.IsUp(s_first, 2));
        Assert.False(map.IsUp(s_second, 0));
        Assert.Equal(ClusterRankState.None, map[RankId.None].State);
        Assert.False(new ClusterRank(ClusterRankState.Stopped, 3, "", 0).IsUp);
    }

    private void Deliver(int rank, Peer from, Message message)
    {
        _cluster[rank].Rank.Step(new RankEvent(RankEventKind.Message, From: from, Message: message));
        _cluster.Run();
    }

    private sealed record Ping(int Number) : Message;

    private sealed class RecordingModule : IRankModule
    {
        public List<string> Log { get; } = [];

        public List<int> Pings { get; } = [];

        public void Attach(RankServices rank) => Log.Add($"attached to {rank.Me}");

        public void Recovered()
        {
        }

        public void MapChanged(ClusterMap map) => Log.Add($"map {map.Epoch}");

        public void PeerFailed(Peer peer) => Log.Add($"failed {peer}");

        public bool TryHandle(Peer from, Message message)
        {
            if (message is not Ping ping)
                return false;
            Pings.Add(ping.Number);
            return true;
        }

        public void Tick(long nowMicros)
        {
        }
    }
}
