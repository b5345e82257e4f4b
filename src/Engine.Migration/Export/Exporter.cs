// Gives regions to other ranks.
//
//   Exporter             the queue, records, messages, time
//   Exporter.Locking     what forbids an export; its locks
//   Exporter.Targets     whom the map lets this rank give to
//   Exporter.Staging     pages go ahead
//   Exporter.Splitting   what is larger than what goes at once
//   Exporter.Freezing    from the importer's yes until the region stands still
//   Exporter.Prepping    limits and copies for the importer
//   Exporter.Warning     ranks with copies learn that the authority is in doubt
//   Exporter.Exporting   the region goes
//   Exporter.Finishing   the journal, and the news of it
//   Exporter.Cancelling  the one way back
//   Exporter.Resolving   what importers ask about exports of this life and former ones
// Invariants: a record exists exactly while its dirfrag is Exporting; every wait has a deadline and is asked for again, and those
// after the journal's word are only asked for again; nothing is taken back once that word is submitted.

using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <summary>The exporter's state machine. Source: migrator specification, 2.3.</summary>
internal sealed partial class Exporter
{
    private readonly Migrator _migrator;
    private readonly ExportQueue _queue = new();
    private readonly BackOffs _backOffs = new();
    private readonly SortedDictionary<MigrationId, ExportRecord> _records = [];
    private uint _number;
    private bool _isRunningQueue;
    private bool _isQueueDue;

    public Exporter(Migrator migrator) => _migrator = migrator;

    /// <summary>What is under way.</summary>
    public IReadOnlyCollection<ExportRecord> Records => _records.Values;

    /// <summary>Exports under way.</summary>
    public int Count => _records.Count;

    private RankServices Rank => _migrator.Rank;

    private MetadataCache Cache => Rank.Cache;

    private MigrationOptions Options => _migrator.Options;

    private long Now => Rank.NowMicros;

    /// <summary>Exports that wait for their turn.</summary>
    public IEnumerable<(DirFrag Dir, RankId To)> Waiting => _queue.Waiting;

    /// <summary>Forgets those.</summary>
    public int ClearQueue()
    {
        _splits.Clear();
        _undivided.Clear();
        return _queue.Clear();
    }

    /// <summary>Does none of them begin?</summary>
    public bool IsPaused { get; private set; }

    /// <summary>Has none begin from now on, or again; what is under way goes on.</summary>
    public void Pause(bool isPaused)
    {
        IsPaused = isPaused;
        RunQueue();
    }

    /// <summary>Queues an export, and starts what may start.</summary>
    public MigrationRefusal Request(DirFrag name, RankId to, bool isUrgent)
    {
        if (Cache.FindDir(name) is not { } dir)
            return MigrationRefusal.UnknownPath;
        MigrationRefusal refusal = WhyNot(dir, to);
        if (refusal != MigrationRefusal.None)
            return refusal;
        if (!isUrgent)
            _backOffs.Forget(name, to);
        if (!_queue.TryAdd(name, to, isUrgent, Options.QueueMax))
            return MigrationRefusal.Busy;
        RunQueue();
        return MigrationRefusal.None;
    }

    /// <summary>What a pin asked for, and has not begun, is not to be done.</summary>
    public void Withdraw(DirFrag name, RankId to)
    {
        if (_queue.TryRemoveUrgent(name, to))
            NotePart(name, to, MigrationRefusal.Asked);
    }

    /// <summary>States of what is under way.</summary>
    public IEnumerable<(MigrationId Id, DirFrag Base, MigrationSide Side, string State)> Live() =>
        _records.Values.Select(static each => (each.Id, each.Base, MigrationSide.Export, each.State.ToString()));

    /// <summary>Exports that have been in one phase for so long that somebody may have to look.</summary>
    public IEnumerable<string> Warnings(long nowMicros) =>
        from record in _records.Values
        let seconds = (nowMicros - record.Phases.EnteredAt) / 1_000_000
        where seconds >= Migrator.WarningSeconds
        select $"export {record.Id} of {record.Base} to {record.Peer}: {record.State} since {seconds} s";

    /// <summary>A message of another rank.</summary>
    public void Handle(RankId from, IMigrationMessage message)
    {
        ExportRecord? record = _records.GetValueOrDefault(message.Id);
        bool isOfOther = record is not null && message is not ExportNotifyAck && record.Peer != from;
        Verdict verdict = isOfOther ? Verdict.Violation : ExporterLegality.Of(record?.State, message);
        if (verdict == Verdict.Late)
            _migrator.NoteLate((Message)message);
        else if (verdict == Verdict.Violation)
            _migrator.NoteViolation(from, (Message)message, $"while {record?.State}");
        if (verdict != Verdict.Take)
            return;

        switch (message)
        {
            case ExportDiscoverAck ack:
                Discovered(record!, ack);
                break;
            case ExportStageAck ack:
                Staged(record!, ack);
                break;
            case ExportPrepAck ack:
                Prepped(record!, ack);
                break;
            case ExportAck ack:
                Acknowledged(record!, ack);
                break;
            case ExportNotifyAck ack:
                Noticed(record!, from, ack);
                break;
            default:
                record!.AwaitsCancelAck = false;
                TryEndCancel(record);
                break;
        }
    }

    /// <summary>Do news of dropped copies wait? What a rank sent before it was warned, or after it was told the end, concerns
    /// this rank or nobody.</summary>
    public bool MustDelay(Dir realm, RankId sender)
    {
        ExportRecord? record = _records.Values.FirstOrDefault(each => each.Dir == realm);
        ulong bit = 1UL << sender.Value;
        return record?.State switch
        {
            ExporterState.Warning => (record.Untold & ~record.Unwarned & bit) != 0,
            ExporterState.Exporting or ExporterState.LoggingFinish => true,
            ExporterState.Notifying => (record.Untold & bit) != 0,
            _ => false,
        };
    }

    /// <summary>Time passes: deadlines, and what has to be asked for again.</summary>
    public void Tick(long nowMicros)
    {
        foreach (ExportRecord record in _records.Values.ToList())
        {
            long waited = nowMicros - record.Phases.EnteredAt;
            if (waited >= DeadlineOf(record))
            {
                _migrator.Counters.Deadlines++;
                Cancel(record, MigrationRefusal.Deadline, tellsPeer: true);
            }
            else if (IsStale(record))
            {
                Cancel(record, MigrationRefusal.StaleFreeze, tellsPeer: true);
            }
            else if (nowMicros - record.Phases.AskedAt >= record.Rules.ResendMicros)
            {
                record.Phases.AskedAt = nowMicros;
                bool isSent = record.State is ExporterState.Warning or ExporterState.Notifying or ExporterState.Cancelling;
                _migrator.Counters.Resent += isSent ? 1 : 0;
                AskAgain(record);
            }
        }

        Remind(nowMicros);
        _backOffs.ForgetOld(nowMicros, Options);
        TellWishes();
        QueueParts();
        RunQueue();
    }

    /// <summary>Is it decided that something is a rank's, of which it has not been told all?</summary>
    public bool IsGivingTo(RankId rank) => _records.Values.Any(record =>
        record.Peer == rank && record.State is ExporterState.LoggingFinish or ExporterState.Notifying);

    /// <summary>A life of a rank is over, or only the channel to it.</summary>
    public void PeerFailed(RankId rank, bool isOver)
    {
        // What is still being prepared may need what that rank holds up.
        foreach (ExportRecord record in _records.Values.ToList())
        {
            if (record.State == ExporterState.Cancelling)
                NoteGone(record, rank, isOver);
            else if (record.State <= ExporterState.Prepping
                || (record.Peer == rank && record.State <= ExporterState.Exporting))
                Cancel(record, MigrationRefusal.PeerFailed, tellsPeer: record.Peer != rank || !isOver);
            else
                NoteGone(record, rank, isOver);
        }

        foreach (ExportRecord record in _records.Values)
            KeepOwnLocks(record);
    }

    private void RunQueue()
    {
        if (_isRunningQueue)
            return;
        _isRunningQueue = true;
        // What waits while the cluster is not whole begins when it is.
        bool mayBegin = !IsPaused && (Options.BeginsWhileDegraded || !IsDegraded);
        while (mayBegin && _records.Count < Options.ConcurrentMax
            && TryTakeNext(out DirFrag name, out RankId to, out bool isUrgent))
        {
            Dir? dir = Cache.FindDir(name);
            MigrationRefusal refusal = dir is null ? MigrationRefusal.UnknownPath : WhyNot(dir, to);
            if (refusal == MigrationRefusal.None)
            {
                Start(dir!, to, isUrgent);
                continue;
            }

            _migrator.Counters.Vanished++;
            NotePart(name, to, refusal);
        }

        _isRunningQueue = false;
    }

    private void Enter(ExportRecord record, ExporterState state)
    {
        record.Phases.Enter(state, Now);
        record.Rules = Options;
    }

    private static long DeadlineOf(ExportRecord record) => record.State switch
    {
        ExporterState.Locking => record.Rules.LockingMicros,
        ExporterState.Discovering => record.Rules.DiscoverMicros,
        ExporterState.Staging => record.Rules.StagingMicros + (record.Rules.StagingRoundsMax * MicrosOf(record)),
        ExporterState.Freezing => record.Rules.FreezeMicros,
        ExporterState.Prepping => record.Rules.PrepMicros,
        ExporterState.Warning => record.Rules.WarningMicros,
        ExporterState.Exporting => record.Rules.ExportingMicros + MicrosOf(record),
        _ => long.MaxValue,
    };

    private static long MicrosOf(ExportRecord record) => record.Bytes * 1_000_000 / record.Rules.BytesPerSecondMin;

    /// <summary>What was not answered is sent once more; what is waited for in the journal is tried once more.</summary>
    private void AskAgain(ExportRecord record)
    {
        switch (record.State)
        {
            case ExporterState.Prepping or ExporterState.Warning:
                foreach (ClientId client in record.Unflushed)
                    Rank.Sessions.ResendFlush(client);
                if (record.State == ExporterState.Warning)
                    Notify(record, record.Unwarned, Warned(record));
                break;
            case ExporterState.LoggingFinish:
                Give(record);
                break;
            case ExporterState.Notifying:
                Notify(record, record.Untold, Authority.Of(record.Peer));
                break;
            case ExporterState.Cancelling:
                Notify(record, record.Untold, Authority.Of(Rank.Me));
                if (record.AwaitsCancelAck)
                    Rank.Send(record.Peer, new ExportCancel(record.Id, record.Base, record.Refusal));
                break;
        }
    }

    /// <summary>Runs something of a migration once an event is durable, or something is frozen; unless the migration has gone on,
    /// or is over.</summary>
    private sealed class Later(Exporter exporter, MigrationId id, ExporterState state, Action<ExportRecord, IoError> action)
        : Continuation
    {
        public override void Run(IoError error)
        {
            if (exporter._records.GetValueOrDefault(id) is { } record && record.State == state)
                action(record, error);
        }
    }
}
