using Engine.Metadata;

namespace Engine.Migration;

/// <content>What only the exporter's journal can say: whose a region is that had arrived when one of the two died. Source:
/// migrator specification, 4.3.</content>
internal sealed partial class Importer
{
    /// <summary>After a restart: imports that the journal leaves undecided go on where nothing but the exporter's word is
    /// awaited.</summary>
    public void Restore()
    {
        foreach (Metadata.Migration migration in Rank.UndecidedImports)
        {
            migrator.Note(migration.Base, migration.Attempt);
            Dir dir = Cache.FindDir(migration.Base)!;
            ImportRecord record = new(migration.Id, migration.Base, migration.Peer, new LockSet(Rank.Locks, Rank.LockHost), Now)
            {
                FailuresBefore = -1,
                Path = Cache.PathOf(dir.Inode),
                Inode = dir.Inode,
                Dir = dir,
                Migration = migration,
                StartSeq = Rank.LastSeq,
                FrozenAt = Now,
            };
            Cache.Pin(dir.Inode, PinKind.Importing);
            Cache.Pin(dir, PinKind.Importing);
            MetadataCache.SetState(dir, DirState.Importing, true);
            Cache.Subtrees.AddBounds(dir, record.Bounds);
            foreach (Dir bound in record.Bounds)
            {
                Cache.Pin(bound, PinKind.ImportBound);
                MetadataCache.SetState(bound, DirState.ImportBound, true);
            }

            Enter(record, ImporterState.Acking);
            _records.Add(record.Base, record);
            migrator.Counters.Recovered++;
        }
    }

    /// <summary>Imports from a rank that wait for its word.</summary>
    public IReadOnlyList<AmbiguousImport> UndecidedFrom(RankId rank) =>
        [.. _records.Values.Where(record => record.Peer == rank && IsUndecided(record)).Select(Question)];

    private static bool IsUndecided(ImportRecord record) =>
        record.State == ImporterState.Acking || (record.State == ImporterState.Finishing && !record.AwaitsJournal);

    private static AmbiguousImport Question(ImportRecord record) =>
        new(record.Id, record.Base, record.Migration!.Attempt, record.Migration.Bounds);

    /// <summary>The exporter need not keep its word in mind any more: the end is in the journal here, or will be before it
    /// hears of that.</summary>
    private void Confirm(MigrationId id, DirFrag name, RankId exporter) =>
        Rank.Send(exporter, new ExportFinishAck(id, name), Rank.LastSeq);

    private void Confirm(IMigrationMessage message) => Confirm(message.Id, message.Base, message.Id.Exporter);
}
