using BenchmarkDotNet.Attributes;
using Engine.Buffers;
using Engine.Cache;
using Engine.Objects;

namespace Engine.Bench.Micro;

/// <summary>What do a hit and an overwrite of a dirty block cost at the object cache, over a store that costs nothing?</summary>
[MemoryDiagnoser]
public class CacheBenchmark
{
    private const int BlockBytes = 4096;
    private const int ObjectBlocks = 1024;

    private BufferPool? _buffers;
    private ObjectCacher? _cacher;
    private ObjectSet? _set;
    private BufferHandle _buffer;
    private int _at;

    /// <summary>Blocks visited: 1 MiB stays in the processor's caches, 64 MiB does not.</summary>
    [Params(256, 16384)]
    public int Blocks { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _buffers = new BufferPool(new BufferPoolOptions { BlockCount = 1, PreTouchBytes = long.MaxValue });
        _buffers.TryRent(out _buffer);
        var settings = new CacheSettings
        {
            SizeBytes = 128L << 20,
            DirtyBytesMax = 128L << 20,
            DirtyBytesTarget = 128L << 20,
            DirtyAgeMax = TimeSpan.FromHours(1),
        };
        _cacher = new ObjectCacher(new NullStore(128L << 20), settings, new ObjectCacherOptions());
        _set = _cacher.CreateSet(new ObjectSetOptions { Prefix = "bench" });
        for (int block = 0; block < Blocks; block++)
        {
            if (!_cacher.TryWrite(_set, block / ObjectBlocks, (long)block % ObjectBlocks * BlockBytes, _buffers.Span(_buffer)))
                throw new InvalidOperationException("a cache with room refused a write");
        }
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _cacher?.Dispose();
        _buffers?.Dispose();
    }

    [Benchmark]
    public bool Hit()
    {
        int block = Next();
        return _cacher!.TryRead(
            _set!, block / ObjectBlocks, (long)block % ObjectBlocks * BlockBytes, _buffers!.Span(_buffer));
    }

    [Benchmark]
    public bool Overwrite()
    {
        int block = Next();
        return _cacher!.TryWrite(
            _set!, block / ObjectBlocks, (long)block % ObjectBlocks * BlockBytes, _buffers!.Span(_buffer));
    }

    private int Next() => _at = ((_at * 1_664_525) + 1_013_904_223) & int.MaxValue & (Blocks - 1);
}
