namespace Engine.Buffers.Tests;

public sealed class LatencyHistogramTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void PercentilesAreWithinOnePerCentOfTheSortedValues(int seed)
    {
        SeededRandom random = new((ulong)seed);
        LatencyHistogram histogram = new();
        List<long> values = [];
        for (int i = 0; i < 20000; i++)
        {
            // Spread over all magnitudes from 1 ns to 100 s.
            long value = (long)Math.Pow(10, random.NextDouble() * 11);
            values.Add(value);
            histogram.Record(value);
        }

        values.Sort();
        foreach (double percent in new[] { 0.0, 1, 10, 50, 90, 99, 99.9, 99.99, 100 })
        {
            long exact = values[Math.Max(0, (int)Math.Ceiling((percent / 100 * values.Count) - 1e-6) - 1)];
            Assert.InRange(histogram.Percentile(percent), exact * 0.99, exact * 1.01);
        }

        Assert.Equal(values[0], histogram.Min);
        Assert.Equal(values[^1], histogram.Max);
        Assert.Equal(values.Average(), histogram.Mean, 1e-3 * histogram.Mean);
        Assert.Equal(values.Count, histogram.Count);
    }

    [Fact]
    public void SmallValuesAreExact()
    {
        LatencyHistogram histogram = new();
        for (int ns = 0; ns < 256; ns++)
            histogram.Record(ns);
        for (int ns = 1; ns <= 256; ns++)
            Assert.Equal(ns - 1, histogram.Percentile(ns / 256.0 * 100));
    }

    [Fact]
    public void ValuesOutsideTheRangeAreClamped()
    {
        LatencyHistogram histogram = new();
        histogram.Record(-5);
        histogram.Record(long.MaxValue, 2);
        Assert.Equal(0, histogram.Percentile(10));
        Assert.Equal(long.MaxValue, histogram.Max);
        Assert.Equal(long.MaxValue, histogram.Percentile(100));
        Assert.InRange(histogram.Percentile(50), LatencyHistogram.MaxNs * 0.99, LatencyHistogram.MaxNs * 1.01);
        BufferPoolTests.Refused(() => histogram.Percentile(101));
        BufferPoolTests.Refused(() => histogram.Record(1, -1));
    }

    [Fact]
    public void MergeEqualsRecordingInOne()
    {
        SeededRandom random = new(3);
        LatencyHistogram one = new();
        LatencyHistogram left = new();
        LatencyHistogram right = new();
        for (int i = 0; i < 1000; i++)
        {
            long value = random.NextLong(1_000_000_000);
            one.Record(value);
            (i % 3 == 0 ? left : right).Record(value);
        }

        left.Merge(right);
        left.Merge(new LatencyHistogram());
        Assert.Equal((one.Count, one.Min, one.Max, one.Mean), (left.Count, left.Min, left.Max, left.Mean));
        for (double percent = 0; percent <= 100; percent += 0.5)
            Assert.Equal(one.Percentile(percent), left.Percentile(percent));
        left.Clear();
        Assert.Equal((0L, 0L, 0L, 0.0, 0L), (left.Count, left.Min, left.Max, left.Mean, left.Percentile(99)));
    }
}
