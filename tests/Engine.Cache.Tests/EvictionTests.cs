// Memory: cases 125 to 127 of the catalogue and what must never be evicted.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class EvictionTests
{
    [Theory]
    [InlineData(EvictionPolicy.S3Fifo)]
    [InlineData(EvictionPolicy.Lru)]
    public void OC125_OD035_OD044_EvictionKeepsToTheSizeAndDropsLittle(EvictionPolicy policy)
    {
        using CacheFixture f = new(Limits(size: 1 * M, dirtyMax: 1 * M), eviction: policy);
        long before = 0;

        for (int i = 0; i < 512; i++)
        {
            f.ReadIn(A, i * 4 * K, 4 * K);
            CacheStatistics now = f.Statistics;
            Assert.True(now.ChargedBytes <= 1 * M);
            Assert.True(now.CleanBytes >= before - 64 * K, $"dropped {before - now.CleanBytes} bytes for one block");
            before = now.CleanBytes;
        }

        Assert.True(before >= 1 * M - 64 * K);
        Assert.True(f.Statistics.Evictions > 0);
    }

    [Fact]
    public void OC125_TheColdestGoesFirst()
    {
        using CacheFixture f = new(Limits(size: 64 * K, dirtyMax: 64 * K), eviction: EvictionPolicy.Lru);
        for (int i = 0; i < 16; i++)
            f.ReadIn(A, i * 4 * K, 4 * K);
        f.Cached(A, 0, 4 * K);

        f.ReadIn(B, 0, 8 * K);

        Assert.True(f.Cache.IsCached(f.S, Extent(A, 0, 4 * K)));
        Assert.False(f.Cache.IsCached(f.S, Extent(A, 4 * K, 4 * K)));
        Assert.False(f.Cache.IsCached(f.S, Extent(A, 8 * K, 4 * K)));
        Assert.True(f.Cache.IsCached(f.S, Extent(A, 60 * K, 4 * K)));
    }

    [Fact]
    public void OC127_AScanLeavesTheWorkingSet()
    {
        using CacheFixture f = new(Limits(size: 1 * M, dirtyMax: 1 * M));
        for (int turn = 0; turn < 3; turn++)
            ReadEach(f, A, 512 * K);

        ReadEach(f, B, 10 * M);

        Assert.True(Cached(f, A, 512 * K) >= 128 * 9 / 10, $"{Cached(f, A, 512 * K)} blocks of 128");
    }

    /// <summary>What is written is used as what is read is; it is not evictable meanwhile.</summary>
    [Fact]
    public void OC127_AScanLeavesWhatWasWrittenAgainAndAgain()
    {
        using CacheFixture f = new(Limits(size: 1 * M, dirtyMax: 1 * M));
        for (int turn = 0; turn < 3; turn++)
        {
            f.W(A, 0, 512 * K);
            f.Flush();
            f.CompleteAll();
        }

        ReadEach(f, B, 10 * M);

        Assert.True(Cached(f, A, 512 * K) >= 128 * 9 / 10, $"{Cached(f, A, 512 * K)} blocks of 128");
    }

    [Fact]
    public void WhatComesAgainSoonIsKept()
    {
        using CacheFixture f = new(Limits(size: 1 * M, dirtyMax: 1 * M));
        ReadEach(f, A, 1 * M);
        ReadEach(f, B, 64 * K);
        Assert.Equal(0, f.Statistics.GhostHits);

        ReadEach(f, A, 64 * K);

        Assert.Equal(16, f.Statistics.GhostHits);
        ReadEach(f, C, 4 * M);
        Assert.Equal(16, Cached(f, A, 64 * K));
    }

    /// <summary>What the policy keeps beside the blocks takes its part of the size.</summary>
    [Theory]
    [InlineData(EvictionPolicy.S3Fifo, 40)]
    [InlineData(EvictionPolicy.Lru, 0)]
    public void WhatThePolicyKeepsIsCharged(EvictionPolicy policy, int blocks)
    {
        using CacheFixture f = new(Limits(size: 64 * M), eviction: policy) { AuditEvery = 64 };

        for (int i = 0; i < 17; i++)
            f.ReadIn(A, i * 4 * M, 4 * M);

        Assert.Equal((64 * M) - (blocks * 4 * K), f.Statistics.ChargedBytes);
        Assert.InRange(f.Statistics.EvictionBytes, blocks * 4 * K, ((blocks + 1) * 4 * K) - 1);
    }

    /// <summary>A write may need room while what it overwrites is the next to go.</summary>
    [Theory]
    [InlineData(EvictionPolicy.S3Fifo)]
    [InlineData(EvictionPolicy.Lru)]
    public void RoomForAWriteIsNotWhatItOverwrites(EvictionPolicy policy)
    {
        CacheSettings limits = F0 with { SizeBytes = 64 * K, DirtyBytesMax = 64 * K, DirtyBytesTarget = 64 * K };
        using CacheFixture f = new(limits, eviction: policy);
        f.ReadIn(A, 0, 32 * K);
        f.ReadIn(B, 0, 32 * K);

        Assert.True(f.W(A, 0, 48 * K).IsOk);

        Assert.Equal("0~48K DIRTY", f.Nrl(A));
        Assert.Equal("16K~16K CLEAN", f.Nrl(B));
        Assert.Equal(64 * K, f.Statistics.ChargedBytes);
        Assert.Equal(4, f.Statistics.Evictions);
    }

    /// <summary>It is admitted although some of what it overwrites is cached, and nothing else could go.</summary>
    [Theory]
    [InlineData(EvictionPolicy.S3Fifo)]
    [InlineData(EvictionPolicy.Lru)]
    public void OC088_AWriteLargerThanTheCacheOverwritesWhatIsCached(EvictionPolicy policy)
    {
        CacheSettings limits = F0 with { SizeBytes = 20 * K, DirtyBytesMax = 20 * K, DirtyBytesTarget = 20 * K };
        using CacheFixture f = new(limits, eviction: policy);
        f.ReadIn(A, 4 * K, 12 * K);
        f.ReadIn(B, 4 * K, 4 * K);

        ExtentList sixBlocks = Extent(A, 6 * K, 8 * K);
        sixBlocks.Add(B, 6 * K, 8 * K, 8 * K);
        PendingResult write = f.W(sixBlocks, Bytes(16 * K, 'w'));

        Assert.True(write.IsOk);
    }

    [Fact]
    public void OC126_OD029_CommittedDataIsTrimmedToTheSize()
    {
        using CacheFixture f = new(Limits(size: 1 * M, dirtyMax: 1 * M));
        for (int i = 0; i < 8; i++)
        {
            f.W(A, i * M, 1 * M);
            f.Flush();
            f.CompleteAll();
            Assert.True(f.Statistics.ChargedBytes <= 1 * M);
        }
    }

    [Fact]
    public void OC126_WhatWasDirtyWhenTheSizeWasLoweredIsTrimmedByItsCommit()
    {
        using CacheFixture f = new(Limits(size: 1 * M, dirtyMax: 1 * M));
        f.W(A, 0, 1 * M);
        f.Apply(Limits(size: 256 * K, dirtyMax: 256 * K));
        Assert.Equal(1 * M, f.Statistics.ChargedBytes);

        f.Flush();
        f.CompleteAll();

        Assert.Equal(256 * K, f.Statistics.ChargedBytes);
    }

    [Fact]
    public void OC133_DirtyDataIsNeverEvictedAndReadsAreStillServed()
    {
        using CacheFixture f = new(F0 with { SizeBytes = 64 * K, DirtyBytesMax = 64 * K, DirtyBytesTarget = 64 * K });
        f.Backend.Store.Fill(B, 0, 1 * M, (byte)'s');
        f.W(A, 0, 64 * K, 'd');

        PendingRead read = f.R(B, 0, 16 * K);
        f.CompleteAll();

        Assert.True(read.IsOk && read.Holds('s'));
        PendingRead back = f.R(A, 0, 64 * K);
        f.CompleteAll();
        Assert.True(back.IsOk && back.Holds('d'));
    }

    [Fact]
    public void LoweredSizeTrimsAtOnce()
    {
        using CacheFixture f = new(Limits(size: 1 * M, dirtyMax: 256 * K));
        f.ReadIn(A, 0, 1 * M);

        Assert.Equal(IoError.None, f.Apply(Limits(size: 256 * K, dirtyMax: 256 * K)));

        Assert.True(f.Statistics.ChargedBytes <= 256 * K);
    }

    [Fact]
    public void DiscardedZerosTakeNoMemory()
    {
        using CacheFixture f = new();

        f.Discard(A, 0, 4 * M, DiscardMode.Zeroed);

        Assert.Equal("0~4M ZERO", f.Nrl(A));
        Assert.Equal(0, f.Statistics.ChargedBytes);
        Assert.Equal(4 * M, f.Statistics.ZeroBytes);
    }

    private static void ReadEach(CacheFixture f, long objectNumber, int bytes)
    {
        for (int at = 0; at < bytes; at += 4 * K)
            f.ReadIn(objectNumber, at, 4 * K);
    }

    private static int Cached(CacheFixture f, long objectNumber, int bytes) =>
        Enumerable.Range(0, bytes / (4 * K)).Count(i => f.Cache.IsCached(f.S, Extent(objectNumber, i * 4 * K, 4 * K)));
}
