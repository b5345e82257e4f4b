// Flushes of a part of a set, and of whom a failed write is told: case 77 of the catalogue.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class FlushPartTests
{
    [Fact]
    public void OC077_OD031_FlushOfExtentsEndsAtTheirEnd()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '1');
        f.W(A, 4 * K, 4 * K, '2');

        PendingResult flush = f.Flush(Extent(A, 0, 4 * K));

        Assert.Equal(["write A 0~4K"], f.TakeIssued());
        f.CompleteAll();
        Assert.True(flush.IsOk && !flush.AlreadyClean);
        Assert.Equal("0~4K CLEAN,4K~4K DIRTY", f.Nrl(A));
    }

    [Fact]
    public void OC077_FlushOfAPartOfABlock()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '1');

        PendingResult flush = f.Flush(Extent(A, 100, 1000));

        Assert.Equal(["write A 100~1000"], f.TakeIssued());
        f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal("0~100 DIRTY,100~1000 CLEAN,1100~2996 DIRTY", f.Nrl(A));
    }

    [Fact]
    public void OC077_FlushOfExtentsWaitsForWhatIsInFlightThere()
    {
        using CacheFixture f = new(capabilities: ManualBackend.Default with { CommitIsDurable = false });
        f.W(A, 0, 4 * K, '1');
        f.W(A, 64 * K, 4 * K, '2');
        f.Flush();

        PendingResult first = f.Flush(Extent(A, 0, 4 * K));
        PendingResult neither = f.Flush(Extent(A, 8 * K, 4 * K));

        Assert.True(neither.IsOk && neither.AlreadyClean);
        f.Complete("write A 0~4K");
        Assert.False(first.IsCompleted);
        f.Complete("flush");
        Assert.True(first.IsOk);
        PendingResult unstable = f.Flush(Extent(A, 0, 4 * K));
        Assert.True(unstable.IsOk && unstable.AlreadyClean);
        f.CompleteAll();
    }

    [Fact]
    public void OC078_ExtentOfLengthZeroReachesToTheEnd()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '1');
        f.W(A, 16 * K, 4 * K, '2');
        f.W(A, 1L << 40, 4 * K, '3');
        f.W(B, 16 * K, 4 * K, '4');
        ExtentList extents = new();
        extents.Add(A, 8 * K, 0, 0);

        PendingResult flush = f.Flush(extents);

        Assert.Equal(2, f.Backend.PendingCount);
        f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.StartsWith("0~4K DIRTY,16K~4K CLEAN", f.Nrl(A), StringComparison.Ordinal);
        Assert.Equal("16K~4K DIRTY", f.Nrl(B));
    }

    [Fact]
    public void OC077_ImpossibleExtentsAreRefused()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '1');
        ExtentList extents = new();
        extents.AddRaw(A, -1, 4 * K, []);

        Assert.Equal(IoError.Invalid, f.Flush(extents).Error);

        Assert.Empty(f.TakeIssued());
    }

    [Fact]
    public async Task ObjectsOfAnotherSetAndSetsThatAreNoMoreAreRefused()
    {
        using CacheFixture f = new();
        ObjectSet same = f.Cache.CreateSet(new ObjectSetOptions { Prefix = "s" });
        f.W(A, 0, 4 * K, '1');

        Assert.Equal(IoError.Invalid, (await f.Cache.FlushSetAsync(same, Extent(A, 0, 4 * K))).Error);
        Assert.Equal(IoError.None, f.Cache.DestroySet(same));
        Assert.Equal(IoError.Invalid, (await f.Cache.FlushSetAsync(same)).Error);
        Assert.Equal(IoError.Invalid, await f.Cache.TruncateSetAsync(same, FileLayout.Simple(1 * M), 0));
        Assert.Equal(IoError.Invalid, await f.Cache.PurgeSetAsync(same));

        Assert.Empty(f.TakeIssued());
    }

    /// <summary>A write in flight that carries nothing any more of what the flush is about may fail.</summary>
    [Fact]
    public void FlushOfExtentsIsNotAboutBytesBeside()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '1');
        PendingResult whole = f.Flush();
        f.W(A, 0, 512, '2');

        PendingResult part = f.Flush(Extent(A, 0, 512));
        f.Complete("write A 0~4K", IoError.Io);
        Assert.Equal(IoError.Io, whole.Error);
        Assert.False(part.IsCompleted);
        f.CompleteAll();

        Assert.True(part.IsOk);
        Assert.Equal(Bytes(512, '2'), f.Backend.Durable.Read(A, 0, 512));
    }

    /// <summary>What the flush waited for is settled by the discard; the rest of the write is not its own.</summary>
    [Fact]
    public void FlushIsNotAboutTheRestOfAWriteWhoseCoveredBytesWereDiscarded()
    {
        using CacheFixture f = new(F0 with { DirtyAgeMax = TimeSpan.FromSeconds(1) });
        f.W(A, 0, 8 * K);
        f.Advance(TimeSpan.FromSeconds(1.01));
        Assert.Equal(["write A 0~8K"], f.TakeIssued());
        PendingResult flush = f.Flush(Extent(A, 0, 4 * K));
        PendingResult discard = f.Discard(A, 0, 4 * K);

        f.Complete("write A 0~8K", IoError.Io);

        Assert.True(flush.IsOk && discard.IsOk);
        Assert.Equal("4K~4K DIRTY", f.Nrl(A));
    }

    /// <summary>Written after the flush began, and carried by the write that failed, beside bytes that were discarded.</summary>
    [Fact]
    public void FlushIsNotAboutWhatWasWrittenAfterIt()
    {
        using CacheFixture f = new(F0 with { DirtyAgeMax = TimeSpan.FromSeconds(1), WritebackWindow = 1 });
        f.W(B, 0, 4 * K);
        f.Advance(TimeSpan.FromSeconds(1.01));
        f.W(A, 0, 4 * K);
        PendingResult flush = f.Flush();
        f.W(A, 4 * K, 4 * K);
        PendingResult later = f.Flush();
        f.Complete("write B 0~4K");
        Assert.Equal(["write B 0~4K", "write A 0~8K"], f.TakeIssued());
        f.Discard(A, 0, 4 * K);

        f.Complete("write A 0~8K", IoError.Io);

        Assert.True(flush.IsOk);
        Assert.Equal(IoError.Io, later.Error);
    }
}
