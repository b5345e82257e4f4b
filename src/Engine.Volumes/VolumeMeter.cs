using System.Diagnostics.Metrics;

namespace Engine.Volumes;

/// <summary>
/// One volume's part of the meter "Engine": observable instruments named after the stages, each measurement tagged with the
/// volume's name. They read a snapshot when a listener asks and cost nothing otherwise.
/// </summary>
internal sealed class VolumeMeter : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Engine";

    private readonly Meter _meter = new(MeterName);
    private readonly Volume _volume;
    private readonly KeyValuePair<string, object?>[] _tags;

    public VolumeMeter(Volume volume)
    {
        _volume = volume;
        _tags = [new KeyValuePair<string, object?>("volume", volume.Name)];
        if (volume.IsCached)
            AddCache();
        else
            AddDirect();
        Counter("engine.store.reads", "{read}", static s => s.StoreReads);
        Counter("engine.store.writes", "{write}", static s => s.StoreWrites);
        Counter("engine.store.flushes", "{flush}", static s => s.StoreFlushes);
    }

    public void Dispose() => _meter.Dispose();

    private void AddDirect()
    {
        Counter("engine.volume.reads", "{read}", static s => s.Direct!.Reads);
        Counter("engine.volume.read.bytes", "By", static s => s.Direct!.ReadBytes);
        Counter("engine.volume.writes", "{write}", static s => s.Direct!.Writes);
        Counter("engine.volume.write.bytes", "By", static s => s.Direct!.WriteBytes);
        Counter("engine.volume.discards", "{discard}", static s => s.Direct!.Discards);
        Counter("engine.volume.failures", "{request}", static s => s.Direct!.Failures);
        Counter("engine.volume.modify.writes", "{write}", static s => s.Direct!.ReadModifyWrites);
        Counter("engine.volume.range.waits", "{wait}", static s => s.Direct!.RangeWaits);
        Counter("engine.volume.memory.waits", "{wait}", static s => s.Direct!.MemoryWaits);
        Gauge("engine.volume.in_flight", "{request}", static s => s.Direct!.InFlight);
    }

    private void AddCache()
    {
        Counter("engine.cache.hits", "{read}", static s => s.Cache!.OpsHit);
        Counter("engine.cache.misses", "{read}", static s => s.Cache!.OpsMiss);
        Counter("engine.cache.hit.bytes", "By", static s => s.Cache!.BytesHit);
        Counter("engine.cache.miss.bytes", "By", static s => s.Cache!.BytesMiss);
        Counter("engine.cache.read.bytes", "By", static s => s.Cache!.DataRead);
        Counter("engine.cache.write.bytes", "By", static s => s.Cache!.DataWritten);
        Counter("engine.cache.evictions", "{block}", static s => s.Cache!.Evictions);
        Counter("engine.cache.blocked.writes", "{write}", static s => s.Cache!.WriteOpsBlocked);
        Counter("engine.cache.blocked.bytes", "By", static s => s.Cache!.WriteBytesBlocked);
        Counter("engine.cache.blocked.time", "ms", static s => (long)s.Cache!.WriteTimeBlocked.TotalMilliseconds);
        Gauge("engine.cache.clean.bytes", "By", static s => s.Cache!.CleanBytes);
        Gauge("engine.cache.zero.bytes", "By", static s => s.Cache!.ZeroBytes);
        Gauge("engine.cache.dirty.bytes", "By", static s => s.Cache!.DirtyBytes);
        Gauge("engine.cache.error.bytes", "By", static s => s.Cache!.ErrorBytes);
        Gauge("engine.cache.charged.bytes", "By", static s => s.Cache!.ChargedBytes);
        Gauge("engine.cache.waiting.bytes", "By", static s => s.Cache!.DirtyWaitingBytes);
        Gauge("engine.cache.objects", "{object}", static s => s.Cache!.Objects);
        Counter("engine.writeback.bytes", "By", static s => s.Cache!.DataFlushed);
        Counter("engine.writeback.overwritten.bytes", "By", static s => s.Cache!.DataOverwrittenWhileFlushing);
        Counter("engine.writeback.failures", "{write}", static s => s.Cache!.WritebackFailures);
        Counter("engine.writeback.given_up.bytes", "By", static s => s.Cache!.BytesGivenUp);
        Gauge("engine.writeback.failed", "{set}", static s => s.Cache!.FailedSets);
        Counter("engine.store.flush.failures", "{flush}", static s => s.Cache!.BackendFlushFailures);
        Gauge("engine.writeback.in_flight.bytes", "By", static s => s.Cache!.TxBytes);
        Gauge("engine.writeback.unstable.bytes", "By", static s => s.Cache!.UnstableBytes);
        Gauge("engine.store.reads.in_flight", "{read}", static s => s.Cache!.ReadsOutstanding);
        Gauge("engine.store.writes.in_flight", "{write}", static s => s.Cache!.WritesOutstanding);
    }

    private void Counter(string name, string unit, Func<VolumeStatistics, long> value) =>
        _meter.CreateObservableCounter(name, () => Measure(value), unit);

    private void Gauge(string name, string unit, Func<VolumeStatistics, long> value) =>
        _meter.CreateObservableGauge(name, () => Measure(value), unit);

    private Measurement<long> Measure(Func<VolumeStatistics, long> value) => new(value(_volume.Statistics()), _tags);
}
