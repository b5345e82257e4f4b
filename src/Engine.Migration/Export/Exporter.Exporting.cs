using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>The region goes. Source: migrator specification, 2.3 (X8, X9), 2.6 and 8.3.</content>
internal sealed partial class Exporter
{
    private void Send(ExportRecord record)
    {
        Enter(record, ExporterState.Exporting);
        _migrator.Note(KillPoint.Export7);
        Invariant.That(record.Dir.Has(DirState.FrozenTree) && record.Dir.CumulativeAuthPins == 0);
        long began = _migrator.Meter?.Moment() ?? 0;
        List<Dir> region = [];
        MetadataCache.VisitRegion(record.Dir, region.Add);
        if (WhyNotSend(record, region) is var refusal && refusal != MigrationRefusal.None)
        {
            Cancel(record, refusal, tellsPeer: true);
            return;
        }

        Cache.Subtrees.AdjustAuth(record.Dir, Warned(record));
        List<ExportedLock> locks = LocksOf(record);
        List<ExportedCaps> caps = CapsOf(record, out List<ImportedClient> clients);
        PageParcel pages = PageParcel.Rent();
        pages.IsSealed = true;
        List<ExportedDir> dirs = [];
        record.Inodes = 0;
        record.Bytes = 0;
        StagedRegion staged = record.Staged ?? new StagedRegion(0);
        foreach (Dir dir in region)
        {
            dirs.Add(staged.Describe(dir.Pages, pages));
            record.Inodes += dir.Count - dir.NullCount;
            record.Bytes += dir.Pages.StoredBytes;
        }

        record.FrozenBytes = pages.Bytes;
        _migrator.Counters.FrozenBytes += pages.Bytes;
        Metadata.Migration migration = record.Migration!;
        ExportDir message = new(
            record.Id, record.Base, migration.Attempt, Rank.Map.Epoch, migration.Bounds, dirs, SumsOf(record), clients, caps,
            locks);
        message.Attach(pages);
        _migrator.Meter?.Encoded(began, record.Inodes);
        Rank.Send(record.Peer, message);
        _migrator.Note(KillPoint.Export8);
    }

    /// <summary>Seals the region's pages; says why it cannot go as it is.</summary>
    private MigrationRefusal WhyNotSend(ExportRecord record, List<Dir> region)
    {
        foreach (Dir dir in region)
        {
            if (Cache.TrySealForExport(dir).Failed)
                return MigrationRefusal.TooBig;
        }

        // Requests that wait in the region have to ask the importer again.
        Rank.ReleaseHeldLocks();
        bool isHeld = Rank.LocksIn(record.Dir).Exists(static item => item.Owner != 0 || item.Writers > 0 || item.IsFlushing);
        return isHeld ? MigrationRefusal.Locks : MigrationRefusal.None;
    }

    private List<ExportedLock> LocksOf(ExportRecord record)
    {
        List<ExportedLock> locks = [];
        foreach (MetadataLock item in Rank.LocksIn(record.Dir))
        {
            LockRecord exported = Rank.Locks.Export(item);
            if (exported is not { State: LockState.Sync, Gather: 0, IsDirty: false })
                locks.Add(new ExportedLock(item.Object.Ino, item.Kind, exported));
        }

        return locks;
    }

    private List<ExportedCaps> CapsOf(ExportRecord record, out List<ImportedClient> clients)
    {
        List<ExportedCaps> exported = [];
        SortedSet<ClientId> known = [];
        record.Caps = Rank.CapsIn(record.Dir);
        foreach (CapInode inode in record.Caps)
        {
            List<CapExportRecord> records = [];
            Rank.Caps.Export(inode, records);
            exported.Add(new ExportedCaps(inode.Object.Ino, records));
            known.UnionWith(records.Select(static each => each.Client));
        }

        clients = [];
        foreach (ClientId client in known)
        {
            Session session = Rank.Sessions.Find(client)!;
            clients.Add(new ImportedClient(client, session.Address, RankServices.CompletedOf(session)));
        }

        return exported;
    }

    private List<BoundSums> SumsOf(ExportRecord record)
    {
        List<BoundSums> sums = [];
        foreach (Dir bound in record.Bounds)
        {
            ref readonly DirRecord known = ref Cache.Read(bound);
            sums.Add(new BoundSums(
                bound.Name, known.Stat, known.AccountedStat, known.Recursive, known.AccountedRecursive));
        }

        return sums;
    }

    private void Acknowledged(ExportRecord record, ExportAck ack)
    {
        if (ack.Refusal != MigrationRefusal.None)
        {
            Cancel(record, ack.Refusal, tellsPeer: false);
            return;
        }

        foreach (ImportedCaps caps in ack.Imported)
            record.Imported[caps.Ino] = caps.Caps;
        Enter(record, ExporterState.LoggingFinish);
        _migrator.Note(KillPoint.Export9);
        Give(record);
    }
}
