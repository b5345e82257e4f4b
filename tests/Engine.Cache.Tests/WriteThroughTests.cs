// Write-through and FUA: cases 96-99 of the catalogue.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class WriteThroughTests
{
    private static CacheSettings WriteThrough => F0 with { DirtyBytesMax = 0, DirtyBytesTarget = 0 };

    [Fact]
    public void OC096_WriteIsAckedAfterItsCommit()
    {
        using CacheFixture f = new(WriteThrough);

        PendingResult write = f.W(A, 0, 4 * K, '1');

        Assert.Equal(["write A 0~4K"], Texts(f));
        Assert.False(write.IsCompleted);
        Assert.Equal(Bytes(4 * K, '1'), f.Cached(A, 0, 4 * K));
        f.Complete(f.Backend.Only());
        Assert.True(write.IsOk);
        Assert.Equal("0~4K CLEAN", f.Nrl(A));
        Assert.Equal(Bytes(4 * K, '1'), f.Backend.Durable.Read(A, 0, 4 * K));
        Assert.Empty(f.TakeIssued());
    }

    [Fact]
    public void OC096_TryWriteIsRefusedWhenItCannotEndAtOnce()
    {
        using CacheFixture f = new(WriteThrough);

        Assert.False(f.Cache.TryWrite(f.S, A, 0, Bytes(4 * K, '1')));

        Assert.Equal("", f.Nrl(A));
        Assert.Empty(f.TakeIssued());
    }

    [Fact]
    public void OC097_OD034b_FailureReachesTheWriterAndDropsTheRange()
    {
        using CacheFixture f = new(WriteThrough with { DirtyAgeMax = TimeSpan.FromSeconds(1) });
        PendingResult write = f.W(A, 0, 4 * K, '1');

        f.Complete(f.Backend.Only(), IoError.NoSpace);

        Assert.Equal(IoError.NoSpace, write.Error);
        Assert.Equal("", f.Nrl(A));
        _ = f.TakeIssued();
        f.Advance(TimeSpan.FromHours(1));
        Assert.Empty(f.TakeIssued());
        Assert.True(f.Flush().IsOk);
        f.R(A, 0, 4 * K);
        Assert.Equal(["read A 0~4K"], f.TakeIssued());
    }

    [Fact]
    public void OC097_FailureKeepsWhatANewerWritePutThere()
    {
        using CacheFixture f = new(WriteThrough);
        PendingResult first = f.W(A, 0, 8 * K, '1');
        PendingResult second = f.W(A, 0, 4 * K, '2');

        f.Complete(f.Backend.PendingAt(0), IoError.NoSpace);
        Assert.Equal(IoError.NoSpace, first.Error);
        Assert.Equal(Bytes(4 * K, '2'), f.Cached(A, 0, 4 * K));
        f.CompleteAll();

        Assert.True(second.IsOk);
        Assert.Equal(Bytes(4 * K, '2'), f.Backend.Durable.Read(A, 0, 4 * K));
    }

    [Fact]
    public void OC098_OnlyItsOwnBytesAreAwaited()
    {
        using CacheFixture f = new();
        f.W(A, 4 * K, 4 * K, 'd');
        f.Apply(WriteThrough);

        PendingResult write = f.W(A, 0, 4 * K, '1');

        Assert.Contains(f.Backend.Pending, operation => operation.Offset == 0 && operation.Length == 4 * K);
        f.Complete(f.Backend.Pending.Single(operation => operation.Offset == 0));
        Assert.True(write.IsOk);
        Assert.NotEqual(0, f.DirtyOrTx());
    }

    [Fact]
    public void OC099_FuaWriteIsAckedAfterCommitAndLeavesTheRestAlone()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, 'd');

        PendingResult write = f.W(A, 4 * K, 4 * K, 'f', new WriteOptions { Fua = true });

        Assert.Equal(["write A 4K~4K fua"], f.TakeIssued());
        Assert.False(write.IsCompleted);
        f.CompleteAll();
        Assert.True(write.IsOk);
        Assert.Equal("0~4K DIRTY,4K~4K CLEAN", f.Nrl(A));
    }

    [Fact]
    public void OC099_FuaOverAWriteInFlightIsIssuedAfterIt()
    {
        using CacheFixture f = new();
        f.W(A, 0, 8 * K, '1');
        f.Flush();
        _ = f.TakeIssued();

        PendingResult write = f.W(A, 0, 4 * K, '2', new WriteOptions { Fua = true });

        Assert.Empty(f.TakeIssued());
        f.Complete("write A 0~8K");
        Assert.Equal(["write A 0~4K fua"], f.TakeIssued());
        Assert.False(write.IsCompleted);
        f.CompleteAll();
        Assert.True(write.IsOk);
        Assert.Equal(Bytes(4 * K, '2'), f.Backend.Durable.Read(A, 0, 4 * K));
    }

    [Fact]
    public void OC099_FuaFailureDropsItsRangeOnly()
    {
        using CacheFixture f = new();
        f.W(A, 0, 12 * K, 'd');

        PendingResult write = f.W(A, 4 * K, 4 * K, 'f', new WriteOptions { Fua = true });
        f.CompletePending(IoError.Io);

        Assert.Equal(IoError.Io, write.Error);
        Assert.Equal("0~4K DIRTY,8K~4K DIRTY", f.Nrl(A));
    }

    [Fact]
    public void OC099_FuaOverDirtyDataIsAckedOnlyWhenItsOwnVersionCommitted()
    {
        using CacheFixture f = new();
        PendingResult first = f.W(A, 0, 4 * K, '1', new WriteOptions { Fua = true });
        PendingResult second = f.W(A, 0, 4 * K, '2', new WriteOptions { Fua = true });

        f.Complete(f.Backend.Only());
        Assert.True(first.IsOk);
        Assert.False(second.IsCompleted);
        f.CompleteAll();

        Assert.True(second.IsOk);
        Assert.Equal(Bytes(4 * K, '2'), f.Backend.Durable.Read(A, 0, 4 * K));
    }

    [Fact]
    public void OC099_FailedFuaDoesNotDropANewerWriteThatItCarried()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '0');
        f.Flush();
        PendingResult fua = f.W(A, 0, 4 * K, '1', new WriteOptions { Fua = true });
        Assert.True(f.W(A, 0, 4 * K, '2').IsOk, "the older write is still in flight, so that this one goes out with the FUA one");
        f.Complete("write A 0~4K");

        f.Complete("write A 0~4K fua", IoError.Io);

        Assert.Equal(IoError.Io, fua.Error);
        Assert.Equal(Bytes(4 * K, '2'), f.Cached(A, 0, 4 * K));
        PendingResult flush = f.Flush();
        f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal(Bytes(4 * K, '2'), f.Backend.Durable.Read(A, 0, 4 * K));
    }

    [Fact]
    public void OC097_NeighbourWrittenMeanwhileDoesNotKeepWhatFailed()
    {
        using CacheFixture f = new(F0 with { DirtyAgeMax = TimeSpan.FromSeconds(1) });
        f.W(A, 0, 512, '0');
        f.Flush();
        PendingResult fua = f.W(A, 0, 512, '1', new WriteOptions { Fua = true });
        f.W(A, 2 * K, 512, '2');
        f.Complete("write A 0~512");

        f.Complete("write A 0~512 fua", IoError.NoSpace);

        Assert.Equal(IoError.NoSpace, fua.Error);
        Assert.Equal("2K~512 DIRTY", f.Nrl(A));
        f.Advance(TimeSpan.FromHours(1));
        f.CompleteAll();
        Assert.Equal(Bytes(512, '0'), f.Backend.Durable.Read(A, 0, 512));
        Assert.Equal(Bytes(512, '2'), f.Backend.Durable.Read(A, 2 * K, 512));
    }

    [Fact]
    public void OC097_OnlyWhatWasOverwrittenSurvivesTheFailure()
    {
        using CacheFixture f = new();
        f.W(A, 0, 12 * K, '0');
        f.Flush();
        PendingResult fua = f.W(A, 0, 12 * K, '1', new WriteOptions { Fua = true });
        f.W(A, 5 * K, 512, '2');
        f.W(A, 5 * K + 256, 512, '3');
        f.Complete("write A 0~12K");

        f.Complete("write A 0~12K fua", IoError.NoSpace);

        Assert.Equal(IoError.NoSpace, fua.Error);
        Assert.Equal("5K~768 DIRTY", f.Nrl(A));
        Assert.Equal([.. Bytes(256, '2'), .. Bytes(512, '3')], f.Cached(A, 5 * K, 768));
    }

    [Fact]
    public void OC097_FailedFillDropsItsOwnBytesOnly()
    {
        using CacheFixture f = new(capabilities: ManualBackend.Default with { WriteAlignment = 4096 });
        PendingResult fua = f.W(A, 0, 512, '1', new WriteOptions { Fua = true });
        f.W(A, K, 512, '2');

        while (f.Backend.PendingCount > 0)
            f.Complete(f.Backend.PendingAt(0), IoError.Io);

        Assert.Equal(IoError.Io, fua.Error);
        Assert.Equal(Bytes(512, '2'), f.Cached(A, K, 512));
        Assert.StartsWith("512~512 ERROR,1K~512 DIRTY", f.Nrl(A), StringComparison.Ordinal);
    }

    [Fact]
    public void OC097_OneFailedFuaOfTwoDropsItsOwnBytesOnly()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '0');
        f.Flush();
        PendingResult first = f.W(A, 0, 4 * K, '1', new WriteOptions { Fua = true });
        PendingResult second = f.W(A, 0, K, '2', new WriteOptions { Fua = true });
        f.Complete("write A 0~4K");

        f.Complete("write A 0~4K fua", IoError.NoSpace);

        Assert.Equal(IoError.NoSpace, first.Error);
        Assert.Equal(IoError.NoSpace, second.Error);
        Assert.Equal("", f.Nrl(A));
    }

    private static string[] Texts(CacheFixture f) =>
        [.. f.TakeIssued().Select(text => text.Replace(" fua", "", StringComparison.Ordinal))];

    [Fact]
    public void OC100_WritesGoThroughUntilTheFirstFlush()
    {
        CacheSettings settings = F0 with { WritesThroughUntilFlush = true };
        using CacheFixture f = new(settings);
        PendingResult through = f.W(A, 0, 4 * K, '1');
        Assert.False(through.IsCompleted);
        Assert.True(f.Statistics.WritesThrough);
        f.Complete("write A 0~4K");
        Assert.True(through.IsOk);

        PendingResult[] racing = [f.Flush(), f.Flush()];

        Assert.All(racing, flush => Assert.True(flush.IsOk));
        Assert.False(f.Statistics.WritesThrough);
        Assert.Equal(["write A 0~4K"], f.TakeIssued());
        Assert.True(f.W(A, 4 * K, 4 * K, '2').IsOk);
        Assert.Empty(f.TakeIssued());
        Assert.Equal(IoError.None, f.Apply(settings with { DirtyAgeMax = TimeSpan.FromHours(2) }));
        Assert.True(f.W(A, 8 * K, 4 * K, '3').IsOk);
        Assert.Equal("0~4K CLEAN,4K~8K DIRTY", f.Nrl(A));
    }
}
