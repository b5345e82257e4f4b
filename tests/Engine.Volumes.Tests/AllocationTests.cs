// Allocation gates. Each gate warms a round up, then counts what the thread allocates over many rounds; the store answers on
// the same thread, inside the call or when the round says so, so that nothing hides on another one. The pools are plain ones: the
// diagnostic pool's books allocate. What is left rented is counted instead.

using Engine.Buffers;
using Engine.Objects;
using Engine.Testing;

namespace Engine.Volumes.Tests;

/// <summary>Gates: in the steady state no request allocates managed memory. They run alone, since the process's pool of buffer
/// lists is one for all tests.</summary>
[Collection(nameof(AloneCollection))]
public sealed class AllocationTests : IDisposable
{
    private const int Depth = 32;
    private const int Rounds = 200;

    private readonly InstantStore _store = new(512);
    private readonly byte[] _bytes = new byte[4096];
    private readonly ValueTask<int>[] _reads = new ValueTask<int>[Depth];
    private readonly ValueTask[] _writes = new ValueTask[Depth];
    private readonly List<BufferPool> _pools = [];

    public void Dispose()
    {
        foreach (BufferPool pool in _pools)
        {
            Assert.Equal(0, pool.RentedCount);
            pool.Dispose();
        }
    }

    [Fact]
    public async Task HitReadAndBufferedWrite()
    {
        await using Volume volume = Open(cached: true);
        volume.Write(0, new byte[64 << 10]);
        Gate("hit read", () => volume.Read(4096, _bytes));
        Gate("unaligned hit read", () => volume.Read(1001, _bytes));
        Gate("try read", () => volume.TryRead(4096, _bytes));
        Gate("hit read over objects", () => volume.Read((1 << 20) - 100, _bytes), () => volume.Write((1 << 20) - 100, _bytes));
        Gate("asynchronous hit read", () => Take(volume.ReadAsync(4096, _bytes)));
        Gate("buffered write", () => volume.Write(8192, _bytes));
        Gate("buffered write over objects", () => volume.Write((1 << 20) - 100, _bytes));
        Gate("asynchronous buffered write", () => Take(volume.WriteAsync(8192, _bytes)));
    }

    [Fact]
    public async Task CachedMissAtDepth()
    {
        await using Volume volume = Open(cached: true);
        int at = 0;
        Gate("cached miss", () =>
        {
            _store.Holds = true;
            for (int i = 0; i < Depth; i++)
            {
                at = (at + 8192) & ((1 << 20) - 1);
                Park(i, volume.ReadAsync(at, _bytes));
            }

            Release();
        });
        Assert.True(_store.Reads > Depth * Rounds / 2, "the reads were misses");
    }

    [Fact]
    public async Task UncachedReadAndWriteAtDepth()
    {
        await using Volume volume = Open(cached: false);
        Gate("uncached read", () =>
        {
            _store.Holds = true;
            for (int i = 0; i < Depth; i++)
                Park(i, volume.ReadAsync(i * 4096, _bytes));
            Release();
        });
        Gate("uncached write", () =>
        {
            _store.Holds = true;
            for (int i = 0; i < Depth; i++)
                Park(i, volume.WriteAsync(i * 4096, _bytes));
            Release();
        });
        Gate("uncached unaligned write, all overlapping", () =>
        {
            _store.Holds = true;
            for (int i = 0; i < Depth; i++)
                Park(i, volume.WriteAsync(100, _bytes));
            Release();
        });
    }

    [Fact]
    public async Task BlocksAtDepth()
    {
        await using Volume cached = Open(cached: true);
        await using Volume uncached = Open(cached: false);
        using BufferPool pool = new(new BufferPoolOptions { BlockCount = 2 });
        using BufferList blocks = BufferList.Rent(pool);
        Assert.True(blocks.TryAppendCopy(_bytes));
        await cached.WriteAsync(0, blocks);
        Gate("cached write and read of blocks", () =>
        {
            Take(cached.WriteAsync(0, blocks));
            Take(cached.ReadAsync(0, blocks));
        });
        Gate("uncached read of blocks", () =>
        {
            _store.Holds = true;
            for (int i = 0; i < Depth; i++)
                Park(i, uncached.ReadAsync(i * 4096, blocks));
            Release();
        });
        Gate("uncached write of blocks", () =>
        {
            _store.Holds = true;
            for (int i = 0; i < Depth; i++)
                Park(i, uncached.WriteAsync(i * 4096, blocks));
            Release();
        });
    }

    [Fact]
    public async Task CachedMissOfBlocksAtDepth()
    {
        await using Volume volume = Open(cached: true, inline: true);
        using BufferPool pool = new(new BufferPoolOptions { BlockCount = 2 });
        using BufferList blocks = BufferList.Rent(pool);
        Assert.True(blocks.TryAppendCopy(_bytes));
        Assert.True(blocks.TryAppendCopy(_bytes));
        int at = 0;
        Gate("cached miss of blocks", () =>
        {
            _store.Holds = true;
            for (int i = 0; i < Depth; i++)
            {
                at = (at + 16384) & ((1 << 20) - 1);
                Park(i, volume.ReadAsync(at, blocks));
            }

            Release();
        });
        Assert.True(_store.Reads > Depth * Rounds, "both segments of the reads were misses");
    }

    [Fact]
    public async Task UncachedBlocking()
    {
        await using Volume volume = Open(cached: false);
        Gate("uncached blocking read", () => volume.Read(4096, _bytes));
        Assert.True(_store.CallerWaited);
        Gate("uncached blocking write", () => volume.Write(4096, _bytes));
        Assert.True(_store.CallerWaited);
        Gate("uncached blocking unaligned write", () => volume.Write(1000, _bytes));
        Gate("uncached flush", volume.Flush);
        Gate("uncached asynchronous read, done at once", () => Take(volume.ReadAsync(0, _bytes)));
    }

    [Fact]
    public async Task Streams()
    {
        await using Volume volume = Open(cached: true);
        volume.Write(0, new byte[64 << 10]);
        using Stream stream = volume.AsStream();
        Gate("stream", () =>
        {
            stream.Position = 0;
            stream.ReadExactly(_bytes);
            stream.Write(_bytes);
            Take(stream.ReadAsync(_bytes.AsMemory()));
            Take(stream.WriteAsync(_bytes.AsMemory()));
        });
    }

    private static void Gate(string what, Action round, Action? before = null)
    {
        before?.Invoke();
        for (int i = 0; i < 50; i++)
            round();
        long allocated = AllocationGate.LeastBytes(() =>
        {
            for (int i = 0; i < Rounds; i++)
                round();
        });
        Assert.True(allocated == 0, $"{what}: {allocated} bytes in {Rounds} rounds");
    }

    private static int Take(in ValueTask<int> done)
    {
        Assert.True(done.IsCompletedSuccessfully);
        return done.GetAwaiter().GetResult();
    }

    private static void Take(in ValueTask done)
    {
        Assert.True(done.IsCompletedSuccessfully);
        done.GetAwaiter().GetResult();
    }

    private void Park(int slot, in ValueTask<int> read) => _reads[slot] = read;

    private void Park(int slot, in ValueTask write) => _writes[slot] = write;

    /// <summary>Answers what the store holds, and what that lets go, then takes the results.</summary>
    private void Release()
    {
        _store.CompleteHeld();
        _store.Holds = false;
        for (int i = 0; i < Depth; i++)
        {
            Take(_reads[i]);
            Take(_writes[i]);
            _reads[i] = default;
            _writes[i] = default;
        }
    }

    private Volume Open(bool cached, bool inline = false)
    {
        VolumeOptions options = (cached ? TestImages.Cached : TestImages.Direct) with
        {
            DirtyAgeMax = TimeSpan.FromHours(1),
            InlineContinuations = inline,
        };
        BufferPool pool = new(new BufferPoolOptions { BlockCount = options.PoolBlocksNeeded });
        _pools.Add(pool);
        return Volume.Open(_store, TestImages.Make(16 << 20, FileLayout.Simple(1 << 20)), options with { Pool = pool });
    }
}
