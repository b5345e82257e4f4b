using Engine.Buffers;
using Engine.Load;

namespace Engine.Load.Tests.Verification;

public sealed class GenerationMapTests
{
    private const long Length = 64L << 20;

    [Fact]
    public void KnowsNothingAtFirst()
    {
        var map = new GenerationMap(Length);
        Assert.Equal(Length / 512, map.SectorCount);
        Assert.Equal(0u, map.Submitted(0));
        Assert.False(map.TryNextRun(0, out _));
    }

    [Fact]
    public void AWriteIsBusyUntilItEnds()
    {
        var map = new GenerationMap(Length);
        map.Submit(10, 4, 1, busy: true);
        Assert.True(map.AnyBusy(13, 1));
        Assert.False(map.AnyBusy(14, 100));
        Assert.Equal((1u, 0u), (map.Submitted(10), map.Settled(10)));
        map.Complete(10, 4, 1, ok: true);
        Assert.False(map.AnyBusy(0, 100));
        Assert.Equal((1u, 1u), (map.Submitted(13), map.Settled(13)));
    }

    [Fact]
    public void AFailedWriteLeavesTheOldGenerationAllowed()
    {
        var map = new GenerationMap(Length);
        map.Submit(10, 1, 1, busy: true);
        map.Complete(10, 1, 1, ok: true);
        map.Submit(10, 1, 2, busy: true);
        map.Complete(10, 1, 2, ok: false);
        Assert.Equal((2u, 1u), (map.Submitted(10), map.Settled(10)));
    }

    [Fact]
    public void OverlappingWritesInFlightAreTheCallersMistake()
    {
        var map = new GenerationMap(Length);
        map.Submit(10, 2, 1, busy: true);
        Assert.Throws<InvariantException>(() => map.Submit(11, 1, 2, busy: true));
    }

    [Fact]
    public void RunsCrossNothingThatDiffers()
    {
        var map = new GenerationMap(Length);
        map.Submit(4090, 12, 3, busy: false);
        map.Settle(4092, 2, 3);
        map.Submit(70_000, 1, 4, busy: false);
        var runs = new List<GenerationRun>();
        for (long sector = 0; map.TryNextRun(sector, out GenerationRun run); sector = run.FirstSector + run.Count)
            runs.Add(run);
        Assert.Equal(
            [new(4090, 2, 3, 0), new(4092, 2, 3, 3), new(4094, 2, 3, 0), new(4096, 6, 3, 0), new(70_000, 1, 4, 0)],
            runs);
        Assert.Equal(4u, map.NewestGeneration);
    }

    [Fact]
    public void ForgettingAllowsAnythingOlder()
    {
        var map = new GenerationMap(Length);
        map.Submit(10, 4, 9, busy: false);
        map.Settle(10, 4, 9);
        map.Forget(11, 2);
        Assert.Equal([9u, 0u, 0u, 9u], Enumerable.Range(10, 4).Select(sector => map.Settled(sector)));
        Assert.Equal(9u, map.Submitted(11));
    }
}
