using Engine.Cache;
using Engine.Volumes;

namespace Engine.Bench.Data;

/// <summary>What does overwriting a block cost that is dirty already?</summary>
internal sealed class WriteHotQuestion : IQuestion
{
    private const long SetBytes = 1 << 20;

    public string Name => "write-hot";

    public string Title => "4 KiB buffered write over dirty blocks, hot set of 1 MiB";

    public void Ask(BenchRun run)
    {
        var pattern = new AccessPattern(SetBytes);
        using var content = new AlignedBuffer(SetBytes);
        using var source = new AlignedBuffer(AccessPattern.BlockBytes);
        using var file = new ScratchFile(content);
        using Volume volume = CacheFixture.OpenVolume(content, dirty: true);
        using ObjectCacher cacher = CacheFixture.OpenCacher(content, dirty: true, out ObjectSet set);
        Measurement[] results = Interleaver.Run(
            [
                new VolumeWrite(volume, pattern, source),
                new CacherWrite(cacher, set, pattern, source),
                new MemoryCopyWrite(content, pattern, source),
                new PageCacheWrite(file, pattern, source),
            ],
            run.Rounds);
        TimingRows.Add(run.Report, Name, results, ours: 2);
    }
}
