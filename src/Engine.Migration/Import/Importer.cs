// Gets regions from other ranks.
//
//   Importer              records, messages, time
//   Importer.Discovering  is the directory known here?
//   Importer.Staging      pages come ahead
//   Importer.Prepping     root and bounds are opened, and held
//   Importer.Receiving    the region arrives: checked, written down, installed
//   Importer.Finishing    it is this rank's
//   Importer.Gathering    what clients have of it, after a restart
//   Importer.Reversing    the one way back
//   Importer.Resolving    what only the exporter's journal can say
// Invariants: nothing of a region is installed before all of it was checked; until the exporter's word the region is frozen here,
// and nobody is served from it; a record is erased only when the journal knows of the end.

using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <summary>The importer's state machine. Source: migrator specification, 2.4.</summary>
internal sealed partial class Importer(Migrator migrator)
{
    private readonly SortedDictionary<DirFrag, ImportRecord> _records = [];

    /// <summary>The map's epoch that ended a rank's last life.</summary>
    private readonly ulong[] _overAt = new ulong[RankId.CountMax];

    /// <summary>What is under way.</summary>
    public IReadOnlyCollection<ImportRecord> Records => _records.Values;

    /// <summary>Imports under way.</summary>
    public int Count => _records.Count;

    private RankServices Rank => migrator.Rank;

    private MetadataCache Cache => Rank.Cache;

    private long Now => Rank.NowMicros;

    /// <summary>States of what is under way.</summary>
    public IEnumerable<(MigrationId Id, DirFrag Base, MigrationSide Side, string State)> Live() =>
        _records.Values.Select(static each => (each.Id, each.Base, MigrationSide.Import, each.State.ToString()));

    /// <summary>Imports that have been in one phase for so long that somebody may have to look.</summary>
    public IEnumerable<string> Warnings(long nowMicros) =>
        from record in _records.Values
        let seconds = (nowMicros - record.Phases.EnteredAt) / 1_000_000
        where seconds >= Migrator.WarningSeconds
        let why = HasLostDecider(record) ? $": only the journal of {record.Peer}, which failed, tells whose it is" : string.Empty
        select $"import {record.Id} of {record.Base} from {record.Peer}: {record.State} since {seconds} s{why}";

    /// <summary>A message of another rank.</summary>
    public void Handle(RankId from, IMigrationMessage message)
    {
        ImportRecord? record = _records.GetValueOrDefault(message.Base);
        Verdict verdict = ImporterLegality.Of(record?.State, record?.Id ?? default, message);
        bool isForged = message is not ExportNotifyAck && message.Id.Exporter != from;
        if (isForged)
            verdict = Verdict.Violation;
        switch (verdict)
        {
            case Verdict.Late:
                migrator.NoteLate((Message)message);
                if (message is ExportFinish { IsLast: true } && record?.Id != message.Id)
                    Confirm(message);
                break;
            case Verdict.Violation:
                migrator.NoteViolation(from, (Message)message, $"while {record?.State}");
                break;
            case Verdict.Busy:
                Rank.Send(from, new ExportDiscoverAck(message.Id, message.Base, MigrationRefusal.Busy, 0));
                break;
            case Verdict.Answer:
                AnswerAgain(record, from, message);
                break;
            case Verdict.Replace:
                Reverse(record!, MigrationRefusal.Asked, tellsBystanders: false);
                AfterReplace(from, (ExportDiscover)message);
                break;
            default:
                Take(record, from, message);
                break;
        }
    }

    /// <summary>For how long imports have waited that only an exporter that failed can decide.</summary>
    public IEnumerable<long> Undecided() =>
        _records.Values.Where(HasLostDecider).Select(each => Now - each.Phases.EnteredAt);

    private static bool HasLostDecider(ImportRecord record) => record is { HasLostPeer: true, State: ImporterState.Acking };

    /// <summary>Is it not decided whose the region is?</summary>
    public bool IsOpen(Dir realm) =>
        _records.TryGetValue(realm.Name, out ImportRecord? record) && record is { State: >= ImporterState.Prepped, GatherTid: 0 };

    /// <summary>Time passes: what has to be asked for again.</summary>
    public void Tick(long nowMicros)
    {
        foreach (ImportRecord record in _records.Values.ToList())
        {
            if (IsGatheringOver(record, nowMicros))
            {
                EndGathering(record);
                continue;
            }

            if (nowMicros - record.Phases.AskedAt < migrator.Options.ResendMicros)
                continue;
            record.Phases.AskedAt = nowMicros;
            bool isSent = record.State is ImporterState.Aborting or ImporterState.Acking
                || record is { State: ImporterState.Finishing, AwaitsJournal: false };
            migrator.Counters.Resent += isSent ? 1 : 0;
            if (record.State == ImporterState.Aborting)
                AskAgain(record);
            else if (record.State == ImporterState.Finishing && record.AwaitsJournal)
                End(record);
            else if (record.State is ImporterState.Acking or ImporterState.Finishing)
                Rank.Send(record.Peer, new Resolve(Rank.Map.Epoch, [], [Question(record)], IsBeginning: false));
        }
    }

    /// <summary>A life of a rank is over, or only the channel to it.</summary>
    public void PeerFailed(RankId rank, bool isOver)
    {
        if (isOver)
            _overAt[rank.Value] = Rank.Map.Epoch;
        foreach (ImportRecord record in _records.Values.ToList())
        {
            ulong gone = isOver ? 1UL << rank.Value : 0;
            record.Bystanders &= ~gone;
            record.Untold &= ~gone;
            if (record.Peer == rank)
                ExporterFailed(record, isOver);
            else if (record.State == ImporterState.Aborting)
                TryEndReverse(record);
        }
    }

    private void Take(ImportRecord? record, RankId from, IMigrationMessage message)
    {
        switch (message)
        {
            case ExportDiscover discover:
                Discover(from, discover);
                break;
            case ExportStage stage:
                Stage(record!, stage);
                break;
            case ExportPrep prep:
                Prepare(record!, prep);
                break;
            case ExportDir region:
                Receive(record!, region);
                break;
            case ExportFinish finish:
                Finish(record!, finish);
                break;
            case ExportCancel cancel:
                record!.OwesCancelAck = true;
                Reverse(record, cancel.Reason, tellsBystanders: false);
                break;
            case ExportNotifyAck:
                record!.Untold &= ~(1UL << from.Value);
                TryEndReverse(record);
                break;
        }
    }

    /// <summary>What was answered is answered once more: the answer may have been lost.</summary>
    private void AnswerAgain(ImportRecord? record, RankId from, IMigrationMessage message)
    {
        switch (message)
        {
            case ExportDiscover:
                Agree(record!);
                break;
            case ExportPrep:
                Rank.Send(from, new ExportPrepAck(message.Id, message.Base, MigrationRefusal.None));
                break;
            case ExportDir:
                Acknowledge(record!);
                break;
            case ExportCancel when record is { State: ImporterState.Aborting } && record.Id == message.Id:
                record.OwesCancelAck = true;
                TryEndReverse(record);
                break;
            default:
                Rank.Send(from, new ExportCancelAck(message.Id, message.Base));
                break;
        }
    }

    /// <summary>A newer migration of the dirfrag begins, which says that the older one is over.</summary>
    private void AfterReplace(RankId from, ExportDiscover discover)
    {
        if (_records.ContainsKey(discover.Base))
            Rank.Send(from, new ExportDiscoverAck(discover.Id, discover.Base, MigrationRefusal.Busy, 0));
        else
            Discover(from, discover);
    }

    private void Enter(ImportRecord record, ImporterState state) => record.Phases.Enter(state, Now);

    private void Erase(ImportRecord record)
    {
        record.Locks.Release();
        EndStaging(record);
        _records.Remove(record.Base);
        migrator.History.Add(new MigrationReport(
            record.Id, MigrationSide.Import, record.Base, record.Path, record.Peer,
            record.Refusal, record.Phases.Phases, record.FrozenAt == 0 ? 0 : Now - record.FrozenAt, record.Inodes, record.Bytes,
            record.FrozenBytes, Now));
    }

    /// <summary>Runs something of an import once an event is durable, unless the import has gone on, or is over.</summary>
    private sealed class Later(Importer importer, ImportRecord record, ImporterState state, Action<ImportRecord, IoError> action)
        : Continuation
    {
        public override void Run(IoError error)
        {
            bool isLive = importer._records.TryGetValue(record.Base, out ImportRecord? known) && known == record;
            if (isLive && record.State == state)
                action(record, error);
        }
    }
}
