using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>Pages come ahead of their region. Source: migrator specification, 8.4.</content>
internal sealed partial class Importer
{
    /// <summary>Messages of one migration that may wait for the journal.</summary>
    private const int AheadMax = 8;

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
        MigrationRefusal refusal = record.Ahead.Count < AheadMax ? MigrationRefusal.Damaged : MigrationRefusal.Busy;
        if (record.Staging is { } area && IsInTurn(record, message) && Cache.Pool.TryTake(message.Pages, pages))
        {
            using PageValidator validator = new();
            foreach (DirFrag name in message.Gone)
                area.Forget(name, news);
            refusal = area.TryStage(message.Dirs, pages, validator, news);
        }

        if (refusal != MigrationRefusal.None)
        {
            EndAhead(record, message.Number, refusal);
            return;
        }

        record.Ahead.Enqueue(new StagedNews(message.Number, news));
        if (!record.AwaitsRoom)
            WriteAhead(record);
    }

    /// <summary>Is nothing of these dirfrags on its way to the journal, and not too much of others?</summary>
    private static bool IsInTurn(ImportRecord record, ExportStage message) =>
        record.Ahead.Count < AheadMax
        && !record.Ahead.Any(each => message.Gone.Any(each.Has) || message.Dirs.Any(dir => each.Has(dir.Name)));

    /// <summary>Writes down what came, as far as the journal takes it, and answers for each message when it is durable.</summary>
    private void WriteAhead(ImportRecord record)
    {
        record.AwaitsRoom = false;
        foreach (StagedNews news in record.Ahead)
        {
            if (!news.IsWritten && !TryWriteAhead(record, news))
                return;
        }
    }

    /// <summary>False where the import has ended over it, or the journal takes the rest later.</summary>
    private bool TryWriteAhead(ImportRecord record, StagedNews news)
    {
        JournalRoom room = Rank.AskAhead(record.Id, news.Left);
        IoError error = room is JournalRoom.Open ? LogAhead(record, news) : IoError.None;
        if (room is JournalRoom.Full || HasNoRoom(error))
        {
            EndAhead(record, news.Number, MigrationRefusal.TooBig);
            return false;
        }

        if (error.Failed && error != IoError.Again)
        {
            EndAhead(record, news.Number, MigrationRefusal.Journal);
            return false;
        }

        news.IsWritten = room is JournalRoom.Open && news.Left.Count == 0;
        record.AwaitsRoom = !news.IsWritten;
        Later later = new(this, record, ImporterState.Discovered, (each, failed) => GoOnAhead(each, news, failed));
        if (room is JournalRoom.Expiring)
            Rank.WaitForRoom(later);
        else
            Rank.WhenDurable(Rank.LastSeq, later);
        return news.IsWritten;
    }

    private static bool HasNoRoom(IoError error) => error == IoError.NoSpace || error == IoError.NoMemory;

    private IoError LogAhead(ImportRecord record, StagedNews news)
    {
        Metadata.Migration migration = new(record.Id, record.Base, 0, record.Peer, []);
        IoError error = Rank.LogPages(migration, news.Left, isAhead: true, out int written);
        news.Left.RemoveRange(0, written);
        bool isStuck = error == IoError.Again && written == 0 && news.Waited == Rank.LastSeq;
        news.Waited = Rank.LastSeq;
        migrator.Note(KillPoint.Import12);
        return isStuck ? IoError.Io : error;
    }

    private void GoOnAhead(ImportRecord record, StagedNews news, IoError failed)
    {
        if (failed.Failed)
        {
            EndAhead(record, news.Number, MigrationRefusal.Journal);
        }
        else if (news.IsWritten)
        {
            Invariant.That(record.Ahead.Dequeue() == news, "what was written down first is durable first");
            migrator.Note(KillPoint.Import11);
            Rank.Send(record.Peer, new ExportStageAck(record.Id, record.Base, news.Number, MigrationRefusal.None));
        }
        else
        {
            WriteAhead(record);
        }
    }

    private void EndAhead(ImportRecord record, uint number, MigrationRefusal refusal)
    {
        Reverse(record, refusal, tellsBystanders: false);
        Rank.Send(record.Peer, new ExportStageAck(record.Id, record.Base, number, refusal));
    }

    /// <summary>What came ahead is of no use any more, or has become what it came for.</summary>
    private static void EndStaging(ImportRecord record)
    {
        record.Staging?.Dispose();
        record.Staging = null;
    }
}
