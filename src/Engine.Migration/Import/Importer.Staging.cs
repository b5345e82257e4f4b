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
        MigrationRefusal refusal = MigrationRefusal.Damaged;
        if (record.Staging is { } area && Cache.Pool.TryTake(message.Pages, pages))
        {
            using PageValidator validator = new();
            foreach (DirFrag name in message.Gone)
                area.Forget(name);
            refusal = area.TryStage(message.Dirs, pages, validator);
        }

        if (refusal == MigrationRefusal.None)
            migrator.Note(KillPoint.Import11);
        else
            Reverse(record, refusal, tellsBystanders: false);
        Rank.Send(record.Peer, new ExportStageAck(record.Id, record.Base, message.Number, refusal));
    }

    /// <summary>What came ahead is of no use any more, or has become what it came for.</summary>
    private static void EndStaging(ImportRecord record)
    {
        record.Staging?.Dispose();
        record.Staging = null;
    }
}
