using BenchmarkDotNet.Attributes;
using Engine.Buffers;

namespace Engine.Bench.Micro;

/// <summary>How does zero detection compare with the library's search, over memory that is all zero?</summary>
public class ZeroBenchmark
{
    private byte[] _bytes = [];

    /// <summary>Bytes looked at.</summary>
    [Params(512, 4096, 65536)]
    public int Length { get; set; }

    [GlobalSetup]
    public void SetUp() => _bytes = new byte[Length];

    [Benchmark(Baseline = true)]
    public bool IndexOfAnyExcept() => _bytes.AsSpan().IndexOfAnyExcept((byte)0) < 0;

    [Benchmark]
    public bool IsZero() => ZeroDetector.IsZero(_bytes);
}
