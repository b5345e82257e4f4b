using BenchmarkDotNet.Attributes;
using Engine.Buffers;

namespace Engine.Bench.Micro;

/// <summary>What do appending to a buffer list and slicing one cost?</summary>
[MemoryDiagnoser]
public class BufferListBenchmark
{
    private const int Segments = 1024;
    private const int BlockBytes = 4096;

    private BufferPool? _pool;
    private BufferList? _long;
    private BufferHandle _block;
    private int _at;

    [GlobalSetup]
    public void SetUp()
    {
        _pool = new BufferPool(new BufferPoolOptions { BlockCount = Segments + 1, PreTouchBytes = long.MaxValue });
        _pool.TryRent(out _block);
        _long = BufferList.Rent(_pool);
        for (int i = 0; i < Segments; i++)
        {
            _pool.TryRent(out BufferHandle handle);
            _long.AppendOwned(handle, 0, BlockBytes);
        }
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _long?.Dispose();
        _pool?.Release(_block);
        _pool?.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Segments)]
    public long Append()
    {
        using BufferList list = BufferList.Rent(_pool!);
        for (int i = 0; i < Segments; i++)
            list.Append(_block, 0, BlockBytes);
        return list.Length;
    }

    [Benchmark]
    public long SliceOfOne()
    {
        using BufferList list = BufferList.Rent(_pool!);
        list.Append(_block, 0, BlockBytes);
        using BufferList slice = list.Slice(512, 1024);
        return slice.Length;
    }

    [Benchmark]
    public long SliceOf1024()
    {
        _at = (_at + 37) % Segments;
        using BufferList slice = _long!.Slice((long)_at * BlockBytes, BlockBytes);
        return slice.Length;
    }
}
