// Checks a rank after every step, at a cost bounded by what the step changed.
//
// What a step changed is told by comparing the headers of all dirfrags with what they were: version, what is committed, counts,
// sums, state, pins, authority. A dirfrag with another version, other entries or other sums is checked whole; one that is only
// held otherwise is checked for who holds it. Counters of the whole cache, and what hangs on the journal's segments, are checked
// every time. What changes of a node alone, pins and capabilities of an inode, is not told by this: full checks see it.
// Ownership: belongs to who watches a rank, for as long as that lives. Between steps only.

namespace Engine.Metadata;

/// <summary>The invariants of one rank (section 6 of the migrator specification), checked after each of its steps.</summary>
public sealed class StepAudit(Rank rank)
{
    private const int HoldersOnly = 1;
    private const int Whole = 3;

    private readonly List<(Dir Dir, int Level)> _changed = [];
    private Header[] _seen = [];
    private int _roots = -1;

    /// <summary>Dirfrags that were checked whole.</summary>
    public long DirsChecked { get; private set; }

    /// <summary>Checks what has changed since the last call; all of it at the first. Nothing is checked while a rank replays: its
    /// journal has no segment of its own yet, and the cache is half of what was.</summary>
    /// <returns>What is wrong, a line each, beginning with the invariant's number.</returns>
    public IReadOnlyList<string> Check()
    {
        if (rank.State is not (RankState.Reconnect or RankState.Active or RankState.Stopping))
            return [];
        MetadataCache cache = rank.Cache;
        _changed.Clear();
        bool hasMap = cache.Subtrees.Count != _roots;
        _roots = cache.Subtrees.Count;
        foreach (Dir dir in cache.Dirs)
        {
            Header now = Header.Of(cache, dir);
            if (dir.Id >= _seen.Length)
                Array.Resize(ref _seen, Math.Max(2 * _seen.Length, dir.Id + 1));
            ref Header before = ref _seen[dir.Id];
            if (now == before)
                continue;
            hasMap |= now.Authority != before.Authority;
            int level = now.Content == before.Content && now.Sums == before.Sums ? HoldersOnly : Whole;
            DirsChecked += level / Whole;
            _changed.Add((dir, level));
            before = now;
        }

        return rank.AuditOn(_changed, hasMap);
    }

    /// <summary>What of a dirfrag tells that it changed.</summary>
    private readonly record struct Header(
        (DirFrag Name, ulong Version, ulong Committed, ulong Committing, int Count, int Nulls, DirState State) Content,
        (FragStat Own, FragStat Accounted, RecursiveStat Below, RecursiveStat AccountedBelow) Sums,
        (int Pins, int Own, int Entries, int Nested) Pins,
        Authority Authority,
        int Segment)
    {
        public static Header Of(MetadataCache cache, Dir dir)
        {
            ref readonly DirRecord record = ref cache.Read(dir);
            return new Header(
                (dir.Name, record.Version, dir.CommittedVersion, dir.CommittingVersion, dir.Count, dir.NullCount, dir.State),
                (record.Stat, record.AccountedStat, record.Recursive, record.AccountedRecursive),
                (dir.Pins, dir.AuthPins, dir.DirAuthPins, dir.NestedAuthPins), dir.DirAuth, dir.DirtySegment);
        }
    }
}
