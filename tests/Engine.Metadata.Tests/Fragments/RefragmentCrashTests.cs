using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>A rank that dies after each effect of a script of splits and merges: what was safe is there afterwards, the
/// directory is whole, and neither journal nor store hold anything that does not belong.</summary>
public class RefragmentCrashTests
{
    private const int Entries = 24;
    private const int CutsOfRecovery = 16;

    [Theory]
    [InlineData(3, 1)]
    [InlineData(64, 4)]
    public void AfterEveryEffect_TheDirectoryIsWhole(int segmentEvents, int step)
    {
        long effects = CountEffects(segmentEvents);
        Assert.InRange(effects, 200, 5000);
        int rollBacks = 0;
        for (long cut = 1; cut <= effects; cut += step)
            rollBacks += Crash(segmentEvents, cut, effects % (cut + 1));
        Assert.True(rollBacks > 10, $"{rollBacks} divisions were taken back");
    }

    private static long CountEffects(int segmentEvents)
    {
        using RankHarness rank = Make(segmentEvents);
        FragmentScript script = new(rank);
        Assert.True(script.Run(Entries));
        Assert.True(rank.Rank.Fragmentations is { Splits: > 2, Merges: > 2 }, $"{rank.Rank.Fragmentations}");
        script.Check("without a cut");
        return rank.Gate.Passed;
    }

    /// <summary>Dies after an effect of the script, then once more after an effect of the recovery, then lives.</summary>
    private static int Crash(int segmentEvents, long cut, long cutOfRecovery)
    {
        using RankHarness rank = Make(segmentEvents);
        rank.Gate.Open(cut);
        FragmentScript script = new(rank);
        script.Run(Entries);
        rank.Crash();
        rank.Gate.Open(cutOfRecovery % CutsOfRecovery);
        rank.Start();
        long rollBacks = rank.Rank.Fragmentations.RollBacks;
        rank.Crash();
        rank.Start();
        Assert.True(rank.Rank.State == RankState.Active, $"cut at {cut}: {rank.Rank.Problem}");
        rollBacks += rank.Rank.Fragmentations.RollBacks;
        Assert.Equal(0, rank.Rank.FragmentationsUnderWay);
        script.Check($"cut at {cut}, then at {cutOfRecovery % CutsOfRecovery}");
        Assert.Empty(rank.Rank.Cache.Audit(3));
        Assert.Empty(StoreVerdict.Of(rank.MemoryLog, rank.Store));
        rank.Rank.Stop();
        rank.Run();
        Assert.Equal(RankState.Stopped, rank.Rank.State);
        Assert.Empty(StoreVerdict.Of(rank.MemoryLog, rank.Store));
        return (int)rollBacks;
    }

    private static RankHarness Make(int segmentEvents) => new RankHarness(options => options with
    {
        SplitEntries = 8, MergeEntries = 3, SplitBits = 1, SegmentEventsMax = segmentEvents, SegmentsMax = 2,
        CacheBytesMax = 32 << 20,
    }).Start();
}
