// What a design like the original's costs, in the same run and language: see SeedCache. Blocks that lie apart are its best case,
// since each is a piece of its own; neighbours become one piece of many slices, which a read walks and a write cuts.
//
// The miss has its own copy taken off as the others have. For the flush both caches have the same 65 536 dirty blocks, none
// beside another. Only ours calls a store (NullStore); the seed-like cache answers itself, behind its lock.

using System.Diagnostics;
using Engine.Cache;
using Engine.Objects;

namespace Engine.Bench.Data;

/// <summary>How much faster is the cache than one as the original is built?</summary>
internal sealed class SeedQuestion : IQuestion
{
    private const long HotBytes = 1 << 20;
    private const long MissBytes = 256L << 20;
    private const long MissCacheBytes = 64L << 20;
    private const int FlushBlocks = 65_536;

    public string Name => "seed";

    public string Title => "beside a seed-like cache: one lock, an ordered map, LRU, neighbours merged; the bare copy taken off";

    public void Ask(BenchRun run)
    {
        AskHit(run, stride: 1, "hit, one piece");
        AskHit(run, stride: 2, "hit, separate pieces");
        AskOverwrite(run);
        AskMiss(run);
        AskFlush(run);
    }

    private void AskHit(BenchRun run, int stride, string what)
    {
        var pattern = new AccessPattern(HotBytes);
        using var content = new AlignedBuffer(HotBytes);
        using var destination = new AlignedBuffer(AccessPattern.BlockBytes);
        using ObjectCacher cacher = CacheFixture.OpenCacher(content, dirty: false, out ObjectSet set);
        using var seed = new SeedCache(long.MaxValue);
        Fill(seed, content, stride);
        seed.Flush();
        Add(run, what, Interleaver.Run(
            [
                new CacherHit(cacher, set, pattern, destination),
                new SeedHit(seed, stride, pattern, destination),
                new MemoryCopyRead(content, pattern, destination),
            ],
            run.Rounds));
    }

    private void AskOverwrite(BenchRun run)
    {
        var pattern = new AccessPattern(HotBytes);
        using var content = new AlignedBuffer(HotBytes);
        using var source = new AlignedBuffer(AccessPattern.BlockBytes);
        using ObjectCacher cacher = CacheFixture.OpenCacher(content, dirty: true, out ObjectSet set);
        using var seed = new SeedCache(long.MaxValue);
        Fill(seed, content, stride: 2);
        Add(run, "overwrite, separate pieces", Interleaver.Run(
            [
                new CacherWrite(cacher, set, pattern, source),
                new SeedWrite(seed, 2, pattern, source),
                new MemoryCopyWrite(content, pattern, source),
            ],
            run.Rounds));
    }

    private void AskMiss(BenchRun run)
    {
        var pattern = new AccessPattern(MissBytes);
        using var content = new AlignedBuffer(MissBytes);
        using var destination = new AlignedBuffer(AccessPattern.BlockBytes);
        var settings = new CacheSettings { SizeBytes = MissCacheBytes };
        using ObjectCacher cacher = CacheFixture.OpenCacher(settings, MissBytes, out ObjectSet set);
        using var seed = new SeedCache(MissCacheBytes);
        Add(run, "miss with trim", Interleaver.Run(
            [
                new CacherMiss(cacher, set, pattern, destination),
                new SeedMiss(seed, pattern, destination),
                new MemoryCopyRead(content, pattern, destination),
            ],
            run.Rounds));
    }

    private void AskFlush(BenchRun run)
    {
        using var source = new AlignedBuffer(AccessPattern.BlockBytes);
        long bytes = 2L * FlushBlocks * AccessPattern.BlockBytes;
        CacheSettings settings = CacheFixture.NoWriteback(bytes);
        using ObjectCacher cacher = CacheFixture.OpenCacher(settings, bytes, out ObjectSet set);
        using var seed = new SeedCache(long.MaxValue);
        Measurement[] results = [new("ObjectCacher.FlushSet"), new("seed-like cache")];
        for (int round = 0; round < Math.Max(3, run.Rounds / 4); round++)
        {
            for (long block = 0; block < FlushBlocks; block++)
            {
                long offset = 2 * block * AccessPattern.BlockBytes;
                bool isTaken = cacher.TryWrite(
                    set, offset >> CacheFixture.ObjectShift, offset & CacheFixture.ObjectMask, source.Block(0));
                seed.Write(offset >> CacheFixture.ObjectShift, offset & CacheFixture.ObjectMask, source.Block(0));
                if (!isTaken && cacher.Write(set, Extents(offset), source.Block(0)).Failed)
                    throw new IOException("a cache with room refused a write");
            }

            Time(results[0], () => cacher.FlushSet(set).Error.Failed);
            Time(results[1], () =>
            {
                seed.Flush();
                return false;
            });
        }

        run.Report.Add(new Figure(
            $"{Name}: flush of {FlushBlocks} dirty blocks, each", results[0].Median, "ns", results[1].Name, results[1].Median,
            results[0].RatioTo(results[1])));
    }

    private static ExtentList Extents(long offset)
    {
        var extents = new ExtentList();
        Striper.Map(FileLayout.Simple(1 << CacheFixture.ObjectShift), offset, AccessPattern.BlockBytes, extents);
        return extents;
    }

    private static void Time(Measurement result, Func<bool> hasFailed)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        if (hasFailed())
            throw new IOException("the store that cannot fail failed");
        double each = Stopwatch.GetElapsedTime(start).TotalNanoseconds / FlushBlocks;
        result.Add([each], FlushBlocks, GC.GetAllocatedBytesForCurrentThread() - allocated);
    }

    private static void Fill(SeedCache seed, AlignedBuffer content, int stride)
    {
        for (long at = 0; at < content.Bytes; at += AccessPattern.BlockBytes)
        {
            long offset = at * stride;
            seed.Write(offset >> CacheFixture.ObjectShift, offset & CacheFixture.ObjectMask, content.Block(at));
        }
    }

    /// <summary>Ours, the seed-like cache's and the copy's times: the first two without the copy.</summary>
    private void Add(BenchRun run, string what, Measurement[] results)
    {
        (Measurement ours, Measurement seed, Measurement copy) = (results[0], results[1], results[2]);
        run.Report.Add(new Figure(
            $"{Name}: {what}, without the copy", ours.Median - copy.Median, "ns", seed.Name, seed.Median - copy.Median,
            ours.RatioTo(seed, copy)));
        run.Report.Add(new Figure($"{Name}: {what}{Goal.ManagedBytes}", Math.Round(ours.BytesPerOperation, 2), "B"));
        run.Report.Note(FormattableString.Invariant(
            $"{what}: {ours.Name} {ours.Median:0} ns, {seed.Name} {seed.Median:0} ns, {copy.Name} {copy.Median:0} ns"));
    }
}
