using Engine.Bench.Data;

namespace Engine.Bench.Migration;

/// <summary>Rates of a few repetitions, and the row that they make.</summary>
internal sealed class Times
{
    private readonly List<double> _rates = [];

    /// <summary>Median of the rates.</summary>
    public double Median => Medians.Of(_rates);

    /// <summary>Least and greatest rate.</summary>
    public (double Low, double High) Range => (_rates.Min(), _rates.Max());

    /// <summary>Adds a repetition: so many things in so long.</summary>
    public void Add(long count, TimeSpan time) => _rates.Add(count / time.TotalSeconds);
}
