namespace Engine.Bench.Data;

/// <summary>Order statistics of small samples.</summary>
internal static class Medians
{
    public static double Of(IReadOnlyList<double> values) => Quantile(values, 0.5);

    /// <summary>The value below which <paramref name="part"/> (0 to 1) of the sample lies, interpolated.</summary>
    public static double Quantile(IReadOnlyList<double> values, double part)
    {
        if (values.Count == 0)
            return double.NaN;
        double[] sorted = [.. values];
        Array.Sort(sorted);
        double at = part * (sorted.Length - 1);
        int low = (int)at;
        int high = Math.Min(low + 1, sorted.Length - 1);
        return sorted[low] + ((sorted[high] - sorted[low]) * (at - low));
    }
}
