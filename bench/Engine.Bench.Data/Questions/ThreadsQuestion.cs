// Both threads are there all the time; in a turn of one the other waits. The rate of two over that of one is what two are worth,
// and the same of bare copies is what the machine lets anybody have. Each thread has its own object, and its own part of memory.

using System.Diagnostics;
using Engine.Cache;

namespace Engine.Bench.Data;

/// <summary>Cases 160 and 161: what is a second thread worth, on another object?</summary>
internal sealed class ThreadsQuestion : IQuestion
{
    private const long HotBytes = 1 << 20;
    private const long WideBytes = 64L << 20;
    private const int Threads = 2;

    /// <summary>A turn takes some 10 ms.</summary>
    private const int TurnBatches = 60;

    public string Name => "threads";

    public string Title => "4 KiB read hits of two threads on different objects, over those of one";

    public void Ask(BenchRun run)
    {
        Ask(run, "hot", HotBytes);
        Ask(run, "uniform", WideBytes);
    }

    private void Ask(BenchRun run, string what, long bytes)
    {
        var pattern = new AccessPattern(bytes);
        using var content = new AlignedBuffer(bytes);
        using var other = new AlignedBuffer(bytes);
        using var destination = new AlignedBuffer(AccessPattern.BlockBytes * Threads);
        long all = bytes * Threads;
        using ObjectCacher cacher = CacheFixture.OpenCacher(CacheFixture.NoWriteback(all), all, out ObjectSet set);
        CacheFixture.Fill(cacher, set, content, 0);
        CacheFixture.Fill(cacher, set, other, bytes);
        Contender[] ours =
        [
            new CacherHit(cacher, set, pattern, destination, 0, 0),
            new CacherHit(cacher, set, pattern, destination, bytes, AccessPattern.BlockBytes),
        ];
        Contender[] copies =
        [
            new MemoryCopyRead(content, pattern, destination),
            new MemoryCopyRead(other, pattern, destination, AccessPattern.BlockBytes),
        ];
        List<double> gains = [];
        List<double> floors = [];
        using var pair = new ThreadPair();
        for (int round = -2; round < run.Rounds; round++)
        {
            double gain = Gain(pair, ours);
            double floor = Gain(pair, copies);
            if (round < 0)
                continue;
            gains.Add(gain);
            floors.Add(floor);
        }

        (double mine, double bare) = (Medians.Of(gains), Medians.Of(floors));
        run.Report.Add(new Figure(
            $"{Name}: {what}, two threads over one", mine, "times", "bare copies", bare,
            Medians.Of([.. gains.Zip(floors, static (gain, floor) => gain / floor)])));
    }

    private static double Gain(ThreadPair pair, Contender[] contenders)
    {
        double one = pair.Rate(contenders[..1], TurnBatches);
        double two = pair.Rate(contenders, TurnBatches);
        return two / one;
    }
}
