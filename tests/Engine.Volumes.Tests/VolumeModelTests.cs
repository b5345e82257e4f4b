using System.Buffers;
using Engine.Buffers;
using Engine.Objects;
using Engine.Testing.Cache;

namespace Engine.Volumes.Tests;

/// <summary>A volume against an array of bytes: random requests of any offset and length, one after another.</summary>
public sealed class VolumeModelTests
{
    private const int ImageBytes = 1 << 20;

    public static TheoryData<int, int, int, int> Layouts => new()
    {
        // alignment, stripe unit, stripe count, object size
        { 1, 64 << 10, 1, 64 << 10 },
        { 512, 64 << 10, 1, 64 << 10 },
        { 4096, 128 << 10, 1, 128 << 10 },
        { 512, 48 << 10, 1, 48 << 10 },
        { 512, 4 << 10, 3, 64 << 10 },
        { 4096, 16 << 10, 2, 32 << 10 },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public async Task RandomRequestsMatchTheModel_StoreCompletesInside(int alignment, int unit, int count, int objectSize)
    {
        ManualBackend store = new(TestImages.Capabilities(alignment)) { CompletesInside = true, KeepsHistory = false };
        await RunAsync(store, new FileLayout(unit, count, objectSize), seed: 11, requests: 600);
        store.AssertSound();
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public async Task RandomRequestsMatchTheModel_StoreHasThreads(int alignment, int unit, int count, int objectSize)
    {
        using ThreadedBackend store = new(TestImages.Capabilities(alignment), seed: 5);
        await RunAsync(store, new FileLayout(unit, count, objectSize), seed: 12, requests: 400);
    }

    private static async Task RunAsync(IObjectBackend store, FileLayout layout, int seed, int requests)
    {
        Random random = new(seed);
        byte[] model = new byte[ImageBytes];
        await using Volume volume = Volume.Open(store, TestImages.Make(ImageBytes, layout), TestImages.Direct);
        for (int i = 0; i < requests; i++)
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
        switch (random.Next(8))
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
            case 6:
                Assert.Equal(length, await volume.ReadAsync(offset, bytes));
                Assert.True(model.AsSpan(offset, length).SequenceEqual(bytes), $"async read {offset}~{length}");
                break;
            default:
                Assert.Equal(length, volume.Read(offset, bytes));
                Assert.True(model.AsSpan(offset, length).SequenceEqual(bytes), $"read {offset}~{length}");
                break;
        }
    }

    /// <summary>What a discarded range reads as is the store's choice: bytes outside must be as before, those inside are learnt.</summary>
    private static async Task DiscardAsync(Volume volume, byte[] model, int offset, int length)
    {
        await volume.DiscardAsync(offset, length);
        byte[] after = new byte[length];
        await volume.ReadAsync(offset, after);
        for (int i = 0; i < length; i++)
            Assert.True(after[i] == model[offset + i] || after[i] == 0, "a discarded byte is the old one or zero");
        after.CopyTo(model, offset);
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
