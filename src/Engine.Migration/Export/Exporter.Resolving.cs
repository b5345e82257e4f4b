using Engine.Metadata;

namespace Engine.Migration;

/// <content>What becomes of exports whose importer does not know: the journal's word, over all lives of the rank. Source:
/// migrator specification, 4.3 and 4.6.</content>
internal sealed partial class Exporter
{
    /// <summary>When importers were last told that regions are theirs.</summary>
    private readonly SortedDictionary<MigrationId, long> _toldAt = [];

    /// <summary>An importer asks. While the export is under way it is not answered: what comes of it is told anyway.</summary>
    public void AnswerFor(RankId from, AmbiguousImport import)
    {
        if (import.Id.Exporter != Rank.Me || import.Id.Incarnation > Rank.Options.Incarnation)
        {
            _migrator.Counters.Late++;
            return;
        }

        ExportRecord? record = _records.GetValueOrDefault(import.Id);
        if (record is not null && record.State != ExporterState.Cancelling)
            return;
        _migrator.Counters.Resolved++;
        if (IsGiven(import.Id))
            Rank.Send(from, new ExportFinish(import.Id, import.Base, IsLast: true, [], []));
        else
            Rank.Send(from, new ExportCancel(import.Id, import.Base, MigrationRefusal.PeerFailed));
    }

    /// <summary>The importer's journal has the end.</summary>
    public void Confirmed(RankId from, ExportFinishAck ack)
    {
        // One of a former importer has been confirmed before.
        bool isIts = Rank.GivenExports.Any(each => each.Id == ack.Id && each.Peer == from);
        if (!isIts || _records.ContainsKey(ack.Id))
        {
            _migrator.NoteLate(ack);
            return;
        }

        Rank.ForgetGiven(ack.Id);
        _toldAt.Remove(ack.Id);
    }

    /// <summary>Importers that have not confirmed are told again.</summary>
    private void Remind(long nowMicros)
    {
        foreach (Metadata.Migration given in Rank.GivenExports)
        {
            bool isDue = !_records.ContainsKey(given.Id) && Rank.Map[given.Peer].IsUp
                && nowMicros - _toldAt.GetValueOrDefault(given.Id) >= Options.ResendMicros;
            if (!isDue)
                continue;
            NoteTold(given.Id);
            _migrator.Counters.Resent++;
            Rank.Send(given.Peer, new ExportFinish(given.Id, given.Base, IsLast: true, [], []));
        }
    }

    private void NoteTold(MigrationId id) => _toldAt[id] = Now;

    private bool IsGiven(MigrationId id) => Rank.GivenExports.Any(each => each.Id == id);
}
