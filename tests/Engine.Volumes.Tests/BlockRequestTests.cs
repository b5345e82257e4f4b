// Requests whose memory is blocks: which pieces of them the store gets as they lie, and which have to be copied.
//
// Most tests run over a store whose completions the test commands; what real alignment does is seen over a device in memory and
// over a file.

using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;
using Engine.Stores;
using Engine.Testing;
using Engine.Testing.Cache;

namespace Engine.Volumes.Tests;

/// <summary>Requests whose memory is blocks, on the uncached volume: which of them are transferred without a copy.</summary>
public sealed class BlockRequestTests : IDisposable
{
    private const int ImageBytes = 64 << 20;

    private readonly ManualBackend _store = new(TestImages.Capabilities(512, 1 << 20) with { SegmentsMax = 4 });
    private readonly DiagnosticPools _pools = new();
    private readonly BufferPool _pool;
    private readonly BufferPool _volumePool;
    private readonly Volume _volume;

    public BlockRequestTests()
    {
        _pool = _pools.Make(2048);
        _volumePool = _pools.Make(TestImages.Direct.PoolBlocksNeeded);
        _volume = Volume.Open(
            _store,
            TestImages.Make(ImageBytes, FileLayout.Simple(1 << 20)),
            TestImages.Direct with { Pool = _volumePool });
    }

    public void Dispose()
    {
        _store.CompletesInside = true;
        _volume.Dispose();
        _store.AssertSound();
        _pools.Dispose();
    }

    [Fact]
    public async Task AlignedRequest_MovesNoByteByHand()
    {
        using BufferList blocks = Blocks(2, 4096, fill: 7);
        long before = _pool.PayloadBytesCopied;
        Task write = _volume.WriteAsync(8192, blocks).AsTask();
        Assert.Equal(["write A 8K~8K"], _store.TakeIssued());
        Assert.Equal(0, _volumePool.RentedCount);
        _store.CompleteAll();
        await write;
        Assert.Equal(TestImages.Filled(8192, 7), _store.Store.Read(0, 8192, 8192));

        _store.Store.Write(0, 8192, TestImages.Filled(8192, 9));
        Task<int> read = _volume.ReadAsync(8192, blocks).AsTask();
        Assert.Equal(0, _volumePool.RentedCount);
        _store.CompleteAll();
        Assert.Equal(8192, await read);
        Assert.Equal(0, _volumePool.PayloadBytesCopied);
        Assert.Equal(TestImages.Filled(8192, 9), Bytes(blocks));
        Assert.Equal(before + 8192, _pool.PayloadBytesCopied);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public async Task SharedZeroesAreNotReadInto(int offset)
    {
        using Volume cached = Volume.Open(
            _store, _volume.Image, TestImages.Cached with { Pool = _pools.Make(TestImages.Cached.PoolBlocksNeeded) });
        _store.Store.Fill(0, 0, 8192, 7);
        using BufferList blocks = Blocks(1, 4096, fill: 1);
        blocks.AppendZeroes(4096);

        foreach (Volume volume in new[] { _volume, cached })
        {
            ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(
                () => volume.ReadAsync(offset, blocks).AsTask());
            Assert.Contains("a list with shared zeros cannot be read into", refused.Message, StringComparison.Ordinal);
        }

        Assert.Empty(_store.TakeIssued());
        Assert.False(_pool.Span(_pool.ZeroBlock).ContainsAnyExcept((byte)0));
        Task write = _volume.WriteAsync(0, blocks).AsTask();
        _store.CompleteAll();
        await write;
    }

    [Theory]
    [InlineData(8292, 4096, 0)]
    [InlineData(8192, 4000, 0)]
    [InlineData(8192, 512, 100)]
    public async Task UnalignedRequest_IsCopied(int offset, int segmentBytes, int segmentOffset)
    {
        using BufferList blocks = Blocks(2, segmentBytes, fill: 7, segmentOffset);
        int length = 2 * segmentBytes;
        _store.CompletesInside = true;
        await _volume.WriteAsync(offset, blocks);
        Assert.Equal(TestImages.Filled(length, 7), _store.Store.Read(0, offset, length));
        Assert.Equal(0, _store.Store.Read(0, offset - 1, 1)[0]);
        Assert.True(_volumePool.PayloadBytesCopied >= length);

        _store.Store.Write(0, offset, TestImages.Filled(length, 9));
        Assert.Equal(length, await _volume.ReadAsync(offset, blocks));
        Assert.Equal(TestImages.Filled(length, 9), Bytes(blocks));
    }

    /// <summary>A request is cut into an unaligned head and an aligned rest, which begins inside a block: none of it may reach
    /// the device from where it lies.</summary>
    [Fact]
    public async Task PiecesThatBeginInsideABlockAreCopied()
    {
        ManualBackend store = new(TestImages.Capabilities(512, 1 << 20) with { SegmentsMax = 1024 }) { CompletesInside = true };
        await using (Volume volume = Volume.Open(
            store, TestImages.Make(ImageBytes, FileLayout.Simple(1 << 20)), TestImages.Direct.Over(_pools)))
            await WriteAndReadUnaligned(volume);
        store.AssertSound();
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public async Task PiecesThatBeginInsideABlockAreCopied_DeviceStore(int logicalBlock)
    {
        using MemoryDevice device = new(16 << 20, logicalBlock);
        await WriteAndReadUnaligned(device);
    }

    [Fact]
    public async Task PiecesThatBeginInsideABlockAreCopied_File()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("engine-volumes-");
        try
        {
            string path = Path.Combine(folder.FullName, "volume");
            BlockDevice.CreateFile(path, 16 << 20);
            using IBlockDevice device = BlockDevice.Open(path);
            await WriteAndReadUnaligned(device);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task ListLongerThanARequestIsRefused()
    {
        using DiagnosticPool wide = new(1, blockBytes: 2 << 20);
        using BufferList blocks = BufferList.Rent(wide.Pool);
        for (int i = 0; i < 1024; i++)
            blocks.Append(wide.Pool.ZeroBlock, 0, wide.Pool.BlockBytes);
        ArgumentOutOfRangeException refused = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await _volume.ReadAsync(0, blocks));
        Assert.StartsWith(
            "volume 'test': 2147483648 bytes are more than one request may have, 2147483647",
            refused.Message,
            StringComparison.Ordinal);
        Assert.Equal("destination", refused.ParamName);
        refused = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await _volume.WriteAsync(0, blocks));
        Assert.Equal("source", refused.ParamName);
    }

    [Fact]
    public async Task MoreSegmentsThanTheStoreTakes_AreCopied()
    {
        using BufferList blocks = Blocks(5, 512, fill: 7);
        _store.CompletesInside = true;
        await _volume.WriteAsync(0, blocks);
        Assert.Equal(TestImages.Filled(5 * 512, 7), _store.Store.Read(0, 0, 5 * 512));
        Assert.Equal(5 * 512, _volumePool.PayloadBytesCopied);
    }

    [Fact]
    public async Task RequestOverObjects_SharesTheBlocks()
    {
        using BufferList blocks = Blocks(2, 4096, fill: 7);
        long position = (1 << 20) - 4096;
        Task write = _volume.WriteAsync(position, blocks).AsTask();
        Assert.Equal(["write A 1020K~4K", "write B 0~4K"], _store.TakeIssued());
        _store.CompleteAll();
        await write;
        Assert.Equal(0, _volumePool.PayloadBytesCopied);
        Task<int> read = _volume.ReadAsync(position, blocks).AsTask();
        _store.CompleteAll();
        Assert.Equal(8192, await read);
        Assert.Equal(TestImages.Filled(8192, 7), Bytes(blocks));
    }

    [Fact]
    public async Task ReadAtTheEnd_IsCutAndLeavesTheRest()
    {
        using BufferList blocks = Blocks(2, 4096, fill: 7);
        _store.CompletesInside = true;
        _store.Store.Write(63, (1 << 20) - 4096, TestImages.Filled(4096, 9));
        Assert.Equal(4096, await _volume.ReadAsync(ImageBytes - 4096, blocks));
        Assert.Equal([.. TestImages.Filled(4096, 9), .. TestImages.Filled(4096, 7)], Bytes(blocks));
        Assert.Equal(0, await _volume.ReadAsync(ImageBytes, blocks));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await _volume.WriteAsync(ImageBytes - 4096, blocks));
    }

    [Fact]
    public async Task WhatTheStoreDoesNotHave_IsZeros()
    {
        using BufferList blocks = Blocks(2, 4096, fill: 7);
        Task<int> read = _volume.ReadAsync(0, blocks).AsTask();
        _store.Complete(_store.Only(), IoError.NoEntry);
        Assert.Equal(8192, await read);
        Assert.Equal(new byte[8192], Bytes(blocks));
    }

    [Fact]
    public async Task FailureLeavesTheBlocksWithTheCaller()
    {
        BufferList blocks = Blocks(2, 4096, fill: 7);
        Task write = _volume.WriteAsync((1 << 20) - 4096, blocks).AsTask();
        _store.Complete(_store.PendingAt(0), IoError.Io);
        _store.CompleteAll();
        VolumeException failure = await Assert.ThrowsAsync<VolumeException>(async () => await write);
        Assert.Equal(IoError.Io, failure.Error);
        blocks.Dispose();
        Assert.Equal(0, _pool.RentedCount);
    }

    [Fact]
    public async Task TransfersOfBlocksAreBoundedInNumberToo()
    {
        InstantStore store = new(512) { Holds = true };
        await using Volume volume = Volume.Open(
            store, TestImages.Make(ImageBytes, FileLayout.Simple(1 << 20)), TestImages.Direct.Over(_pools));
        using BufferList blocks = Blocks(1, 512, fill: 1);
        Task[] writes = [.. Enumerable.Range(0, 1500).Select(i => volume.WriteAsync(i * 512, blocks).AsTask())];
        Assert.Equal(BlockGate.PiecesMax, store.HeldCount);
        store.CompleteHeld();
        await Task.WhenAll(writes);
        Assert.Equal(writes.Length, store.Writes);
        store.Holds = false;
    }

    private async Task WriteAndReadUnaligned(IBlockDevice device)
    {
        DeviceStore.Format(device, new DeviceStoreFormatOptions { ObjectSize = 1 << 20 });
        using DeviceStore store = DeviceStore.Open(device);
        await using Volume volume = Volume.Open(store, store.Image, TestImages.Direct.Over(_pools));
        await WriteAndReadUnaligned(volume);
        Assert.Equal(0, store.Statistics().Failures);
    }

    /// <summary>Whole blocks at an offset that no block has: within one object, and over whole ones.</summary>
    private async Task WriteAndReadUnaligned(Volume volume)
    {
        foreach (int count in (int[])[64, 768])
        {
            using BufferList blocks = Blocks(count, 4096, fill: 0);
            byte[] content = new byte[count * 4096];
            new SeededRandom((ulong)count).NextBytes(content);
            blocks.CopyFrom(0, content);
            await volume.WriteAsync(100, blocks);
            byte[] found = new byte[content.Length];
            Assert.Equal(found.Length, await volume.ReadAsync(100, found));
            Assert.Equal(content, found);

            blocks.CopyFrom(0, new byte[content.Length]);
            Assert.Equal(content.Length, await volume.ReadAsync(100, blocks));
            Assert.Equal(content, Bytes(blocks));
        }
    }

    private static byte[] Bytes(BufferList blocks)
    {
        byte[] bytes = new byte[blocks.Length];
        blocks.CopyTo(0, bytes);
        return bytes;
    }

    private BufferList Blocks(int count, int segmentBytes, byte fill, int segmentOffset = 0)
    {
        BufferList blocks = BufferList.Rent(_pool);
        for (int i = 0; i < count; i++)
        {
            Assert.True(_pool.TryRent(out BufferHandle handle));
            blocks.AppendOwned(handle, segmentOffset, segmentBytes);
        }

        blocks.CopyFrom(0, TestImages.Filled(count * segmentBytes, fill));
        return blocks;
    }
}
