// A policy alone knows blocks and nothing else. The cache has besides data that is dirty and may not go, what a store has not
// flushed, its own sequential cut-off, and the policy's memory within its size. Everything runs on one thread and by no clock, so
// that a second run gives the same figures.

using System.IO.Pipelines;
using Engine.Cache;
using Engine.Objects;
using Engine.Testing.SystemSupport;

namespace Engine.Bench.Data;

/// <summary>How many blocks of a recorded trace does a cache of some share of its footprint have when they are asked
/// for?</summary>
internal sealed class TraceQuestion : IQuestion
{
    private static readonly int[] s_percents = [1, 5, 10, 25, 50];

    public string Name => "trace";

    public string Title => "hit ratio on a recorded block trace, reads and writes, by block of 4 KiB";

    public string Method =>
        "The policy alone, and the cache as a whole: 4 KiB blocks, the caches as large as so much of what the trace touches. "
        + "Belady's limit is that of a policy that knows the future.";

    public void Ask(BenchRun run)
    {
        if (RecordedTrace.Find() is not { } path)
        {
            run.Report.Note("skipped: the recorded trace is not at hand; name it in ENGINE_TRACE");
            return;
        }

        BlockTrace trace = BlockTrace.Load(path);
        run.Report.Note(FormattableString.Invariant(
            $"the trace: {trace.Accesses.Length} accesses to {trace.Footprint} blocks, {trace.Footprint >> 8} MiB"));
        foreach (int percent in s_percents)
            Ask(run, trace, percent);
    }

    private void Ask(BenchRun run, BlockTrace trace, int percent)
    {
        int blocks = (int)((long)trace.Footprint * percent / 100);
        double lru = Alone(trace, EvictionPolicy.Lru, blocks);
        double s3Fifo = Alone(trace, EvictionPolicy.S3Fifo, blocks);
        double limit = Percent(BeladyLimit.Hits(trace.Accesses, blocks), trace);
        double whole = Whole(trace, EvictionPolicy.S3Fifo, blocks);
        string what = $"{Name}: {percent} % of the footprint";
        Add($"{what}, S3-FIFO alone", s3Fifo, Goal.ReferencePolicy, lru);
        Add($"{what}, S3-FIFO alone", s3Fifo, "Belady's limit", limit);
        Add($"{what}, ObjectCacher", whole, "S3-FIFO alone", s3Fifo);
        Add($"{what}, ObjectCacher", whole, "ObjectCacher with LRU", Whole(trace, EvictionPolicy.Lru, blocks));

        void Add(string question, double value, string peer, double peerValue) =>
            run.Report.Add(new Figure(question, value, "%", peer, peerValue, value / peerValue));
    }

    private static double Alone(BlockTrace trace, EvictionPolicy policy, int blocks)
    {
        using var trial = new EvictionTrial(policy, blocks);
        foreach (long block in trace.Accesses)
            trial.Access(block);
        return Percent(trial.Hits, trace);
    }

    private static double Whole(BlockTrace trace, EvictionPolicy policy, int blocks)
    {
        long size = (long)blocks * CacheSettings.BlockBytes;
        var settings = new CacheSettings
        {
            SizeBytes = size,
            DirtyBytesMax = size / 2,
            DirtyBytesTarget = size / 4,
            DirtyAgeMax = TimeSpan.FromHours(1),
        };
        var store = new NullStore(trace.EndBytes);
        var options = new ObjectCacherOptions { Eviction = policy, Scheduler = PipeScheduler.Inline };
        using var cacher = new ObjectCacher(store, settings, options);
        cacher.Start();
        FileLayout layout = store.Image.Layout;
        ObjectSet set = cacher.CreateSet(new ObjectSetOptions { Prefix = store.Image.Prefix, Layout = layout });
        byte[] buffer = new byte[trace.Requests.Max(static request => request.Count) * AccessPattern.BlockBytes];
        ExtentList extents = new();
        long hits = 0;
        foreach (BlockRequest request in trace.Requests)
        {
            foreach (long block in request.Blocks)
            {
                MapBlocks(block, 1);
                hits += cacher.IsCached(set, extents) ? 1 : 0;
            }

            MapBlocks(request.First, request.Count);
            Span<byte> bytes = buffer.AsSpan(0, request.Count * AccessPattern.BlockBytes);
            bool failed = request.IsWrite ? cacher.Write(set, extents, bytes).Failed : cacher.Read(set, extents, bytes).Failed;
            if (failed)
                throw new IOException("the store that cannot fail failed");
        }

        return Percent(hits, trace);

        void MapBlocks(long first, int count)
        {
            extents.Clear();
            Striper.Map(layout, first * AccessPattern.BlockBytes, count * AccessPattern.BlockBytes, extents);
        }
    }

    private static double Percent(long hits, BlockTrace trace) => 100.0 * hits / trace.Accesses.Length;
}
