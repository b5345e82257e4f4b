// What arrives, from pages to an event of the journal.
//
// Ownership: the pages of the message become this rank's at once, as chains or given back; sessions of clients are held from the
// event on until the import is decided. Invariants: nothing is in the cache before all of it was checked and written down; the
// exporter is told only when the event is durable.

using System.Runtime.InteropServices;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>The region arrives: checked, written down, installed. Source: migrator specification, 2.4 (I3, I4) and 5.4 (Δ10).
/// </content>
internal sealed partial class Importer
{
    private void Receive(ImportRecord record, ExportDir message)
    {
        migrator.Note(KillPoint.Import5);
        long began = migrator.Meter?.Moment() ?? 0;
        List<ArrivedDir> region = [];
        List<ArrivingDir> news = [];
        MigrationRefusal refusal = TryRead(record, message, region, news);
        if (refusal == MigrationRefusal.None)
        {
            IoError error = Rank.LogPages(record.Migration!, news, isAhead: false, out _);
            refusal = error.IsNone ? MigrationRefusal.None
                : error == IoError.NoSpace ? MigrationRefusal.TooBig : MigrationRefusal.Journal;
        }

        if (refusal != MigrationRefusal.None)
        {
            foreach (ArrivedDir dir in region)
                dir.GiveUp(Cache);
            Rank.Send(record.Peer, new ExportAck(record.Id, record.Base, message.Attempt, refusal, []));
            Reverse(record, refusal, tellsBystanders: false);
            return;
        }

        Install(record, message, region, Rank.SegmentOf(record.Id));
        migrator.Meter?.Decoded(began, record.Inodes);
        migrator.Note(KillPoint.Import6);
        List<SessionStateSeq> opened = [];
        if (Rank.StartImport(record.Migration!, record.Dir!, message.Clients, opened).Failed)
        {
            Rank.Send(record.Peer, new ExportAck(record.Id, record.Base, message.Attempt, MigrationRefusal.Journal, []));
            Reverse(record, MigrationRefusal.Journal, tellsBystanders: false);
            return;
        }

        record.StartSeq = Rank.LastSeq;
        record.Clients.AddRange(message.Clients.Select(static each => each.Client));
        Enter(record, ImporterState.LoggingStart);
        Rank.WhenDurable(record.StartSeq, new OpenSessions(Rank.Sessions, opened));
        Rank.WhenDurable(record.StartSeq, new Later(this, record, ImporterState.LoggingStart, Logged));
    }

    /// <summary>Makes dirfrags of what came, and checks all of it against the cache and one another; nothing changes.</summary>
    private MigrationRefusal TryRead(
        ImportRecord record, ExportDir message, List<ArrivedDir> region, List<ArrivingDir> news)
    {
        List<PageId> pages = [];
        int coming = message.Dirs.Sum(static dir => dir.Pages.Count(static page => page.IsHere));
        bool isSame = message.Attempt == record.Migration!.Attempt && message.Bounds.SequenceEqual(record.Migration.Bounds)
            && message.Dirs.Count > 0 && message.Dirs[0].Name == record.Base && coming == message.Pages.Count;
        record.FrozenBytes = message.Pages.Bytes;
        if (!isSame || !Cache.Pool.TryTake(message.Pages, pages))
            return MigrationRefusal.Damaged;
        bool isGood = true;
        using PageValidator validator = new();
        using StagingArea area = record.Staging ?? new(Cache, 0);
        record.Staging = null;
        ReadOnlySpan<PageId> left = CollectionsMarshal.AsSpan(pages);
        for (int i = 0; i < message.Dirs.Count && isGood; i++)
        {
            ArrivedDir? dir = area.TryTake(message.Dirs[i], ref left, validator, news);
            isGood = dir is not null;
            if (isGood)
                region.Add(dir!);
        }

        area.ForgetRest(news);
        foreach (PageId page in left)
            Cache.Pool.Return(page);
        using RegionCheck check = new(Cache);
        for (int i = 0; i < region.Count && isGood; i++)
            isGood = check.Takes(region[i]);
        return isGood && check.IsWhole() && AreKnown(message, check) ? MigrationRefusal.None : MigrationRefusal.Damaged;
    }

    /// <summary>Are capabilities and locks those of what came, clients told of, sums those of bounds, and each once?</summary>
    private static bool AreKnown(ExportDir message, RegionCheck check)
    {
        HashSet<ClientId> clients = [.. message.Clients.Select(static each => each.Client)];
        HashSet<DirFrag> bounds = [.. message.Bounds];
        return clients.Count == message.Clients.Count
            && message.Caps.All(each => check.Has(each.Ino) && each.Caps.All(cap => clients.Contains(cap.Client)))
            && AreDistinct(message.Caps, static each => each.Ino)
            && message.Caps.All(static each => AreDistinct(each.Caps, static cap => cap.Client))
            && message.Locks.All(each => check.Has(each.Ino) && each.Kind != LockKind.Dn)
            && AreDistinct(message.Locks, static each => (each.Ino, each.Kind))
            && message.BoundSums.All(each => bounds.Contains(each.Bound))
            && AreDistinct(message.BoundSums, static each => each.Bound);
    }

    private static bool AreDistinct<T, TKey>(IReadOnlyList<T> items, Func<T, TKey> key) =>
        items.Count < 2 || items.DistinctBy(key).Count() == items.Count;

    private void Install(ImportRecord record, ExportDir message, List<ArrivedDir> region, int segment)
    {
        record.Inodes = 0;
        record.Bytes = 0;
        Cache.Subtrees.AdjustAuth(record.Dir!, Authority.Of(Rank.Me, record.Peer));
        foreach (ArrivedDir arrived in region)
        {
            NodeId inode = Cache.FindInode(arrived.Name.Ino);
            Invariant.That(!inode.IsNone, "what was checked has its inode in front of it");
            record.Bytes += arrived.Chain.StoredBytes;
            Dir dir = arrived.Ready is { } ready
                ? Cache.TakeIn(inode, ready, segment, Rank.LastSeq)
                : Cache.Import(
                    inode, arrived.Chain, segment, Rank.LastSeq, isRoot: arrived == region[0], record.Former);
            record.Inodes += dir.Count - dir.NullCount;
        }

        foreach (BoundSums sums in message.BoundSums)
            TakeCounted(record, sums);
        for (int rank = 0; rank < _overAt.Length; rank++)
        {
            if (_overAt[rank] > message.Epoch)
                Rank.ForgetCopiesIn(record.Dir!, new RankId(rank));
        }

        record.Caps = message.Caps;
        record.LocksThatCame = message.Locks;
        foreach (ExportedLock item in message.Locks)
            Rank.Locks.Import(LockOf(item), item.Record, Rank.Me, record.Peer);
    }

    private void TakeCounted(ImportRecord record, BoundSums sums)
    {
        DirRecord known = new()
        {
            Stat = sums.Stat,
            AccountedStat = sums.AccountedStat,
            Recursive = sums.Recursive,
            AccountedRecursive = sums.AccountedRecursive,
        };
        if (record.Bounds.Find(bound => bound.Name == sums.Bound) is { } bound)
            Rank.TakeCounted(bound, known);
    }

    private LockObject ObjectOf(Ino ino) => LockObject.OfInode(ino, Cache.FindInode(ino));

    private MetadataLock LockOf(ExportedLock item) => Rank.LockHost.Find(ObjectOf(item.Ino), item.Kind);

    private void Logged(ImportRecord record, IoError error)
    {
        if (error.Failed)
            return;
        Enter(record, ImporterState.Acking);
        migrator.Note(KillPoint.Import7);
        foreach (ExportedCaps caps in record.Caps)
        {
            List<CapImportRecord> imported = [];
            foreach (CapExportRecord cap in caps.Caps)
            {
                // One that was evicted meanwhile is told to ask anew.
                if (Rank.Sessions.Find(cap.Client) is { IsLive: true } session)
                    imported.Add(Rank.Caps.BeginImport(ObjectOf(caps.Ino), session, cap));
            }

            record.Imported.Add(new ImportedCaps(caps.Ino, imported));
        }

        Acknowledge(record);
        migrator.Note(KillPoint.Import8);
    }

    private void Acknowledge(ImportRecord record) =>
        Rank.Send(
            record.Peer,
            new ExportAck(record.Id, record.Base, record.Migration!.Attempt, MigrationRefusal.None, record.Imported));

    /// <summary>Sessions that an import opened are open, whatever has become of it meanwhile.</summary>
    private sealed class OpenSessions(SessionTable sessions, List<SessionStateSeq> opened) : Continuation
    {
        public override void Run(IoError error)
        {
            foreach (SessionStateSeq at in opened)
            {
                if (!error.Failed)
                    sessions.OpenDurable(at);
            }
        }
    }
}
