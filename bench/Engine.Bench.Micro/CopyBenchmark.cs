using BenchmarkDotNet.Attributes;
using Engine.Buffers;

namespace Engine.Bench.Micro;

/// <summary>Does <see cref="BlockCopy"/> beat the library's copy (question <c>copy</c>), from the first- and the second-level
/// cache?</summary>
public unsafe class CopyBenchmark
{
    private const int Destination = 16 << 10;

    private BufferPool? _pool;
    private byte* _memory;
    private int _mask;
    private int _at;

    /// <summary>Bytes per copy.</summary>
    [Params(512, 4096, 16384)]
    public int Length { get; set; }

    /// <summary>Bytes that the sources lie in.</summary>
    [Params(16 << 10, 512 << 10)]
    public int SetBytes { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _pool = new BufferPool(new BufferPoolOptions { BlockCount = 1024, PreTouchBytes = long.MaxValue });
        _memory = (byte*)_pool.Regions[0].Address;
        _mask = SetBytes - 1;
    }

    [GlobalCleanup]
    public void CleanUp() => _pool?.Dispose();

    [Benchmark(Baseline = true)]
    public void CopyTo() => Source().CopyTo(new Span<byte>(_memory, Length));

    [Benchmark]
    public void Blocks() => BlockCopy.Copy(Source(), new Span<byte>(_memory, Length));

    /// <summary>The next source: a large odd number of blocks on, so that no prefetcher guesses it.</summary>
    private ReadOnlySpan<byte> Source()
    {
        _at = (_at + (37 * Length)) & _mask & -Length;
        return new ReadOnlySpan<byte>(_memory + Destination + _at, Length);
    }
}
