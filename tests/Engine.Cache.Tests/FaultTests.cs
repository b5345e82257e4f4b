// What happens when the store fails in places that hurt: fills, parts of a write-through, flushes after zeroing, and calls
// after the end.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class FaultTests
{
    private static readonly BackendCapabilities s_sectors =
        ManualBackend.Default with { ReadAlignment = 512, WriteAlignment = 512 };

    [Fact]
    public void AFailedFillFailsTheFlushAndWaitsForItsRetry()
    {
        using CacheFixture f = new(capabilities: s_sectors);
        f.W(A, 100, 10, 'w');
        PendingResult flush = f.Flush();

        f.CompletePending(IoError.Io);

        Assert.Equal(IoError.Io, flush.Error);
        Assert.Equal(0, f.Backend.PendingCount);
        PendingResult again = f.Flush();
        f.CompleteAll();
        Assert.True(again.IsOk);
    }

    [Fact]
    public void StoppingEndsThoughFillsKeepFailing()
    {
        using CacheFixture f = new(capabilities: s_sectors);
        f.W(A, 100, 10, 'w');
        PendingResult stop = f.Stop(StopMode.Flush, TimeSpan.FromHours(1));
        for (int i = 0; i < 10 && !stop.IsCompleted && f.Backend.PendingCount > 0; i++)
            f.CompletePending(IoError.Io);

        Assert.Equal(IoError.Io, stop.Error);
    }

    [Fact]
    public void AFailedFillDropsTheWriteThroughThatNeededIt()
    {
        using CacheFixture f = new(capabilities: s_sectors);
        PendingResult write = f.W(A, 100, 10, 'w', new WriteOptions { Fua = true });

        f.CompletePending(IoError.Io);

        Assert.Equal(IoError.Io, write.Error);
        Assert.Equal(0, f.DirtyOrTx());
    }

    [Fact]
    public void AWriteThroughIsNotFailedByAnotherWriteOfItsBlock()
    {
        using CacheFixture f = new(new CacheSettings { WritebackWindow = 1 });
        f.W(B, 0, 4 * K, 'b');
        f.Flush();
        f.W(A, 0, 512, 'x');
        PendingResult flush = f.Flush();
        PendingResult fua = f.W(A, 2048, 512, 'w', new WriteOptions { Fua = true });
        f.CompletePending();

        f.CompletePending(IoError.Io);

        Assert.Equal(IoError.Io, flush.Error);
        Assert.False(fua.IsCompleted);
        f.CompletePending();
        Assert.True(fua.IsOk);
    }

    [Fact]
    public void AWriteThroughOfSeveralPartsLeavesNothingDirtyBehind()
    {
        CacheSettings through = new() { DirtyBytesMax = 0, DirtyBytesTarget = 0, WritebackWindow = 1, WritebackBytesMax = 4 * K };
        using CacheFixture f = new(through);
        PendingResult write = f.W(A, 0, 8 * K, 'w');
        f.CompletePending(IoError.NoSpace);
        Assert.False(write.IsCompleted);

        f.CompletePending();

        Assert.Equal(IoError.NoSpace, write.Error);
        Assert.Equal(0, f.DirtyOrTx());
        Assert.Equal(0, f.Backend.PendingCount);
    }

    [Fact]
    public void ZeroesThatAFailedFlushLostAreThereAfterTheNextOne()
    {
        using CacheFixture f = new(capabilities: ManualBackend.Default with { CommitIsDurable = false });
        f.Backend.LosesVolatileOnFailedFlush = true;
        f.Backend.Store.Fill(A, 0, 16 * K, (byte)'s');
        f.Backend.Durable.Fill(A, 0, 16 * K, (byte)'s');
        PendingResult zero = f.Discard(A, 0, 12 * K, DiscardMode.Invalidate, DiscardStore.WriteZeroes);
        f.CompleteAll();
        Assert.True(zero.IsOk);
        f.W(A, 4 * K, 4 * K, 'n', new WriteOptions { Fua = true });
        f.CompletePending();
        PendingResult flush = f.Flush();
        f.CompletePending(IoError.Io);
        Assert.Equal(IoError.Io, flush.Error);

        PendingResult again = f.Flush();
        f.CompleteAll();

        Assert.True(again.IsOk);
        Assert.Equal(Bytes(4 * K, '\0'), f.Backend.Durable.Read(A, 0, 4 * K));
        Assert.Equal(Bytes(4 * K, 'n'), f.Backend.Durable.Read(A, 4 * K, 4 * K));
        Assert.Equal(Bytes(4 * K, '\0'), f.Backend.Durable.Read(A, 8 * K, 4 * K));
        Assert.Equal(Bytes(4 * K, 's'), f.Backend.Durable.Read(A, 12 * K, 4 * K));
    }

    [Fact]
    public void ManyOddPartsOfManyBlocksFitTheReserve()
    {
        CacheSettings limits = new()
        {
            SizeBytes = M,
            DirtyBytesMax = M,
            DirtyBytesTarget = M,
            DirtyAgeMax = TimeSpan.FromHours(1),
            WritebackWindow = 256,
        };
        using CacheFixture f = new(limits, s_sectors);
        f.AuditEvery = 1_000_000;
        for (int i = 0; i < 256 * 8; i++)
            f.W(A, (i * 512) + 100, 10, 'w');

        PendingResult flush = f.Flush();
        f.CompleteAll();

        Assert.True(flush.IsOk);
    }

    [Fact]
    public void ADestroyedSetFindsNothingOfItsSuccessors()
    {
        using CacheFixture f = new();
        ObjectSet old = f.Cache.CreateSet(new ObjectSetOptions { Prefix = "old" });
        Assert.True(f.Cache.DestroySet(old).IsNone);
        ObjectSet fresh = f.Cache.CreateSet(new ObjectSetOptions { Prefix = "fresh" });
        Assert.True(f.Cache.TryWrite(fresh, 0, 0, Bytes(4 * K, 'f')));

        Assert.False(f.Cache.TryWrite(old, 0, 0, Bytes(4 * K, 'o')));
        Assert.False(f.Cache.TryRead(old, 0, 0, new byte[4 * K]));
    }

    [Fact]
    public void QueriesAfterTheEndAreRefusedNotFatal()
    {
        CacheFixture f = new();
        ObjectCacher cache = f.Cache;
        ObjectSet set = f.S;
        f.W(A, 0, 4 * K);
        f.Dispose();
        ExtentList extents = new();
        extents.Add(0, 0, 4096, 0);

        Assert.False(cache.IsCached(set, extents));
        Assert.True(cache.IsEmpty(set));
        Assert.Equal("", cache.Dump(set, 0));
        Assert.Equal(IoError.Shutdown, cache.DestroySet(set));
        Assert.Throws<ObjectDisposedException>(() => cache.CreateSet(new ObjectSetOptions { Prefix = "late" }));
    }
}
