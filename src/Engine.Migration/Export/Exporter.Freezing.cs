using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>From the importer's yes until the region stands still. Source: migrator specification, 2.3 (X3, X4).</content>
internal sealed partial class Exporter
{
    private void Discovered(ExportRecord record, ExportDiscoverAck ack)
    {
        bool isRefused = ack.Refusal != MigrationRefusal.None;
        bool mayCome = !isRefused || (ack.Refusal == MigrationRefusal.TooBig && ack.StagingBytesMax > 0);
        long atOnce = AtOnceMax(record, ack.StagingBytesMax);
        if (mayCome && record.Bytes > atOnce && GoInParts(record, atOnce, tellsPeer: !isRefused))
            return;
        if (isRefused)
        {
            Cancel(record, ack.Refusal, tellsPeer: false);
            return;
        }

        // Operations that hold what the freeze waits for may be waiting for one of these.
        record.Locks.Release();
        bool goesAhead = record.Rules.StagingRoundsMax > 0 && (ulong)record.Bytes <= ack.StagingBytesMax;
        if (goesAhead)
            BeginStaging(record, ack.StagingBytesMax);
        else
            Freeze(record);
    }

    private void Freeze(ExportRecord record)
    {
        bool hasBegun = record.Dir.Has(DirState.FreezingTree);
        if (!hasBegun && (Cache.IsFreezing(record.Dir) || Cache.IsFrozen(record.Dir)))
        {
            Cancel(record, MigrationRefusal.Frozen, tellsPeer: true);
            return;
        }

        Enter(record, ExporterState.Freezing);
        if (!hasBegun)
            BeginFreeze(record);
        Cache.Wait(record.Dir, WaitMask.Frozen, new Later(this, record.Id, ExporterState.Freezing, Frozen));
        record.IsPinned = false;
        Cache.AuthUnpin(record.Dir);
        _migrator.Note(KillPoint.Export3);
    }

    /// <summary>No operation begins in the region from here on. The export's own auth pin keeps it from being frozen before that
    /// is waited for.</summary>
    private void BeginFreeze(ExportRecord record)
    {
        bool isFrozen = Cache.FreezeTree(record.Dir);
        Invariant.That(!isFrozen);
    }

    /// <summary>Has a freeze stood still for so long that it may wait for one that waits for it?</summary>
    private bool IsStale(ExportRecord record)
    {
        Dir dir = record.Dir;
        if (!dir.Has(DirState.FreezingTree))
            return false;
        if (dir.CumulativeAuthPins != record.FreezePins)
            (record.FreezePins, record.FreezePinsAt) = (dir.CumulativeAuthPins, Now);
        return Now - record.FreezePinsAt >= record.Rules.FreezeStaleMicros
            && (MetadataCache.RemoteWaitersOn(dir) > 0 || (Cache.ParentOf(dir) is { } around && Cache.IsFreezing(around)));
    }

    private void Frozen(ExportRecord record, IoError error)
    {
        if (error.Failed)
            return;
        Invariant.That(record.Dir.Has(DirState.FrozenTree) && record.Dir.CumulativeAuthPins == 0);
        record.FrozenAt = Now;
        WantLocks(record);
        // What became a bound meanwhile cannot be read any more.
        if (IsPathInDoubt(record) || FindUnknown(record) is not null
            || record.Locks.Acquire(LockPatience.Never) != LockOutcome.Acquired)
        {
            Cancel(record, MigrationRefusal.Locks, tellsPeer: true);
            return;
        }

        Prepare(record);
    }
}
