// The authority over the cluster map, its world stepped by hand: what it asks for is answered when the test says so.

using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster.Tests;

/// <summary>Who is which rank, and when a life is over.</summary>
public sealed partial class MapAuthorityTests : IMapEnvironment
{
    private const long Second = 1_000_000;
    private readonly Queue<ClusterMap> _stores = new();
    private readonly Queue<(RankId Rank, ulong Incarnation)> _fences = new();
    private readonly Dictionary<ulong, ClusterMap> _sent = [];
    private readonly List<string> _effects = [];
    private MapAuthority _authority;

    public MapAuthorityTests() => _authority = Begin(ClusterMap.Empty);

    public long NowMicros { get; private set; } = 1000 * Second;

    void IMapEnvironment.Store(ClusterMap map)
    {
        _stores.Enqueue(map);
        _effects.Add($"store {map.Epoch}");
    }

    void IMapEnvironment.Fence(RankId rank, ulong incarnation)
    {
        _fences.Enqueue((rank, incarnation));
        _effects.Add($"fence {rank.Value} below {incarnation}");
    }

    void IMapEnvironment.Send(ulong process, ClusterMap map) => _sent[process] = map;

    [Fact]
    public void ProcessesGetRanks_InTheOrderOfTheirNumbers_OnceThatIsDurable()
    {
        Say(30, "c");
        Say(10, "a");
        Assert.Empty(_sent);
        Settle();
        Assert.Equal((ClusterRankState.Starting, 1UL, "c"), Of(0));
        Assert.Equal((ClusterRankState.Starting, 1UL, "a"), Of(1));
        Assert.Equal(_authority.Map, _sent[10]);
        Say(40, "d");
        Settle();
        Assert.Equal(1, _authority.StandbyCount);
        Assert.Equal(_authority.Map, _sent[40]);
    }

    [Fact]
    public void WhoWantsARank_GetsThatOne_BeforeWhoTakesAny()
    {
        Say(10, "one", wants: 1);
        Settle();
        Assert.Equal((ClusterRankState.None, 0UL), (Of(0).State, Of(0).Incarnation));
        Assert.Equal((ClusterRankState.Starting, 1UL, "one"), Of(1));
        Say(20, "also one", wants: 1);
        Settle();
        Assert.Equal(ClusterRankState.None, Of(0).State);
        Say(30, "any");
        Settle();
        Assert.Equal("any", Of(0).Address);
    }

    [Fact]
    public void ARankGoesForwardOnly()
    {
        BothActive();
        ulong epoch = _authority.Map.Epoch;
        Say(10, "a", rank: 0, incarnation: 1, ClusterRankState.Replay);
        Settle();
        Assert.Equal((ClusterRankState.Active, epoch), (Of(0).State, _authority.Map.Epoch));
    }

    [Fact]
    public void WhoIsSilent_IsFenced_ThenCalledFailed_ThenTakenOver()
    {
        BothActive();
        Say(30, "s");
        Settle();
        _effects.Clear();
        for (int second = 0; second < 6; second++)
        {
            Pass(Second);
            Say(20, "b", rank: 1, incarnation: 1, ClusterRankState.Active);
            Say(30, "s");
        }

        Assert.Equal(["fence 0 below 2"], _effects);
        Assert.Equal((ClusterRankState.Active, 1UL, "a"), Of(0));
        Settle();
        Assert.Equal((ClusterRankState.Starting, 3UL, "s"), Of(0));
        Assert.Equal((ClusterRankState.Active, 1UL, "b"), Of(1));
        Assert.Equal(_authority.Map, _sent[30]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AJournalThatCannotBeFenced_IsTriedAgain_AndNobodyTakesOverBefore(bool isGone)
    {
        BothActive();
        Say(30, "s");
        Settle();
        if (isGone)
            _authority.Gone(10);
        else
            Silence(0);
        Answer(IoError.Io);
        Assert.Equal(IoError.Io, _authority.FenceError);
        Settle();
        Assert.Equal((ClusterRankState.Active, 1UL, "a"), Of(0));
        Pass(Second);
        Assert.Single(_fences);
        Settle();
        Assert.Equal((ClusterRankState.Starting, 3UL, "s"), Of(0));
        Assert.Equal(IoError.None, _authority.FenceError);
    }

    [Fact]
    public void AProcessThatIsGone_NeedNotBeWaitedFor()
    {
        BothActive();
        _authority.Gone(10);
        Settle();
        Assert.Equal((ClusterRankState.Failed, 2UL), (Of(0).State, Of(0).Incarnation));
        Say(30, "s");
        Settle();
        Assert.Equal((ClusterRankState.Starting, 3UL, "s"), Of(0));
    }

    [Fact]
    public void ALifeThatIsOver_IsNotHeardAnyMore()
    {
        BothActive();
        _authority.Gone(10);
        Say(10, "a", rank: 0, incarnation: 1, ClusterRankState.Active);
        Settle();
        Say(10, "a", rank: 0, incarnation: 1, ClusterRankState.Active);
        Settle();
        Assert.Equal((ClusterRankState.Failed, 2UL), (Of(0).State, Of(0).Incarnation));
        Assert.Equal(_authority.Map, _sent[10]);
    }

    [Fact]
    public void WhoDoesNotTakeWhatItWasGiven_LosesIt()
    {
        Say(10, "a");
        Settle();
        Assert.Equal("a", Of(0).Address);
        ulong given = _authority.Map.Epoch;
        Say(10, "a", epoch: given - 1);
        Settle();
        Assert.Equal((ClusterRankState.Starting, 1UL, "a"), Of(0));
        Say(10, "a", epoch: given);
        Settle();
        Assert.Equal((ClusterRankState.Starting, 3UL, "a"), Of(0));
        Assert.Equal(ClusterRankState.None, Of(1).State);
    }

    [Theory]
    [InlineData(ClusterRankState.Stopped)]
    [InlineData(ClusterRankState.Damaged)]
    public void WhatARankSaysOfItsEnd_HoldsWithoutAFence_AndNobodyGetsIt(ClusterRankState end)
    {
        BothActive();
        Say(30, "s");
        Say(10, "a", rank: 0, incarnation: 1, end);
        Settle();
        Assert.Equal((end, 1UL), (Of(0).State, Of(0).Incarnation));
        Assert.DoesNotContain(_effects, effect => effect.StartsWith("fence", StringComparison.Ordinal));
        Assert.Equal(1, _authority.StandbyCount);

        // Who asks for it by its number has been told by somebody to.
        Say(40, "t", wants: 0);
        Settle();
        Assert.Equal((ClusterRankState.Starting, 2UL, "t"), Of(0));
        Assert.Equal(1, _authority.StandbyCount);
    }

    [Fact]
    public void WhoHasNoAddress_IsToldOfMapsAndIsNoRank()
    {
        Say(10, "");
        Settle();
        Assert.Equal(0, _authority.StandbyCount);
        Assert.Equal(ClusterRankState.None, Of(0).State);
        Say(20, "a");
        Settle();
        Assert.Equal("a", Of(0).Address);
    }

    [Fact]
    public void AnAuthorityThatComesBack_KnowsItsRanks_AndWaitsAWholeGraceForThem()
    {
        BothActive();
        ClusterMap stored = _authority.Map;
        _authority = Begin(stored);
        Pass(4 * Second);
        Say(10, "a", rank: 0, incarnation: 1, ClusterRankState.Active);
        Pass(2 * Second);
        Assert.Equal((new RankId(1), 2UL), Assert.Single(_fences));
        Settle();
        Assert.Equal((ClusterRankState.Active, 1UL, "a"), Of(0));
        Assert.Equal(ClusterRankState.Failed, Of(1).State);
        Assert.True(_authority.Map.Epoch > stored.Epoch);
    }

    [Fact]
    public void AMapThatCannotBeStored_IsSeenByNobody_AndStoredAgain()
    {
        Say(10, "a");
        _authority.Stored(_stores.Dequeue(), IoError.NoSpace);
        Assert.Empty(_sent);
        Assert.Equal(0UL, _authority.Map.Epoch);
        Assert.Empty(_stores);
        Pass(Second);
        Settle();
        Assert.Equal((ClusterRankState.Starting, 1UL, "a"), Of(0));
        Assert.Equal(1UL, _authority.Map.Epoch);
    }

    /// <summary>Whatever happens in whatever order: epochs count up one by one, an incarnation is given once, nobody has two
    /// ranks, and no life ends but by its own word or a fence.</summary>
    [Fact]
    public void InAnyOrder_TheRulesHold()
    {
        int lives = 0;
        for (ulong seed = 1; seed <= 300; seed++)
            lives += new MapAuthorityTests().RunRandomly(new SeededRandom(seed));
        Assert.True(lives > 1000, $"only {lives} lives were begun");
    }

    private int RunRandomly(SeededRandom random)
    {
        HashSet<(int Rank, ulong Incarnation)> given = [];
        HashSet<(int Rank, ulong Incarnation)> over = [];
        ClusterMap seen = _authority.Map;
        for (int step = 0; step < 400; step++)
        {
            Happen(random, over);
            ClusterMap now = _authority.Map;
            if (now.Epoch == seen.Epoch)
                continue;
            Assert.Equal(seen.Epoch + 1, now.Epoch);
            for (int rank = 0; rank < 2; rank++)
            {
                ClusterRank before = seen[new RankId(rank)];
                ClusterRank after = now[new RankId(rank)];
                bool isSame = after.IsUp && after.Incarnation == before.Incarnation;
                Assert.True(!before.IsUp || isSame || over.Contains((rank, before.Incarnation)));
                Assert.True(!after.IsUp || (before.IsUp && isSame) || given.Add((rank, after.Incarnation)));
            }

            Assert.False(now[new RankId(0)].IsUp && now[new RankId(1)].IsUp && Of(0).Address == Of(1).Address);
            seen = now;
        }

        return given.Count;
    }

    /// <summary>One thing out of all that may happen next.</summary>
    /// <param name="random">Draws it.</param>
    /// <param name="over">Takes the lives that have ended by it: by their own word, or since their journal takes nothing more.
    /// </param>
    private void Happen(SeededRandom random, HashSet<(int Rank, ulong Incarnation)> over)
    {
        ulong process = (ulong)random.NextInt(1, 6);
        int rank = random.NextInt(2);
        ClusterRank of = _authority.Map[new RankId(rank)];
        switch (random.NextInt(8))
        {
            case 0:
                Say(process, "p" + process);
                break;
            case 1 or 2 or 3 when of.Address == "p" + process:
                bool ends = random.NextInt(40) == 0;
                if (ends)
                    over.Add((rank, of.Incarnation));
                Say(process, of.Address, rank, of.Incarnation, ends ? ClusterRankState.Stopped : ClusterRankState.Active);
                break;
            case 4:
                Pass(random.NextInt(1, 3) * Second);
                break;
            case 5 when _fences.TryDequeue(out (RankId Rank, ulong Incarnation) fence):
                bool fails = random.NextInt(4) == 0;
                if (!fails)
                    over.Add((fence.Rank.Value, fence.Incarnation - 1));
                _authority.Fenced(fence.Rank, fails ? IoError.Io : IoError.None);
                break;
            case 6 when _stores.TryDequeue(out ClusterMap? map):
                _authority.Stored(map, random.NextInt(5) == 0 ? IoError.Io : IoError.None);
                break;
            case 7 when random.NextInt(10) == 0:
                _authority.Gone(process);
                break;
        }
    }

    [Fact]
    public void MG033_WhereTargetsAreAskedFor_ARankHasThoseAlone()
    {
        _authority = Begin(ClusterMap.Empty, new MapOptions { Ranks = 2, TargetsOnDemand = true });
        BothActive();
        Assert.Equal((0UL, 0UL), (_authority.Map.Ranks[0].Targets, _authority.Map.Ranks[1].Targets));
        ulong epoch = _authority.Map.Epoch;
        Say(10, "a", rank: 0, incarnation: 1, ClusterRankState.Active, targets: 0b10);
        Settle();
        Assert.Equal((epoch + 1, 0b10UL), (_authority.Map.Epoch, _authority.Map.Ranks[0].Targets));
        Say(10, "a", rank: 0, incarnation: 1, ClusterRankState.Active, targets: 0b10);
        Settle();
        Assert.Equal(epoch + 1, _authority.Map.Epoch);
        Say(10, "a", rank: 0, incarnation: 1, ClusterRankState.Active);
        Settle();
        Assert.Equal((epoch + 2, 0UL), (_authority.Map.Epoch, _authority.Map.Ranks[0].Targets));
    }

    [Fact]
    public void Otherwise_EveryRankMayGiveToAll_AndWhatIsAskedForChangesNothing()
    {
        BothActive();
        ulong epoch = _authority.Map.Epoch;
        Say(10, "a", rank: 0, incarnation: 1, ClusterRankState.Active, targets: 0b10);
        Settle();
        Assert.Equal((epoch, ulong.MaxValue), (_authority.Map.Epoch, _authority.Map.Ranks[0].Targets));
    }

    private MapAuthority Begin(ClusterMap stored, MapOptions? options = null)
    {
        _stores.Clear();
        _fences.Clear();
        _sent.Clear();
        return new MapAuthority(options ?? new MapOptions { Ranks = 2 }, stored, this);
    }

    private void BothActive()
    {
        Say(10, "a");
        Say(20, "b");
        Settle();
        Say(10, "a", rank: 0, incarnation: 1, ClusterRankState.Active);
        Say(20, "b", rank: 1, incarnation: 1, ClusterRankState.Active);
        Settle();
        Assert.Equal((ClusterRankState.Active, ClusterRankState.Active), (Of(0).State, Of(1).State));
    }

    /// <summary>All but a rank are heard of until that one's grace is over.</summary>
    private void Silence(int rank)
    {
        for (int second = 0; second < 6; second++)
        {
            Pass(Second);
            Say(30, "s");
            if (rank != 0)
                Say(10, "a", rank: 0, incarnation: 1, ClusterRankState.Active);
            if (rank != 1)
                Say(20, "b", rank: 1, incarnation: 1, ClusterRankState.Active);
        }
    }

    private void Say(
        ulong process, string address, int rank = -1, ulong incarnation = 0, ClusterRankState state = ClusterRankState.None,
        ulong epoch = 0, int wants = -1, ulong targets = 0) =>
        _authority.Heard(new Beacon(process, address, new RankId(rank), incarnation, state, new RankId(wants), epoch, targets));

    private void Pass(long micros)
    {
        NowMicros += micros;
        _authority.Tick();
    }

    /// <summary>Answers all that was asked for, good.</summary>
    private void Settle()
    {
        while (_stores.Count + _fences.Count > 0)
            Answer(IoError.None);
    }

    private void Answer(IoError error)
    {
        if (_fences.TryDequeue(out (RankId Rank, ulong Incarnation) fence))
            _authority.Fenced(fence.Rank, error);
        else if (_stores.TryDequeue(out ClusterMap? map))
            _authority.Stored(map, error);
    }

    private (ClusterRankState State, ulong Incarnation, string Address) Of(int rank)
    {
        ClusterRank known = _authority.Map[new RankId(rank)];
        return (known.State, known.Incarnation, known.Address);
    }
}
