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
        AddDirect();
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
        Counter("engine.store.reads", "{read}", static s => s.StoreReads);
        Counter("engine.store.writes", "{write}", static s => s.StoreWrites);
        Counter("engine.store.flushes", "{flush}", static s => s.StoreFlushes);
    }

    private void Counter(string name, string unit, Func<VolumeStatistics, long> value) =>
        _meter.CreateObservableCounter(name, () => Measure(value), unit);

    private void Gauge(string name, string unit, Func<VolumeStatistics, long> value) =>
        _meter.CreateObservableGauge(name, () => Measure(value), unit);

    private Measurement<long> Measure(Func<VolumeStatistics, long> value) => new(value(_volume.Statistics()), _tags);
}
