using Engine.Buffers;
using Engine.Devices;
using Engine.Stores;
using Engine.Testing;
using Engine.Testing.SystemSupport;
using Engine.Volumes;
using Xunit.Abstractions;

namespace Engine.System.Tests;

/// <summary>A device that runs out of space: a loop device over a sparse file in a tmpfs that is smaller.</summary>
public sealed class LoopNoSpaceTests(ITestOutputHelper output) : LoopSuite(output)
{
    private const int TmpfsMegabytes = 16;
    private const int BallastBytes = 8 * Mega;
    private const int PieceBytes = 256 << 10;
    private const int Pieces = 48;

    [Theory]
    [InlineData(DeviceEngine.IoUring)]
    [InlineData(DeviceEngine.Libaio)]
    [InlineData(DeviceEngine.Sync)]
    public async Task NoSpaceIsReportedAndNothingFlushedIsLost(DeviceEngine engine)
    {
        if (Skips(nameof(NoSpaceIsReportedAndNothingFlushedIsLost), nameof(LoopNoSpaceTests)))
            return;
        using var tmpfs = new TmpfsMount(TmpfsMegabytes);
        string ballast = Path.Combine(tmpfs.Folder, "ballast");
        File.WriteAllBytes(ballast, Pattern(1, BallastBytes));
        using var loop = new LoopDevice(32 * Mega, folder: tmpfs.Folder);
        using IBlockDevice? device = TryOpen(
            loop.Name, engine, nameof(NoSpaceIsReportedAndNothingFlushedIsLost), nameof(LoopNoSpaceTests));
        if (device is null)
            return;
        DeviceStore.Format(device, Format(loop.Name));
        using DeviceStore store = DeviceStore.Open(device);
        using var pools = new DiagnosticPools();
        var options = new VolumeOptions { CacheBytes = 16 * Mega };
        int written;
        await using (Volume volume = Volume.Open(store, store.Image, options.Over(pools)))
        {
            (written, int flushed) = await WriteUntilFull(volume);
            Assert.InRange(flushed, 4, Pieces - 1);
            CheckMedium(loop, store, flushed);
            CheckVolume(volume, written);
            File.Delete(ballast);
            await volume.FlushAsync();
            CheckMedium(loop, store, written);
            Output.WriteLine($"{device.Engine}: {flushed} of {written} pieces were flushed when the space ended");
        }

        await using Volume reopened = Volume.Open(store, store.Image, options.Over(pools));
        CheckVolume(reopened, written);
    }

    /// <summary>Writes and flushes piece by piece until ENOSPC; says how many were accepted and how many flushed.</summary>
    private static async Task<(int Written, int Flushed)> WriteUntilFull(Volume volume)
    {
        int written = 0;
        int flushed = 0;
        VolumeException? failure = null;
        while (failure is null && written < Pieces)
        {
            try
            {
                await volume.WriteAsync((long)written * PieceBytes, Pattern(100 + written, PieceBytes));
                written++;
                await volume.FlushAsync();
                flushed = written;
            }
            catch (VolumeException error)
            {
                failure = error;
            }
        }

        Assert.NotNull(failure);
        Assert.Equal(IoError.NoSpace, failure.Error);
        return (written, flushed);
    }

    private static void CheckMedium(LoopDevice loop, DeviceStore store, int pieces)
    {
        for (int piece = 0; piece < pieces; piece++)
        {
            byte[] found = loop.Read(store.DataOffset + ((long)piece * PieceBytes), PieceBytes);
            Assert.True(found.AsSpan().SequenceEqual(Pattern(100 + piece, PieceBytes)), $"piece {piece} on the medium");
        }
    }

    private static void CheckVolume(Volume volume, int pieces)
    {
        byte[] found = new byte[PieceBytes];
        for (int piece = 0; piece < pieces; piece++)
        {
            Assert.Equal(PieceBytes, volume.Read((long)piece * PieceBytes, found));
            Assert.True(found.AsSpan().SequenceEqual(Pattern(100 + piece, PieceBytes)), $"piece {piece} in the volume");
        }
    }

    private static byte[] Pattern(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new SeededRandom((ulong)seed).NextBytes(bytes);
        return bytes;
    }
}
