using BenchmarkDotNet.Attributes;
using Engine.Buffers;

namespace Engine.Bench.Micro;

/// <summary>What does it cost to rent a block and give it back, with and without magazines?</summary>
[MemoryDiagnoser]
public class PoolBenchmark
{
    private BufferPool? _pool;

    /// <summary>Free blocks that a core may keep.</summary>
    [Params(0, 64)]
    public int MagazineBlocks { get; set; }

    [GlobalSetup]
    public void SetUp() => _pool = new BufferPool(
        new BufferPoolOptions { BlockCount = 4096, MagazineBlocks = MagazineBlocks, PreTouchBytes = long.MaxValue });

    [GlobalCleanup]
    public void CleanUp() => _pool?.Dispose();

    [Benchmark]
    public bool RentAndRelease()
    {
        bool rented = _pool!.TryRent(out BufferHandle handle);
        _pool.Release(handle);
        return rented;
    }

    [Benchmark(OperationsPerInvoke = 64)]
    public void RentAndRelease64()
    {
        Span<BufferHandle> handles = stackalloc BufferHandle[64];
        for (int i = 0; i < handles.Length; i++)
            _pool!.TryRent(out handles[i]);
        foreach (BufferHandle handle in handles)
            _pool!.Release(handle);
    }
}
