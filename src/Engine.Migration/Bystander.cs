using Engine.Metadata;

namespace Engine.Migration;

/// <summary>A rank that has copies of a region that others move: it learns whose the region is. Source: migrator specification,
/// 2.7.</summary>
internal sealed class Bystander(Migrator migrator)
{
    /// <summary>The greatest attempt that was told of, by the root of its region.</summary>
    private readonly Dictionary<DirFrag, ulong> _attempts = [];

    /// <summary>A notice.</summary>
    public void Handle(RankId from, ExportNotify notify)
    {
        migrator.Clock.Observe(notify.Attempt);
        if (migrator.Rank.Cache.FindDir(notify.Base) is { IsAuth: false } dir)
            Adjust(dir, notify);
        if (notify.WantsAck)
            migrator.Rank.Send(from, new ExportNotifyAck(notify.Id, notify.Base, notify.New));
    }

    private void Adjust(Dir dir, ExportNotify notify)
    {
        SubtreeMap subtrees = migrator.Rank.Cache.Subtrees;
        Authority known = subtrees.AuthorityOf(dir);
        bool isNewer = notify.Attempt > _attempts.GetValueOrDefault(notify.Base);
        bool isHealed = known != notify.Old && known != notify.New && isNewer && !notify.New.IsAmbiguous;
        if (known != notify.Old && !isHealed)
            return;
        migrator.Counters.Healed += isHealed ? 1 : 0;
        _attempts[notify.Base] = notify.Attempt;
        List<Dir> bounds = [];
        subtrees.MapDirFrags(notify.Bounds, bounds);
        subtrees.AdjustBounded(dir, bounds, notify.New);
        subtrees.TryMerge(dir);
    }
}
