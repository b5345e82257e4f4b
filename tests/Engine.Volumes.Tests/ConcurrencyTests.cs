// Many callers at once, over a store whose completions come from the threads of a memory device.

using Engine.Devices;
using Engine.Objects;
using Engine.Stores;
using Engine.Testing;

namespace Engine.Volumes.Tests;

/// <summary>Many callers at once: neighbours in one block never lose each other's bytes, and closing meets requests under way.
/// </summary>
public sealed class ConcurrencyTests : IDisposable
{
    private const int ImageBytes = 1 << 20;
    private const int SlotBytes = 333;
    private const int Slots = 64;

    private static readonly int s_rounds = Nightly.Count(usual: 40, nightly: 800);

    private readonly DiagnosticPools _pools = new();

    public void Dispose() => _pools.Dispose();

    /// <summary>Each caller owns a slot that is aligned to nothing and checks it after each of its writes.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task NeighboursKeepTheirBytes(bool cached, bool inline)
    {
        using MemoryDevice device = new(8 << 20);
        ImageDescription image = DeviceStore.Format(
            device, new DeviceStoreFormatOptions { ObjectSize = 8 << 10, LengthBytes = ImageBytes });
        using DeviceStore store = DeviceStore.Open(device);
        VolumeOptions options = (cached ? TestImages.Cached : TestImages.Direct) with { InlineContinuations = inline };
        await using Volume volume = Volume.Open(store, image, options.Over(_pools));
        await Task.WhenAll(Enumerable.Range(0, Slots).Select(slot => WorkAsync(volume, slot)));
        byte[] all = new byte[Slots * SlotBytes];
        Assert.Equal(all.Length, await volume.ReadAsync(100, all));
        for (int slot = 0; slot < Slots; slot++)
            Assert.Equal(Content(slot, s_rounds - 1), all[(slot * SlotBytes)..((slot + 1) * SlotBytes)]);
    }

    /// <summary>Blocking callers on threads of their own, beside asynchronous ones.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BlockingCallersShareTheVolume(bool cached)
    {
        using MemoryDevice device = new(8 << 20);
        ImageDescription image = DeviceStore.Format(
            device, new DeviceStoreFormatOptions { ObjectSize = 8 << 10, LengthBytes = ImageBytes });
        using DeviceStore store = DeviceStore.Open(device);
        await using Volume volume = Volume.Open(store, image, (cached ? TestImages.Cached : TestImages.Direct).Over(_pools));
        List<Exception> failures = [];
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(slot => new Thread(() => Work(volume, slot, failures)))];
        foreach (Thread thread in threads)
            thread.Start();
        await Task.WhenAll(Enumerable.Range(4, 16).Select(slot => WorkAsync(volume, slot)));
        foreach (Thread thread in threads)
            thread.Join();
        Assert.Empty(failures);
    }

    /// <summary>A request that meets the close either completes or is refused; what completed before a flush is there.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ClosingMeetsRequestsUnderWay(bool cached)
    {
        for (int round = 0; round < 20; round++)
        {
            using DiagnosticPools pools = new();
            using MemoryDevice device = new(8 << 20);
            ImageDescription image = DeviceStore.Format(
                device, new DeviceStoreFormatOptions { ObjectSize = 64 << 10, LengthBytes = ImageBytes });
            using DeviceStore store = DeviceStore.Open(device);
            Volume volume = Volume.Open(store, image, (cached ? TestImages.Cached : TestImages.Direct).Over(pools));
            Task<int>[] writers = [.. Enumerable.Range(0, 8).Select(slot => WriteUntilClosedAsync(volume, slot))];
            await volume.FlushAsync();
            await volume.CloseAsync();
            int[] written = await Task.WhenAll(writers);
            Assert.Equal(0, store.Statistics().InFlight);

            await using Volume reopened = Volume.Open(store, image, TestImages.Direct.Over(pools));
            for (int slot = 0; slot < written.Length; slot++)
            {
                byte[] bytes = new byte[SlotBytes];
                await reopened.ReadAsync(slot * SlotBytes, bytes);
                Assert.True(bytes[0] >= written[slot], $"slot {slot}: {bytes[0]} is older than {written[slot]}");
            }
        }
    }

    private static async Task<int> WriteUntilClosedAsync(Volume volume, int slot)
    {
        int written = 0;
        try
        {
            for (int value = 1; value < 250; value++)
            {
                await volume.WriteAsync(slot * SlotBytes, TestImages.Filled(SlotBytes, (byte)value));
                written = value;
                await Task.Yield();
            }
        }
        catch (ObjectDisposedException)
        {
            return written;
        }

        return written;
    }

    private static async Task WorkAsync(Volume volume, int slot)
    {
        long offset = 100 + (slot * (long)SlotBytes);
        byte[] read = new byte[SlotBytes];
        for (int round = 0; round < s_rounds; round++)
        {
            byte[] content = Content(slot, round);
            await volume.WriteAsync(offset, content, round % 8 == 0 ? VolumeWriteFlags.Fua : VolumeWriteFlags.None);
            if (round % 16 == 5)
                await volume.FlushAsync();
            Assert.Equal(SlotBytes, await volume.ReadAsync(offset, read));
            Assert.Equal(content, read);
        }
    }

    private static void Work(Volume volume, int slot, List<Exception> failures)
    {
        try
        {
            long offset = 100 + (slot * (long)SlotBytes);
            byte[] read = new byte[SlotBytes];
            for (int round = 0; round < s_rounds; round++)
            {
                byte[] content = Content(slot, round);
                volume.Write(offset, content);
                Assert.Equal(SlotBytes, volume.Read(offset, read));
                Assert.Equal(content, read);
            }

            volume.Flush();
        }
        catch (Exception failure)
        {
            lock (failures)
                failures.Add(failure);
        }
    }

    private static byte[] Content(int slot, int round) => TestImages.Filled(SlotBytes, (byte)((slot * 7) + round + 1));
}
