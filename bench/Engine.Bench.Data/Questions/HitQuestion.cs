using Engine.Cache;
using Engine.Volumes;

namespace Engine.Bench.Data;

/// <summary>What does a 4 KiB read hit cost, copied out, beside a bare copy, the page cache and MemoryCache?</summary>
internal sealed class HitQuestion(string name, string title, long bytes, bool isHot) : IQuestion
{
    public string Name => name;

    public string Title => title;

    public void Ask(BenchRun run)
    {
        var pattern = new AccessPattern(bytes);
        using var content = new AlignedBuffer(bytes);
        using var destination = new AlignedBuffer(AccessPattern.BlockBytes);
        using var file = new ScratchFile(content);
        using Volume volume = CacheFixture.OpenVolume(content, dirty: false);
        using ObjectCacher cacher = CacheFixture.OpenCacher(content, dirty: false, out ObjectSet set);
        using var memoryCache = new MemoryCacheRead(content, pattern, destination);
        Measurement[] results = Interleaver.Run(
            [
                new VolumeHit(volume, pattern, destination),
                new CacherHit(cacher, set, pattern, destination),
                new MemoryCopyRead(content, pattern, destination),
                new PageCacheRead(file, pattern, destination),
                memoryCache,
            ],
            run.Rounds);
        if (isHot)
            AddGoals(run.Report, results[0], results[3]);
        TimingRows.Add(run.Report, Name, results, ours: 2, skip: isHot ? (0, 3) : null);
    }

    /// <summary>The two rows with a goal come first.</summary>
    private void AddGoals(Report report, Measurement volume, Measurement pageCache)
    {
        var alone = new Figure($"{Name}: {volume.Name}", volume.Median, "ns");
        report.Add(alone);
        report.Add(alone with
        {
            Peer = pageCache.Name,
            PeerValue = pageCache.Median,
            Ratio = volume.RatioTo(pageCache),
        });
    }
}
