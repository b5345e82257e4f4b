using BenchmarkDotNet.Attributes;
using Engine.Objects;

namespace Engine.Bench.Micro;

/// <summary>What does it cost to map a range of the image to object extents?</summary>
[MemoryDiagnoser]
public class StriperBenchmark
{
    private readonly ExtentList _extents = new();
    private FileLayout _layout;
    private long _at;

    /// <summary>Objects that one stripe runs over.</summary>
    [Params(1, 8)]
    public int StripeCount { get; set; }

    /// <summary>Bytes mapped.</summary>
    [Params(4096, 1 << 20)]
    public int Length { get; set; }

    [GlobalSetup]
    public void SetUp() => _layout = new FileLayout(StripeCount == 1 ? 4 << 20 : 64 << 10, StripeCount, 4 << 20);

    [Benchmark]
    public long Map()
    {
        _at = (_at + 12_345_678) & ((1L << 34) - 1);
        _extents.Clear();
        Striper.Map(_layout, _at, Length, _extents);
        return _extents.TotalLength;
    }
}
