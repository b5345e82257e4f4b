using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>How much is on its way at once. Source: migrator specification, 2.3 (X0) and 8.4.</content>
internal sealed partial class Exporter
{
    /// <summary>Bytes of pages of what is under way.</summary>
    public long InflightBytes => _records.Values.Sum(static each => each.Bytes);

    /// <summary>Takes the next export whose time has come and for which there is room. None passes one that waits for room which
    /// it would take of.</summary>
    private bool TryTakeNext(out DirFrag name, out RankId to, out bool isUrgent)
    {
        long inflight = InflightBytes;
        ulong full = 0;
        return _queue.TryTake(MayBegin, out name, out to, out isUrgent);

        bool MayBegin(DirFrag dir, RankId rank)
        {
            ulong bit = 1UL << rank.Value;
            if ((full & bit) != 0 || !_backOffs.IsDue(dir, rank, Now))
                return false;
            long bytes = Cache.FindDir(dir) is { } known ? BytesIn(known) : 0;
            long toRank = _records.Values.Where(each => each.Peer == rank).Sum(static each => each.Bytes);
            if (inflight > 0 && inflight + bytes > Options.InflightBytesMax)
                full = ulong.MaxValue;
            else if (toRank > 0 && toRank + bytes > Options.InflightToRankBytesMax)
                full |= bit;
            return (full & bit) == 0;
        }
    }

    private static long BytesIn(Dir dir)
    {
        long bytes = 0;
        MetadataCache.VisitRegion(dir, each => bytes += each.Pages.BytesUsed);
        return bytes;
    }

    /// <summary>What waits for an export's end goes on before the next one begins.</summary>
    private void RunQueueLater()
    {
        if (_isQueueDue)
            return;
        _isQueueDue = true;
        Cache.Ready.Add(new QueueTurn(this), IoError.None);
    }

    private sealed class QueueTurn(Exporter exporter) : Continuation
    {
        public override void Run(IoError error)
        {
            exporter._isQueueDue = false;
            exporter.RunQueue();
        }
    }
}
