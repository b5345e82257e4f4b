using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Engine.Cli.Clusters;

/// <summary>Adds up what a rank's meter measures, for its operators. Used on the rank's thread only.</summary>
internal sealed class RankMetrics : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<(string Name, string Labels), Sum> _sums = [];

    /// <summary>Begins to listen.</summary>
    public RankMetrics(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == meter)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>All of it, by name: what is counted as its sum, what is distributed also as count and greatest.</summary>
    public JsonObject Read()
    {
        foreach (Sum sum in _sums.Values.Where(static each => each.IsState))
            sum.Forget();
        _listener.RecordObservableInstruments();
        var rows = new JsonArray();
        foreach (((string name, string labels), Sum sum) in _sums)
        {
            if (!sum.IsState || sum.Count > 0)
                rows.Add(new JsonObject
                {
                    ["metric"] = name, ["labels"] = labels, ["value"] = sum.Total,
                    ["count"] = sum.IsSpread ? sum.Count : null, ["greatest"] = sum.IsSpread ? sum.Greatest : null,
                });
        }

        return new JsonObject { ["metrics"] = rows };
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new List<string>();
        foreach (KeyValuePair<string, object?> tag in tags)
            labels.Add(string.Create(CultureInfo.InvariantCulture, $"{tag.Key}={tag.Value}"));
        (string, string) key = (instrument.Name, string.Join(',', labels));
        if (!_sums.TryGetValue(key, out Sum? sum))
            _sums.Add(key, sum = new Sum(instrument.IsObservable, instrument is Histogram<double> or Histogram<long>));
        sum.Add(value);
    }

    private sealed class Sum(bool isState, bool isSpread)
    {
        /// <summary>It is told whenever somebody asks, and not as it happens.</summary>
        public bool IsState => isState;

        /// <summary>Each value counts for itself.</summary>
        public bool IsSpread => isSpread;

        public double Total { get; private set; }

        public long Count { get; private set; }

        public double Greatest { get; private set; }

        public void Add(double value)
        {
            Total += value;
            Count++;
            Greatest = Math.Max(Greatest, value);
        }

        public void Forget() => (Total, Count, Greatest) = (0, 0, 0);
    }
}
