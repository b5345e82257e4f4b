// What clients have on this rank's inodes, and told another rank: whoever gave a region away and died is whom they come back to
// if they have not heard of it. Before this rank serves, those ranks have handed that over: nobody else has been given it yet.
//
// Invariant: an answer counts for the life of the rank that gave it.

using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Asks other ranks for what clients came back to them with. Source: migrator specification, 4.4.</summary>
internal sealed class CapsGatherer(Migrator migrator)
{
    /// <summary>The life of each rank that has handed over all.</summary>
    private readonly ulong[] _answered = new ulong[RankId.CountMax];

    private ulong _tid;
    private long _askedAt;
    private bool _hasBegun;

    private RankServices Rank => migrator.Rank;

    /// <summary>The own clients are back: does something come from others?</summary>
    public bool Awaits()
    {
        if (!_hasBegun)
        {
            _hasBegun = true;
            AskAll();
        }

        return FirstAwaited() >= 0;
    }

    /// <summary>Asks one rank.</summary>
    /// <returns>The number of the question; that of the answer is no smaller.</returns>
    public ulong Ask(RankId rank)
    {
        Rank.Send(rank, new GatherAllCaps(++_tid));
        return _tid;
    }

    /// <summary>A rank has handed over all.</summary>
    public void Handle(RankId from)
    {
        _answered[from.Value] = Rank.Map[from].Incarnation;
        EndIfAll();
    }

    /// <summary>Ranks have begun anew, or are gone.</summary>
    public void MapChanged()
    {
        if (!_hasBegun || Rank.IsServing)
            return;
        AskAll();
        EndIfAll();
    }

    /// <summary>Time passes: questions may be lost with a channel.</summary>
    public void Tick()
    {
        if (_hasBegun && !Rank.IsServing && Rank.NowMicros - _askedAt >= migrator.Options.ResendMicros)
            AskAll();
    }

    private void AskAll()
    {
        _askedAt = Rank.NowMicros;
        for (int i = FirstAwaited(); i >= 0; i = FirstAwaited(i + 1))
            Ask(new RankId(i));
    }

    private void EndIfAll()
    {
        if (_hasBegun && FirstAwaited() < 0)
            Rank.OthersCame();
    }

    private int FirstAwaited(int from = 0)
    {
        for (int i = from; i < Rank.Map.Ranks.Count; i++)
        {
            ClusterRank rank = Rank.Map[new RankId(i)];
            if (i != Rank.Me.Value && rank.IsUp && _answered[i] != rank.Incarnation)
                return i;
        }

        return -1;
    }
}
