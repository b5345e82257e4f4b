// Files that are cut: cases 120 and 146 of the catalogue.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class TruncateTests
{
    [Fact]
    public void OC120_TruncateDropsWhatLiesBehindAndRestartsReaders()
    {
        using CacheFixture f = new();
        PendingRead read = f.R(A, 8 * K, 4 * K);
        f.W(A, 0, 8 * K, '1');
        PendingOperation stale = f.Backend.Only();
        _ = f.TakeIssued();

        PendingResult truncate = f.Truncate(6 * K);

        Assert.True(truncate.IsOk);
        Assert.Equal(["read A 8K~4K"], f.TakeIssued());
        Assert.Equal("0~6K DIRTY,8K~4K RX", f.Nrl(A));
        f.Backend.CompleteWith(stale, (byte)'s');
        Assert.False(read.IsCompleted);
        f.CompleteAll();
        Assert.True(read.IsOk && read.Holds('\0'));
    }

    [Fact]
    public void OC146_ReplyFillsOnlyWhatItsReadStillWaitsFor()
    {
        using CacheFixture f = new();
        f.R(A, 100, 200);
        PendingOperation first = f.Backend.Only();
        f.Truncate(200);
        f.R(A, 200, 200);

        f.Backend.CompleteWith(first, (byte)'1');

        Assert.Equal("100~100 CLEAN,200~200 RX", f.Nrl(A));
        f.CompleteAll();
    }

    [Fact]
    public void OC120_WholeObjectsBehindTheEndGo()
    {
        using CacheFixture f = new();
        for (int i = 0; i < 3; i++)
            f.W(i, 0, 8 * K, '1');

        f.Truncate((1 * M) + (4 * K));

        Assert.Equal("0~8K DIRTY", f.Nrl(A));
        Assert.Equal("0~4K DIRTY", f.Nrl(B));
        Assert.Equal("", f.Nrl(C));
        f.Truncate(0);
        Assert.Equal("", f.Nrl(A));
        Assert.Equal(1, f.CleanCalls);
    }

    [Fact]
    public void OC120_TruncateWaitsForWritesInFlightBehindTheEnd()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '1');
        f.W(A, 64 * K, 4 * K, '2');
        PendingResult flush = f.Flush();

        PendingResult truncate = f.Truncate(4 * K);

        f.Complete("write A 0~4K");
        Assert.False(truncate.IsCompleted);
        f.Complete("write A 64K~4K", IoError.NoSpace);
        Assert.True(truncate.IsOk && flush.IsOk);
        Assert.Equal("0~4K CLEAN", f.Nrl(A));
    }

    /// <summary>Or else the rest of it is read from the store before its owner cuts that, and written back after.</summary>
    [Fact]
    public void OC120_TheUnitOfTheStoreThatTheCutSplitsEndsInZeros()
    {
        BackendCapabilities units = ManualBackend.Default with { ReadAlignment = 512, WriteAlignment = 512 };
        using CacheFixture f = new(capabilities: units);
        f.Backend.Store.Fill(A, 0, 8 * K, (byte)'o');
        f.W(A, 0, 100, '1');

        PendingResult truncate = f.Truncate(100);
        PendingResult flush = f.Flush();

        Assert.True(truncate.IsOk);
        Assert.Equal(["write A 0~512"], f.TakeIssued());
        Assert.Equal("0~100 TX,100~412 CLEAN", f.Nrl(A));
        f.CompleteAll();
        Assert.True(flush.IsOk);
        byte[] stored = f.Backend.Durable.Read(A, 0, 512);
        Assert.Equal(Bytes(100, '1'), stored[..100]);
        Assert.False(stored.AsSpan(100).ContainsAnyExcept((byte)0));
    }

    /// <summary>The same where the store reads larger units than it writes.</summary>
    [Fact]
    public void OC120_WhatIsReadToWriteAUnitBringsNothingFromBehindTheCut()
    {
        BackendCapabilities units = ManualBackend.Default with { ReadAlignment = 4096, WriteAlignment = 512 };
        using CacheFixture f = new(capabilities: units);
        f.Backend.Store.Fill(A, 0, 8 * K, (byte)'o');
        f.W(A, 0, 100, '1');
        f.Truncate(1000);
        PendingResult flush = f.Flush();
        Assert.Equal(["read A 0~4K"], f.TakeIssued());

        f.CompleteAll();

        Assert.True(flush.IsOk);
        byte[] cached = f.Cached(A, 0, 4 * K);
        Assert.Equal(Bytes(900, 'o'), cached[100..1000]);
        Assert.False(cached.AsSpan(1000).ContainsAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 3)]
    public async Task OC120_ImpossibleCutsAreRefused(long size, int stripeUnit)
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '1');

        Assert.Equal(IoError.Invalid, await f.Cache.TruncateSetAsync(f.S, new FileLayout(stripeUnit, 1, 1 * M), size));

        Assert.Equal("0~4K DIRTY", f.Nrl(A));
    }
}
