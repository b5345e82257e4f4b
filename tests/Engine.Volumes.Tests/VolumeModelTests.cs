// Model tests: random requests of any offset and length, one after another, against an array of bytes; over several stores,
// alignments and layouts, with and without a cache, on a pool that finds leaks and use after return. A failure names its
// request; the seeds are fixed.

using System.Buffers;
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;
using Engine.Stores;
using Engine.Testing;
using Engine.Testing.Cache;

namespace Engine.Volumes.Tests;

/// <summary>A volume against an array of bytes: random requests of any offset and length, one after another.</summary>
public sealed class VolumeModelTests
{
    private const int ImageBytes = 1 << 20;

    public static TheoryData<bool, int, int, int, int> Layouts
    {
        get
        {
            TheoryData<bool, int, int, int, int> data = [];
            foreach (bool cached in new[] { false, true })
            {
                // cached, alignment, stripe unit, stripe count, object size
                data.Add(cached, 1, 64 << 10, 1, 64 << 10);
                data.Add(cached, 512, 64 << 10, 1, 64 << 10);
                data.Add(cached, 4096, 128 << 10, 1, 128 << 10);
                data.Add(cached, 512, 48 << 10, 1, 48 << 10);
                data.Add(cached, 512, 4 << 10, 3, 64 << 10);
                data.Add(cached, 4096, 16 << 10, 2, 32 << 10);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public async Task RandomRequestsMatchTheModel_StoreCompletesInside(
        bool cached, int alignment, int unit, int count, int objectSize)
    {
        ManualBackend store = new(TestImages.Capabilities(alignment)) { CompletesInside = true, KeepsHistory = false };
        await RunAsync(store, TestImages.Make(ImageBytes, new FileLayout(unit, count, objectSize)), cached, seed: 11);
        store.AssertSound();
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public async Task RandomRequestsMatchTheModel_StoreHasThreads(bool cached, int alignment, int unit, int count, int objectSize)
    {
        using ThreadedBackend store = new(TestImages.Capabilities(alignment), seed: 5);
        await RunAsync(store, TestImages.Make(ImageBytes, new FileLayout(unit, count, objectSize)), cached, seed: 12);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RandomRequestsMatchTheModel_MemoryStore(bool cached)
    {
        using MemoryStore store = new();
        await RunAsync(store, TestImages.Make(ImageBytes, FileLayout.Simple(256 << 10)), cached, seed: 13);
    }

    [Theory]
    [InlineData(false, 512)]
    [InlineData(false, 4096)]
    [InlineData(true, 512)]
    [InlineData(true, 4096)]
    public async Task RandomRequestsMatchTheModel_DeviceStore(bool cached, int logicalBlock)
    {
        using MemoryDevice device = new(8 << 20, logicalBlock);
        DeviceStoreFormatOptions format = new() { ObjectSize = 64 << 10, LengthBytes = ImageBytes };
        ImageDescription image = DeviceStore.Format(device, format);
        using DeviceStore store = DeviceStore.Open(device);
        await RunAsync(store, image, cached, seed: 14);
        Assert.Equal(0, store.Statistics().InFlight);
    }

    private static async Task RunAsync(IObjectBackend store, ImageDescription image, bool cached, int seed)
    {
        VolumeOptions options = cached ? TestImages.Cached : TestImages.Direct;
        using DiagnosticPool pool = new(options.PoolBlocksNeeded + 64, quarantineBlocks: 32, stackEvery: 64);
        options = options with { Pool = pool.Pool };
        Random random = new(seed);
        byte[] model = new byte[ImageBytes];
        await using (Volume volume = Volume.Open(store, image, options))
        {
            Assert.Equal(ImageBytes, volume.Length);
            for (int i = 0; i < Nightly.Count(usual: 400, nightly: 8000); i++)
            {
                int offset = random.Next(ImageBytes);
                int length = Math.Min(ImageBytes - offset, LengthOf(random));
                if (random.Next(2) == 0)
                {
                    offset &= -4096;
                    length = (length + 4095) & -4096;
                }

                await StepAsync(volume, model, random, offset, length);
            }

            await ExpectAsync(volume, model);
        }

        pool.AssertClean();
        await using (Volume reopened = Volume.Open(store, image, options))
            await ExpectAsync(reopened, model);
        pool.AssertClean();
    }

    private static async Task ExpectAsync(Volume volume, byte[] model)
    {
        byte[] all = new byte[ImageBytes];
        Assert.Equal(ImageBytes, await volume.ReadAsync(0, all));
        Assert.True(model.AsSpan().SequenceEqual(all), "the whole image");
    }

    private static int LengthOf(Random random) => random.Next(4) switch
    {
        0 => random.Next(1, 700),
        1 => random.Next(1, 9000),
        2 => random.Next(1, 70_000),
        _ => random.Next(1, 300_000),
    };

    private static async Task StepAsync(Volume volume, byte[] model, Random random, int offset, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        switch (random.Next(11))
        {
            case 0:
                volume.Write(offset, bytes);
                bytes.CopyTo(model, offset);
                break;
            case 1:
                await volume.WriteAsync(offset, bytes.AsMemory(), VolumeWriteFlags.Fua);
                bytes.CopyTo(model, offset);
                break;
            case 2:
                await volume.WriteAsync(offset, Scatter(bytes, random));
                bytes.CopyTo(model, offset);
                break;
            case 3:
                await volume.WriteZeroesAsync(offset, length);
                model.AsSpan(offset, length).Clear();
                break;
            case 4:
                await DiscardAsync(volume, model, offset, length);
                break;
            case 5:
                await volume.FlushAsync();
                break;
            case 9:
                await WriteBlocksAsync(volume, random, offset, bytes);
                bytes.CopyTo(model, offset);
                break;
            case 10:
                await ReadBlocksAsync(volume, model, random, offset, length);
                break;
            case 6:
                Assert.Equal(length, await volume.ReadAsync(offset, bytes));
                Assert.True(model.AsSpan(offset, length).SequenceEqual(bytes), $"async read {offset}~{length}");
                break;
            case 7:
                if (volume.TryRead(offset, bytes))
                    Assert.True(model.AsSpan(offset, length).SequenceEqual(bytes), $"try read {offset}~{length}");
                break;
            default:
                Assert.Equal(length, volume.Read(offset, bytes));
                Assert.True(model.AsSpan(offset, length).SequenceEqual(bytes), $"read {offset}~{length}");
                break;
        }
    }

    /// <summary>What a discarded range reads as is the store's choice: bytes outside must be as before, those inside are
    /// learnt.</summary>
    private static async Task DiscardAsync(Volume volume, byte[] model, int offset, int length)
    {
        await volume.DiscardAsync(offset, length);
        byte[] after = new byte[length];
        await volume.ReadAsync(offset, after);
        for (int i = 0; i < length; i++)
            Assert.True(after[i] == model[offset + i] || after[i] == 0, "a discarded byte is the old one or zero");
        after.CopyTo(model, offset);
    }

    private static async Task WriteBlocksAsync(Volume volume, Random random, int offset, byte[] bytes)
    {
        using BufferPool pool = PoolFor(bytes.Length);
        using BufferList blocks = Blocks(pool, random, bytes.Length);
        blocks.CopyFrom(0, bytes);
        await volume.WriteAsync(offset, blocks);
        Assert.Equal(Crc32C.Append(0, bytes), blocks.Crc32C());
    }

    private static async Task ReadBlocksAsync(Volume volume, byte[] model, Random random, int offset, int length)
    {
        using BufferPool pool = PoolFor(length);
        using BufferList blocks = Blocks(pool, random, length);
        _ = blocks.Crc32C();
        Assert.Equal(length, await volume.ReadAsync(offset, blocks));
        byte[] bytes = new byte[length];
        blocks.CopyTo(0, bytes);
        Assert.True(model.AsSpan(offset, length).SequenceEqual(bytes), $"read of blocks {offset}~{length}");
        Assert.Equal(Crc32C.Append(0, bytes), blocks.Crc32C());
    }

    private static BufferPool PoolFor(int length) => new(new BufferPoolOptions { BlockCount = (length / 512) + 4 });

    /// <summary>Segments of a size of their own: whole blocks, sectors, or odd ones that no device can take.</summary>
    private static BufferList Blocks(BufferPool pool, Random random, int length)
    {
        int unit = random.Next(3) switch { 0 => pool.BlockBytes, 1 => 512, _ => 1000 };
        BufferList blocks = BufferList.Rent(pool);
        while (length > 0)
        {
            Assert.True(pool.TryRent(out BufferHandle handle));
            int part = Math.Min(length, unit);
            blocks.AppendOwned(handle, 0, part);
            length -= part;
        }

        return blocks;
    }

    internal static ReadOnlySequence<byte> Scatter(byte[] bytes, Random random)
    {
        int cut = random.Next(bytes.Length + 1);
        Segment first = new(bytes.AsMemory(0, cut), 0);
        Segment last = new(bytes.AsMemory(cut), cut);
        first.Link(last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex)
        {
            Memory = memory;
            RunningIndex = runningIndex;
        }

        public void Link(Segment next) => Next = next;
    }
}
