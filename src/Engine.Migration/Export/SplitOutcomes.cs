using Engine.Metadata;

namespace Engine.Migration;

/// <summary>What became of exports that went in parts: the last ones, for who waits for one of them. The migration that was asked
/// for does not tell what went of its region by others.</summary>
internal sealed class SplitOutcomes
{
    private const int CountMax = 1024;

    private readonly SortedDictionary<MigrationId, DirFrag> _bases = [];
    private readonly HashSet<DirFrag> _underWay = [];
    private readonly Dictionary<DirFrag, MigrationRefusal> _ends = [];
    private readonly Queue<DirFrag> _order = new();

    /// <summary>An export goes in parts.</summary>
    public void Begin(MigrationId id, DirFrag name)
    {
        Begin(name);
        _bases[id] = name;
        if (_bases.Count > CountMax)
            _bases.Remove(_bases.Keys.First());
    }

    /// <summary>Something is asked for in parts.</summary>
    public void Begin(DirFrag name) => _underWay.Add(name);

    /// <summary>Of what is asked for in parts, all has gone, or why some has not; of anything else nothing is noted.</summary>
    public void End(DirFrag name, MigrationRefusal refusal)
    {
        if (!_underWay.Remove(name))
            return;
        if (_ends.TryAdd(name, refusal))
            _order.Enqueue(name);
        else
            _ends[name] = refusal;
        while (_order.Count > CountMax)
            _ends.Remove(_order.Dequeue());
    }

    /// <summary>What was asked for of which an export is a part, or which it was itself; null where it was all, or long ago.
    /// </summary>
    public DirFrag? BaseOf(MigrationId id) => _bases.TryGetValue(id, out DirFrag name) ? name : null;

    /// <summary>What became of something that was asked for in parts; null where it has not ended, or long ago.</summary>
    public MigrationRefusal? EndOf(DirFrag name) => _ends.TryGetValue(name, out MigrationRefusal refusal) ? refusal : null;
}
