using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>Pages come ahead of their region. Source: migrator specification, 8.4.</content>
internal sealed partial class Importer
{
    /// <summary>What may come ahead of a region, which is not to take more than half of the cache with all others; 0 for
    /// nothing.</summary>
    private long StagingBytesMax
    {
        get
        {
            long left = Cache.Pool.BytesMax / 2;
            foreach (ImportRecord record in _records.Values)
                left -= record.Staging?.BytesMax ?? 0;
            return Math.Max(0, Math.Min(left, migrator.Options.StagingBytesMax));
        }
    }

    private void Stage(ImportRecord record, ExportStage message)
    {
        List<PageId> pages = [];
        List<ArrivingDir> news = [];
        MigrationRefusal refusal = MigrationRefusal.Damaged;
        if (record.Staging is { } area && !record.IsWritingAhead && Cache.Pool.TryTake(message.Pages, pages))
        {
            using PageValidator validator = new();
            foreach (DirFrag name in message.Gone)
                area.Forget(name, news);
            refusal = area.TryStage(message.Dirs, pages, validator, news);
        }

        if (refusal == MigrationRefusal.None)
            WriteAhead(record, new Ahead(message.Number, news));
        else
            EndAhead(record, message.Number, refusal);
    }

    /// <summary>Writes down what came, a part at a time where events wait, and answers when it is durable.</summary>
    private void WriteAhead(ImportRecord record, Ahead ahead)
    {
        record.IsWritingAhead = true;
        JournalRoom room = Rank.AskAhead(record.Id, ahead.Left);
        Later later = new(this, record, ImporterState.Discovered, (each, failed) => WrittenAhead(each, ahead, failed));
        if (room is JournalRoom.Full)
        {
            EndAhead(record, ahead.Number, MigrationRefusal.TooBig);
        }
        else if (room is JournalRoom.Expiring)
        {
            Rank.WaitForRoom(later);
        }
        else
        {
            IoError error = room is JournalRoom.Open ? LogAhead(record, ahead) : IoError.None;
            if (error.IsNone || error == IoError.Again)
                Rank.WhenDurable(Rank.LastSeq, later);
            else
                EndAhead(record, ahead.Number, HasNoRoom(error) ? MigrationRefusal.TooBig : MigrationRefusal.Journal);
        }
    }

    private static bool HasNoRoom(IoError error) => error == IoError.NoSpace || error == IoError.NoMemory;

    private IoError LogAhead(ImportRecord record, Ahead ahead)
    {
        Metadata.Migration migration = new(record.Id, record.Base, 0, record.Peer, []);
        IoError error = Rank.LogPages(migration, ahead.Left, isAhead: true, out int written);
        ahead.Left.RemoveRange(0, written);
        bool isStuck = error == IoError.Again && written == 0 && ahead.Waited == Rank.LastSeq;
        ahead.Waited = Rank.LastSeq;
        migrator.Note(KillPoint.Import12);
        return isStuck ? IoError.Io : error;
    }

    private void WrittenAhead(ImportRecord record, Ahead ahead, IoError failed)
    {
        if (failed.Failed)
            EndAhead(record, ahead.Number, MigrationRefusal.Journal);
        else if (ahead.Left.Count > 0)
            WriteAhead(record, ahead);
        else
            EndAhead(record, ahead.Number, MigrationRefusal.None);
    }

    private void EndAhead(ImportRecord record, uint number, MigrationRefusal refusal)
    {
        record.IsWritingAhead = false;
        if (refusal == MigrationRefusal.None)
            migrator.Note(KillPoint.Import11);
        else
            Reverse(record, refusal, tellsBystanders: false);
        Rank.Send(record.Peer, new ExportStageAck(record.Id, record.Base, number, refusal));
    }

    /// <summary>What came ahead is of no use any more, or has become what it came for.</summary>
    private static void EndStaging(ImportRecord record)
    {
        record.Staging?.Dispose();
        record.Staging = null;
    }

    /// <summary>Pages of one message that are to be written down.</summary>
    private sealed class Ahead(uint number, List<ArrivingDir> left)
    {
        public uint Number => number;

        public List<ArrivingDir> Left => left;

        /// <summary>The event that was waited for last.</summary>
        public long Waited { get; set; } = -1;
    }
}
