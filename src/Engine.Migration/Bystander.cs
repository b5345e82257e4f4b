using Engine.Metadata;

namespace Engine.Migration;

/// <summary>A rank that has copies of a region that others move: it learns whose the region is. A notice may come late: what is
/// this rank's own by then, or known from a newer migration, stays as it is. Source: migrator specification, 2.7.</summary>
internal sealed class Bystander(Migrator migrator)
{
    /// <summary>The greatest attempt that was told of, by the root of its region.</summary>
    private readonly Dictionary<DirFrag, ulong> _attempts = [];

    /// <summary>Ends of lives of ranks, and of channels to them, so far.</summary>
    private readonly int[] _failures = new int[RankId.CountMax];

    /// <summary>Of both ranks, when the authority became doubtful, by root.</summary>
    private readonly Dictionary<DirFrag, int> _failuresBefore = [];

    /// <summary>A life of a rank is over, or the channel to it.</summary>
    public void PeerFailed(RankId rank) => _failures[rank.Value]++;

    /// <summary>This rank takes part in a migration itself: notices of older ones of that root come too late.</summary>
    public void Note(DirFrag root, ulong attempt) =>
        _attempts[root] = Math.Max(attempt, _attempts.GetValueOrDefault(root));

    /// <summary>A notice.</summary>
    public void Handle(RankId from, ExportNotify notify)
    {
        if (!IsSound(from, notify))
        {
            migrator.NoteViolation(from, notify, $"{notify.Old} to {notify.New}");
            return;
        }

        migrator.Clock.Observe(notify.Attempt);
        if (migrator.Rank.Cache.FindDir(notify.Base) is { } dir && !SubtreeMap.IsOwn(dir))
            Adjust(dir, notify);
        if (notify.WantsAck)
            migrator.Rank.Send(from, new ExportNotifyAck(notify.Id, notify.Base, notify.New));
    }

    /// <summary>Does it tell a step of a migration between two ranks, and is it one of them that tells it? The importer tells
    /// only that it has given the region back.</summary>
    private static bool IsSound(RankId from, ExportNotify notify)
    {
        Authority exporter = Authority.Of(notify.Id.Exporter);
        Authority both = notify.Old.IsAmbiguous ? notify.Old : notify.New;
        var importer = new RankId(both.Second);
        bool isPair = both.IsAmbiguous && both.First == notify.Id.Exporter.Value;
        bool isBack = notify.Old == both && notify.New == exporter;
        bool isStep = isBack || (notify.Old == exporter && notify.New == both)
            || (notify.Old == both && notify.New == Authority.Of(importer));
        return isPair && isStep && (from == notify.Id.Exporter || (isBack && from == importer));
    }

    private void Adjust(Dir dir, ExportNotify notify)
    {
        SubtreeMap subtrees = migrator.Rank.Cache.Subtrees;
        Authority known = subtrees.AuthorityOf(dir);
        ulong last = _attempts.GetValueOrDefault(notify.Base);
        if (last > notify.Attempt)
            return;
        bool isNewer = last < notify.Attempt;
        bool isHealed = known != notify.Old && known != notify.New && isNewer && !notify.New.IsAmbiguous;
        if (known != notify.Old && !isHealed)
            return;
        migrator.Counters.Healed += isHealed ? 1 : 0;
        _attempts[notify.Base] = notify.Attempt;
        List<Dir> bounds = [];
        subtrees.MapDirFrags(notify.Bounds, bounds);
        subtrees.AdjustBounded(
            dir, bounds, notify.New,
            root => SubtreeMap.IsOwn(root) || _attempts.GetValueOrDefault(root.Name) > notify.Attempt);
        subtrees.TryMerge(dir);
        if (notify.New.IsAmbiguous)
        {
            _failuresBefore[notify.Base] = FailuresOf(notify.New);
            return;
        }

        migrator.Rank.AskAnew(new RankId(notify.New.First));
        if (!_failuresBefore.Remove(notify.Base, out int before) || before != FailuresOf(notify.Old))
            migrator.Rank.LearnAnew(new RankId(notify.New.First));
    }

    private int FailuresOf(Authority pair) => _failures[pair.First] + _failures[pair.Second];
}
