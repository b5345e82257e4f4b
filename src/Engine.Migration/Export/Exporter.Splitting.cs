// A region that is larger than what goes at once goes in parts.
//
// Directories below its root go first, as many as fit, each a migration of its own; when all of them have ended and one of them
// has gone, the rest is asked for again, before all that waits, and may go in parts again. What has gone is the importer's by
// then, and comes to lie within the rest there, where the two merge.
// A dirfrag that is larger by itself is divided first, whatever lies below it: its parts go instead of it. One that cannot be
// divided goes at once.
// Invariants: a region's parts lie apart from one another; it is asked for again only where it has become smaller, or when it
// could not be divided; who clears the queue ends that.

using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>What is larger than what goes at once. Source: migrator specification, 8.4 (splitting) and 5.4 (Δ19).</content>
internal sealed partial class Exporter
{
    /// <summary>Parts that are asked for at once: each is a root for as long as the rest is not there.</summary>
    private const int PartsMax = 256;

    private readonly List<SplitExport> _splits = [];

    private readonly SplitOutcomes _outcomes = new();

    /// <summary>What could not be divided, and is asked for again.</summary>
    private readonly HashSet<(DirFrag Dir, RankId To)> _undivided = [];

    /// <summary>Are parts of it on their way, or is the rest, or what it is itself a part of?</summary>
    public bool GoesInParts(DirFrag name) =>
        _splits.Exists(each => each.Base.Ino == name.Ino && each.Base.Frag.Contains(name.Frag))
        || _queue.Waiting.Any(each => each.Dir == name) || _records.Values.Any(each => each.Base == name);

    /// <summary>Bytes that go at once to a rank that takes so many ahead.</summary>
    private static long AtOnceMax(ExportRecord record, ulong stagingBytesMax) => Math.Max(
        record.Rules.ExportBytesMax,
        record.Rules.StagingRoundsMax > 0 ? (long)Math.Min(stagingBytesMax, long.MaxValue) : 0);

    /// <summary>Queues exports of all of a directory's dirfrags that this rank has, and starts what may start.</summary>
    public MigrationRefusal Request(Ino directory, RankId to, out DirFrag first)
    {
        first = default;
        NodeId inode = Cache.FindInode(directory);
        List<DirFrag> parts = [];
        for (Dir? dir = inode.IsNone ? null : Cache.FirstDirOf(inode); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            if (dir.IsAuth)
                parts.Add(dir.Name);
        }

        SplitExport split = new(new DirFrag(directory, Frag.Root), to);
        if (parts.Count > 1)
        {
            _splits.Add(split);
            _outcomes.Begin(split.Base);
        }

        MigrationRefusal refusal = parts.Count == 0 ? MigrationRefusal.NotAuthority : MigrationRefusal.None;
        split.Left.UnionWith(parts);
        foreach (DirFrag part in parts)
        {
            MigrationRefusal why = Request(part, to, isUrgent: false);
            if (why == MigrationRefusal.None)
                first = first.Ino.IsNone ? part : first;
            else
            {
                refusal = why;
                NotePart(part, to, why);
            }
        }

        return first.Ino.IsNone ? refusal : MigrationRefusal.None;
    }

    /// <summary>Has a region that is larger than what goes at once go in parts, or ends its export.</summary>
    /// <returns>False where it has none, and goes at once.</returns>
    private bool GoInParts(ExportRecord record, long bytesMax, bool tellsPeer)
    {
        if (record.Rules.Splits)
            return TryDivide(record, bytesMax, tellsPeer) || TrySplit(record, bytesMax, tellsPeer);
        Cancel(record, MigrationRefusal.TooBig, tellsPeer);
        return true;
    }

    /// <summary>Has the root's dirfrag divided, once the export is over.</summary>
    /// <returns>False where it need not be, or cannot.</returns>
    private bool TryDivide(ExportRecord record, long bytesMax, bool tellsPeer)
    {
        Dir dir = record.Dir;
        long bytes = dir.Pages.BytesUsed;
        if (bytes <= bytesMax || _undivided.Contains((record.Base, record.Peer)) || !Rank.MayDivide(dir))
            return false;
        // Names are spread evenly, but not all alike: half of what goes at once leaves room for that.
        int bits = 1;
        while (bits < RankServices.SplitBitsMax && bytes >> bits > bytesMax / 2)
            bits++;
        _splits.Add(new SplitExport(record.Base, record.Peer) { SplitBits = bits });
        _outcomes.Begin(record.Id, record.Base);
        Cancel(record, MigrationRefusal.InParts, tellsPeer);
        return true;
    }

    /// <summary>An export is over whose dirfrag may have to be divided.</summary>
    private void Divide(ExportRecord record)
    {
        SplitExport? split = _splits.Find(each => each.Base == record.Base && each.To == record.Peer && each.SplitBits > 0);
        if (split is null)
            return;
        int bits = split.SplitBits;
        split.SplitBits = 0;
        IoError error = Rank.Divide(split.Base, bits, outcome => Divided(split, outcome));
        if (error.Failed)
            Divided(split, error);
    }

    private void Divided(SplitExport split, IoError error)
    {
        if (!_splits.Contains(split))
            return;
        NodeId inode = error.Failed ? NodeId.None : Cache.FindInode(split.Base.Ino);
        for (Dir? dir = inode.IsNone ? null : Cache.FirstDirOf(inode); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            if (dir.IsAuth && split.Base.Frag.Contains(dir.Frag) && dir.Frag != split.Base.Frag)
                split.Later.Enqueue(dir.Name);
        }

        _migrator.Counters.Splits += split.Later.Count > 0 ? 1 : 0;
        if (split.Later.Count == 0)
        {
            _splits.Remove(split);
            _undivided.Add((split.Base, split.To));
            if (!_queue.TryAddFirst(split.Base, split.To))
                NotePart(split.Base, split.To, MigrationRefusal.Busy);
        }

        QueueParts();
        RunQueue();
    }

    /// <summary>Parts that were divided off have nobody else to ask for them again: they wait for room in the queue.</summary>
    private void QueueParts()
    {
        foreach (SplitExport split in _splits)
        {
            while (split.Later.TryPeek(out DirFrag part) && _queue.TryAdd(part, split.To, isUrgent: true, Options.QueueMax))
                split.Left.Add(split.Later.Dequeue());
        }
    }

    /// <summary>What was asked for of which an export is a part; null where it was all.</summary>
    public DirFrag? BaseOf(MigrationId id) => _outcomes.BaseOf(id);

    /// <summary>What became of something that was asked for in parts; null where it has not ended.</summary>
    public MigrationRefusal? OutcomeOf(DirFrag name) => _outcomes.EndOf(name);

    /// <summary>Has parts of a region go instead of it.</summary>
    /// <returns>False where it has none that could.</returns>
    private bool TrySplit(ExportRecord record, long bytesMax, bool tellsPeer)
    {
        List<DirFrag> parts = PartsOf(record, bytesMax);
        SplitExport split = new(record.Base, record.Peer);
        foreach (DirFrag part in parts)
        {
            if (_queue.TryAdd(part, record.Peer, isUrgent: true, Options.QueueMax))
                split.Left.Add(part);
        }

        if (split.Left.Count == 0)
            return false;
        _splits.Add(split);
        _outcomes.Begin(record.Id, record.Base);
        _migrator.Counters.Splits++;
        Cancel(record, MigrationRefusal.InParts, tellsPeer);
        return true;
    }

    /// <summary>Directories of the region, none within another, that together are about what goes at once, and any that is
    /// larger by itself, before anything below it goes; where there are none, the first that goes in parts itself.</summary>
    private List<DirFrag> PartsOf(ExportRecord record, long bytesMax)
    {
        List<Dir> region = [];
        MetadataCache.VisitRegion(record.Dir, region.Add);
        Dictionary<Dir, long> sizes = new(region.Count);
        foreach (Dir dir in region)
            sizes[dir] = dir.Pages.BytesUsed;
        // Parents are before what is below them.
        for (int i = region.Count - 1; i > 0; i--)
            sizes[Cache.ParentOf(region[i])!] += sizes[region[i]];
        List<DirFrag> parts = [];
        DirFrag? large = null;
        long left = bytesMax;
        HashSet<Dir> within = [];
        for (int i = 1; i < region.Count && parts.Count < PartsMax; i++)
        {
            Dir dir = region[i];
            bool isWithin = within.Contains(Cache.ParentOf(dir)!);
            bool mayGo = !isWithin && WhyNot(dir, record.Peer) == MigrationRefusal.None;
            if (mayGo && sizes[dir] > bytesMax)
                large ??= dir.Name;
            bool fits = sizes[dir] <= left;
            bool goes = mayGo && (fits || dir.Pages.BytesUsed > bytesMax);
            if (isWithin || goes)
                within.Add(dir);
            if (!goes)
                continue;
            parts.Add(dir.Name);
            left -= fits ? sizes[dir] : 0;
        }

        if (parts.Count == 0 && large is { } name)
            parts.Add(name);
        return parts;
    }

    /// <summary>An export has ended, or will not begin; the one that it is a part of may go on.</summary>
    /// <param name="part">Which.</param>
    /// <param name="to">Whereto.</param>
    /// <param name="refusal">Why it has not gone, or not all of it.</param>
    /// <param name="hasGone">Has some of it?</param>
    private void NotePart(DirFrag part, RankId to, MigrationRefusal refusal, bool hasGone = false)
    {
        _undivided.Remove((part, to));
        _outcomes.End(part, refusal);
        for (int i = _splits.Count - 1; i >= 0; i--)
        {
            SplitExport split = _splits[i];
            if (split.To != to || !split.Left.Remove(part))
                continue;
            split.HasGone |= hasGone || refusal == MigrationRefusal.None;
            split.Refusal = refusal == MigrationRefusal.None ? split.Refusal : refusal;
            QueueParts();
            if (split.Left.Count + split.Later.Count == 0)
                End(split);
            return;
        }
    }

    /// <summary>All parts have ended.</summary>
    private void End(SplitExport split)
    {
        _splits.Remove(split);
        // Of what was divided there is no rest.
        bool isLeft = Cache.FindDir(split.Base) is not null;
        bool goesOn = split.HasGone && isLeft && _queue.TryAddFirst(split.Base, split.To);
        if (!goesOn)
            NotePart(split.Base, split.To, isLeft && split.HasGone ? MigrationRefusal.Busy : split.Refusal, split.HasGone);
    }
}
