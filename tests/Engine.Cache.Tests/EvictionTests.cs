// Memory: case 125 of the catalogue and what must never be evicted.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class EvictionTests
{
    [Fact]
    public void OC125_OD035_OD044_EvictionKeepsToTheSizeAndDropsLittle()
    {
        using CacheFixture f = new(Limits(size: 1 * M, dirtyMax: 1 * M));
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
        using CacheFixture f = new(Limits(size: 64 * K, dirtyMax: 64 * K));
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
}
