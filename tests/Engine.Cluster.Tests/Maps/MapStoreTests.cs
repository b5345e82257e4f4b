using Engine.Buffers;
using Engine.Metadata;
using Engine.Objects;
using Engine.Stores;

namespace Engine.Cluster.Tests;

/// <summary>The cluster map as an object.</summary>
public sealed class MapStoreTests : IDisposable
{
    private static readonly ObjectTarget s_target = new(new ObjectKey(0, "", "", MapStore.ObjectName), 0);
    private readonly MemoryStore _objects = new();

    public void Dispose() => _objects.Dispose();

    [Fact]
    public void WhatIsStored_IsLoaded_AndTheNewerOneReplacesIt()
    {
        var store = new MapStore(_objects);
        Assert.Equal(IoError.None, store.TryLoad(out ClusterMap map));
        Assert.Equal(0UL, map.Epoch);
        Assert.Equal(IoError.None, store.Store(Sample(7, 40)));
        Assert.Equal(IoError.None, store.Store(Sample(8, 3)));
        Assert.Equal(IoError.None, new MapStore(_objects).TryLoad(out map));
        Assert.Equal(8UL, map.Epoch);
        Assert.Equal(Sample(8, 3).Ranks, map.Ranks);
    }

    /// <summary>Every byte, every bit, and every length.</summary>
    [Fact]
    public void WhatIsDamaged_IsNoMap()
    {
        var store = new MapStore(_objects);
        Assert.Equal(IoError.None, store.Store(Sample(7, 3)));
        byte[] good = Read();
        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            Write(bad);
            Assert.Equal(IoError.Damaged, store.TryLoad(out ClusterMap map));
            Assert.Equal(0UL, map.Epoch);
        }

        for (int length = 1; length < good.Length; length++)
        {
            Write(good[..length]);
            Assert.Equal(IoError.Damaged, store.TryLoad(out _));
        }

        Write(good);
        Assert.Equal(IoError.None, store.TryLoad(out ClusterMap again));
        Assert.Equal(7UL, again.Epoch);
    }

    private static ClusterMap Sample(ulong epoch, int ranks) => new(
        epoch,
        [.. Enumerable.Range(0, ranks).Select(i => new ClusterRank(ClusterRankState.Active, (ulong)i + 1, $"127.0.0.1:{i}", 3))]);

    private byte[] Read()
    {
        long size = BlockingIo.Run(submission => _objects.Stat(s_target, submission)).Bytes;
        using BufferPool pool = NewPool();
        using BufferList list = BufferList.Rent(pool);
        Assert.True(pool.TryRent(out BufferHandle block));
        list.AppendOwned(block, 0, (int)size);
        Assert.Equal(size, BlockingIo.Run(submission =>
            _objects.Read(new ObjectRead(s_target, 0, (int)size), list, submission)).Bytes);
        byte[] bytes = new byte[size];
        list.CopyTo(0, bytes);
        return bytes;
    }

    private void Write(byte[] bytes)
    {
        using BufferPool pool = NewPool();
        using BufferList list = BufferList.Rent(pool);
        Assert.True(list.TryAppendCopy(bytes));
        ObjectWrite write = new(s_target, 0, bytes.Length) { Replaces = true };
        Assert.Equal(IoError.None, BlockingIo.Run(submission => _objects.Write(write, list, submission)).Error);
    }

    private static BufferPool NewPool() => new(new BufferPoolOptions { BlockBytes = 1 << 16, BlockCount = 1, HugePages = false });
}
