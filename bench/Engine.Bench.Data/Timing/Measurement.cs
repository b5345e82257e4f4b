namespace Engine.Bench.Data;

/// <summary>What one contender's turns gave; times in nanoseconds per operation.</summary>
internal sealed class Measurement(string name)
{
    private readonly List<double> _batches = [];
    private readonly List<double> _rounds = [];
    private long _bytes;
    private long _operations;

    public string Name { get; } = name;

    /// <summary>Median of all batches.</summary>
    public double Median => Medians.Of(_batches);

    /// <summary>99 % of all batches are at most this.</summary>
    public double High => Medians.Quantile(_batches, 0.99);

    /// <summary>Managed bytes per operation on the calling thread.</summary>
    public double BytesPerOperation => (double)_bytes / _operations;

    public void Add(double[] batches, long operations, long allocatedBytes)
    {
        _batches.AddRange(batches);
        _rounds.Add(Medians.Of(batches));
        _operations += operations;
        _bytes += allocatedBytes;
    }

    /// <summary>This over <paramref name="peer"/>: the median of the rounds' own ratios, each taken within
    /// milliseconds.</summary>
    public double RatioTo(Measurement peer) =>
        Medians.Of([.. _rounds.Zip(peer._rounds, static (mine, others) => mine / others)]);

    /// <summary>The same, with the time of what both do in any case taken off.</summary>
    public double RatioTo(Measurement peer, Measurement floor) => Medians.Of([.. _rounds.Zip(peer._rounds, floor._rounds)
        .Select(static each => (each.First - each.Third) / (each.Second - each.Third))]);
}
