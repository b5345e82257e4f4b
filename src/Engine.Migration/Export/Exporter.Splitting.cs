// A region that is larger than what goes at once goes in parts.
//
// Directories below its root go first, as many as fit, each a migration of its own; when all of them have ended and one of them
// has gone, the rest is asked for again, before all that waits, and may go in parts again. What has gone is the importer's by
// then, and comes to lie within the rest there, where the two merge.
// Invariants: a region's parts lie apart from one another; it is asked for again only where it has become smaller; who clears
// the queue ends that.

using Engine.Metadata;

namespace Engine.Migration;

/// <content>What is larger than what goes at once. Source: migrator specification, 8.4 (splitting) and 5.4 (Δ19).</content>
internal sealed partial class Exporter
{
    /// <summary>Parts that are asked for at once: each is a root for as long as the rest is not there.</summary>
    private const int PartsMax = 256;

    private readonly List<SplitExport> _splits = [];

    /// <summary>Are parts of it on their way, or is the rest?</summary>
    public bool GoesInParts(DirFrag name) => _splits.Exists(each => each.Base == name)
        || _queue.Waiting.Any(each => each.Dir == name) || _records.Values.Any(each => each.Base == name);

    /// <summary>Bytes that go at once to a rank that takes so many ahead.</summary>
    private static long AtOnceMax(ExportRecord record, ulong stagingBytesMax) => Math.Max(
        record.Rules.ExportBytesMax,
        record.Rules.StagingRoundsMax > 0 ? (long)Math.Min(stagingBytesMax, long.MaxValue) : 0);

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
        _migrator.Counters.Splits++;
        Cancel(record, MigrationRefusal.InParts, tellsPeer);
        return true;
    }

    /// <summary>Directories of the region, none within another, that together are about what goes at once; where none is as small
    /// as that, the first that goes in parts itself.</summary>
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
            bool goes = mayGo && sizes[dir] <= left;
            if (isWithin || goes)
                within.Add(dir);
            if (!goes)
                continue;
            parts.Add(dir.Name);
            left -= sizes[dir];
        }

        if (parts.Count == 0 && large is { } name)
            parts.Add(name);
        return parts;
    }

    /// <summary>An export has ended, or will not begin; the one that it is a part of may go on.</summary>
    private void NotePart(DirFrag part, RankId to, bool hasGone)
    {
        for (int i = _splits.Count - 1; i >= 0; i--)
        {
            SplitExport split = _splits[i];
            if (split.To != to || !split.Left.Remove(part))
                continue;
            split.HasGone |= hasGone;
            if (split.Left.Count > 0)
                continue;
            _splits.RemoveAt(i);
            bool goesOn = split.HasGone && _queue.TryAddFirst(split.Base, to);
            if (!goesOn)
                NotePart(split.Base, to, hasGone: false);
            return;
        }
    }
}
