// What ranks tell one another when a channel between them begins anew: a life has ended, or messages may have been lost.
//
// An import is decided by the exporter's journal alone: it keeps what it gave away in mind until the importer's journal has the
// end as well. So the importer asks, however often either of them dies, and nobody else need be there. What others believe about
// whose a region is is put right by the claims of whoever owns it.
// Invariants: nothing is said or taken before the own journal is read; a rank claims only what is its own without doubt; what a
// claim says holds when it is sent, and what the claimant says later comes later.

using Engine.Metadata;

namespace Engine.Migration;

/// <summary>After failures: who owns what, and what became of imports. Source: migrator specification, 4.3.</summary>
internal sealed class Resolver(Migrator migrator)
{
    /// <summary>The life of each rank that knows the claims.</summary>
    private readonly ulong[] _told = new ulong[RankId.CountMax];

    private bool _hasRecovered;

    private RankServices Rank => migrator.Rank;

    /// <summary>The own journal is read.</summary>
    public void Recovered()
    {
        _hasRecovered = true;
        TellAll();
    }

    /// <summary>A channel has ended, whatever has become of the rank.</summary>
    public void PeerFailed(RankId rank) => _told[rank.Value] = 0;

    /// <summary>Tells the ranks to which the channel has begun anew.</summary>
    public void TellAll()
    {
        for (int i = 0; _hasRecovered && i < Rank.Map.Ranks.Count; i++)
        {
            ClusterRank rank = Rank.Map[new RankId(i)];
            if (i == Rank.Me.Value || !rank.IsUp || _told[i] == rank.Incarnation)
                continue;
            _told[i] = rank.Incarnation;
            RankId to = new(i);
            Rank.Send(to, new Resolve(Rank.Map.Epoch, Claims(), migrator.UndecidedFrom(to), IsBeginning: true));
        }
    }

    /// <summary>Tells everybody whose a subtree is, which may have changed hands without somebody noticing.</summary>
    public void Announce(Dir dir)
    {
        if (!dir.IsAuth)
            return;
        Dir root = Rank.Cache.Subtrees.RootOf(dir);
        if (!IsOwn(root))
            return;
        Resolve news = new(Rank.Map.Epoch, [ClaimOf(root)], [], IsBeginning: false);
        for (int i = 0; i < Rank.Map.Ranks.Count; i++)
        {
            if (i != Rank.Me.Value)
                Rank.Send(new RankId(i), news);
        }
    }

    /// <summary>What another rank says.</summary>
    public void Handle(RankId from, Resolve message)
    {
        bool isNew = false;
        foreach (SubtreeClaim claim in message.Claims)
        {
            if (Rank.Cache.FindDir(claim.Base) is { } dir)
                isNew |= Rank.Cache.Subtrees.TakeClaim(dir, claim.Bounds, from);
        }

        if (message.IsBeginning)
            migrator.Forgotten(from);
        if (isNew)
            Rank.LearnAnew(from);
        else if (message.IsBeginning)
            Rank.AskForAll(from);
        foreach (AmbiguousImport import in message.Ambiguous)
            migrator.AnswerFor(from, import);
    }

    private List<SubtreeClaim> Claims() =>
        [.. Rank.Cache.Subtrees.Roots().Where(IsOwn).Select(ClaimOf)];

    /// <summary>Is it this rank's without doubt, whatever it still stands still for?</summary>
    private bool IsOwn(Dir root) => root.DirAuth == Authority.Of(Rank.Me)
        || (root.DirAuth.First == Rank.Me.Value && root.Has(DirState.AwaitsCaps));

    private SubtreeClaim ClaimOf(Dir root) => new(root.Name, Rank.Cache.Subtrees.BoundsOf(root));
}
