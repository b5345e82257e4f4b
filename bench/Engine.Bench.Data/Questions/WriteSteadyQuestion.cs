using Engine.Volumes;

namespace Engine.Bench.Data;

/// <summary>What does a random buffered write cost once the cache is full and writeback runs, over a store that costs
/// nothing?</summary>
internal sealed class WriteSteadyQuestion : IQuestion
{
    private const long ImageBytes = 256L << 20;
    private const long CacheBytes = 64L << 20;

    public string Name => "write-steady";

    public string Title => "4 KiB random buffered write over 256 MiB, cache of 64 MiB, writeback to a store that costs nothing";

    public void Ask(BenchRun run)
    {
        var pattern = new AccessPattern(ImageBytes);
        using var content = new AlignedBuffer(ImageBytes);
        using var source = new AlignedBuffer(AccessPattern.BlockBytes);
        using var file = new ScratchFile(content);
        var store = new NullStore(ImageBytes);
        using Volume volume = Volume.Open(store, store.Image, new VolumeOptions { CacheBytes = CacheBytes });
        Measurement[] results = Interleaver.Run(
            [
                new VolumeWrite(volume, pattern, source),
                new MemoryCopyWrite(content, pattern, source),
                new PageCacheWrite(file, pattern, source),
            ],
            run.Rounds);
        TimingRows.Add(run.Report, Name, results, ours: 1);
        run.Report.Note($"writeback issued {volume.Statistics().Cache?.BackendWrites} writes beside it, on the thread pool");
    }
}
