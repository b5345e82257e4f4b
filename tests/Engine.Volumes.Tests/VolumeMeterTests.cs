using System.Diagnostics.Metrics;
using Engine.Objects;
using Engine.Stores;
using Engine.Testing;

namespace Engine.Volumes.Tests;

/// <summary>The meter "Engine".</summary>
public sealed class VolumeMeterTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task InstrumentsReadTheCounters(bool cached)
    {
        string name = "meter " + cached;
        using DiagnosticPools pools = new();
        using MemoryStore store = new();
        VolumeOptions options = (cached ? TestImages.Cached : TestImages.Direct).Over(pools) with { Name = name };
        Volume volume = Volume.Open(store, TestImages.Make(1 << 20, FileLayout.Simple(64 << 10)), options);
        volume.Write(0, new byte[5000]);
        volume.Read(0, new byte[3000]);
        volume.Flush();

        Dictionary<string, long> readings = Read(name);
        Assert.Equal(1, readings["engine.store.flushes"]);
        if (cached)
        {
            Assert.Equal(3000, readings["engine.cache.hit.bytes"]);
            Assert.Equal(1, readings["engine.cache.hits"]);
            Assert.Equal(5000, readings["engine.cache.write.bytes"]);
            Assert.Equal(0, readings["engine.cache.dirty.bytes"]);
            Assert.Equal(volume.Statistics().Cache!.DataFlushed, readings["engine.writeback.bytes"]);
            Assert.Equal(8192, readings["engine.cache.charged.bytes"]);
        }
        else
        {
            Assert.Equal(3000, readings["engine.volume.read.bytes"]);
            Assert.Equal(1, readings["engine.volume.writes"]);
            Assert.Equal(0, readings["engine.volume.in_flight"]);
        }

        await volume.CloseAsync();
        Assert.Empty(Read(name));
    }

    private static Dictionary<string, long> Read(string volume)
    {
        Dictionary<string, long> readings = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "Engine")
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                if (tag.Key == "volume" && (string?)tag.Value == volume)
                    readings[instrument.Name] = value;
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return readings;
    }
}
