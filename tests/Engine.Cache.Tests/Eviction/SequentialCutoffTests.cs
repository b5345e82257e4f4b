// What a long sequential stream brings does not displace the rest; what a stream is.

using Engine.Cache;

namespace Engine.Cache.Tests.Eviction;

public sealed class SequentialCutoffTests
{
    private const int Size = 16 * M;
    private const int Used = 8 * M;
    private const int Step = 64 * K;
    private const int Cutoff = 4 * M;

    /// <summary>What else is cached was used once, and is older: by itself neither policy would keep it.</summary>
    [Theory]
    [InlineData(EvictionPolicy.S3Fifo, true)]
    [InlineData(EvictionPolicy.Lru, true)]
    [InlineData(EvictionPolicy.S3Fifo, false)]
    [InlineData(EvictionPolicy.Lru, false)]
    public void OC127_AStreamDoesNotDisplaceTheRest(EvictionPolicy policy, bool reads)
    {
        using CacheFixture f = NewFixture(policy, Cutoff);
        ReadScattered(f);

        Stream(f, B, 64 * M, reads);

        Assert.Equal(Used / Step, Cached(f, A, Used));
        Assert.True(f.Statistics.Evictions > 0);
    }

    [Theory]
    [InlineData(EvictionPolicy.S3Fifo)]
    [InlineData(EvictionPolicy.Lru)]
    public void WithoutTheCutoffItDoes(EvictionPolicy policy)
    {
        using CacheFixture f = NewFixture(policy, 0);
        ReadScattered(f);

        Stream(f, B, 64 * M, reads: true);

        Assert.Equal(0, Cached(f, A, Used));
    }

    [Fact]
    public void AStreamThatIsNotLongerIsAsAllElse()
    {
        using CacheFixture f = NewFixture(EvictionPolicy.Lru, Cutoff);
        ReadScattered(f);

        for (int i = 0; i < 8; i++)
            Stream(f, B + i, Cutoff, reads: true);

        Assert.Equal(0, Cached(f, A, Used));
    }

    /// <summary>Uses of what passes do not make it stay: it is used when it comes, and the stream goes on.</summary>
    [Fact]
    public void UseOfWhatPassesDisplacesNothing()
    {
        using CacheFixture f = NewFixture(EvictionPolicy.S3Fifo, Cutoff);
        ReadScattered(f);

        for (int at = 0; at < 64 * M; at += Step)
        {
            f.ReadIn(B, at, Step);
            for (int use = 0; use < 3; use++)
                f.Cached(B, at, Step);
        }

        Assert.Equal(Used / Step, Cached(f, A, Used));
    }

    [Fact]
    public void AStreamStaysWhereThereIsRoom()
    {
        using CacheFixture f = NewFixture(EvictionPolicy.S3Fifo, Cutoff);

        Stream(f, B, Size - M, reads: true);

        Assert.Equal((Size - M) / Step, Cached(f, B, Size - M));
    }

    /// <summary>What was there before stays what it was; what others ask for later is theirs.</summary>
    [Fact]
    public void WhatOthersUseDoesNotPass()
    {
        using CacheFixture f = NewFixture(EvictionPolicy.Lru, Cutoff);
        f.ReadIn(B, 8 * M, Step);
        Stream(f, B, 8 * M + Step, reads: true);
        f.W(B, 6 * M, Step);
        f.Flush();
        f.CompleteAll();

        Stream(f, C, 16 * M, reads: true);

        Assert.True(f.Cache.IsCached(f.S, Extent(B, 8 * M, Step)));
        Assert.True(f.Cache.IsCached(f.S, Extent(B, 6 * M, Step)));
        Assert.False(f.Cache.IsCached(f.S, Extent(B, 5 * M, Step)));
    }

    [Fact]
    public void StreamsAreFollowedInAnyMixture()
    {
        using SetFixture f = new(null);

        Assert.Equal(4096, f.Note(0, 0));
        Assert.Equal(4096, f.Note(1, 0));
        Assert.Equal(8192, f.Note(0, 4096));
        Assert.Equal(8192, f.Note(1, 4096));
        Assert.Equal(4096, f.Note(0, 4096));
        Assert.Equal(12288, f.Note(0, 8192));
        Assert.Equal(4096, f.Note(2, 12288));
    }

    [Fact]
    public void TheQuietestStreamIsForgottenForANewOne()
    {
        using SetFixture f = new(null);
        for (int i = 0; i < 16; i++)
            f.Note(i, 0);
        f.Note(0, 4096);

        f.Note(100, 0);

        Assert.Equal(12288, f.Note(0, 8192));
        Assert.Equal(4096, f.Note(1, 4096));
        Assert.Equal(8192, f.Note(100, 4096));
    }

    [Fact]
    public void AStreamGoesOnInTheNextObject()
    {
        using SetFixture f = new(FileLayout.Simple(8192));

        f.Note(0, 0);
        f.Note(0, 4096);

        Assert.Equal(12288, f.Note(1, 0));
    }

    [Fact]
    public void AStripedStreamIsOne()
    {
        FileLayout layout = new(4096, 3, 8192);
        using SetFixture f = new(layout);

        for (int at = 0; at < 12; at++)
        {
            f.Extents.Clear();
            Striper.Map(layout, at * 6144, 6144, f.Extents);
            Assert.Equal((at + 1) * 6144, f.Note());
        }
    }

    private static CacheFixture NewFixture(EvictionPolicy policy, int cutoff) =>
        new(Limits(size: Size, dirtyMax: 2 * M) with { SequentialCutoffBytes = cutoff }, eviction: policy) { AuditEvery = 64 };

    /// <summary>Backwards, which is no stream.</summary>
    private static void ReadScattered(CacheFixture f)
    {
        for (int at = Used - Step; at >= 0; at -= Step)
            f.ReadIn(A, at, Step);
    }

    private static void Stream(CacheFixture f, long objectNumber, int bytes, bool reads)
    {
        for (int at = 0; at < bytes; at += Step)
        {
            if (reads)
            {
                f.ReadIn(objectNumber, at, Step);
                continue;
            }

            f.W(objectNumber, at, Step);
            f.CompleteAll();
        }
    }

    private static int Cached(CacheFixture f, long objectNumber, int bytes) =>
        Enumerable.Range(0, bytes / Step).Count(i => f.Cache.IsCached(f.S, Extent(objectNumber, i * Step, Step)));

    /// <summary>A set, and the streams that a test makes in it.</summary>
    private sealed class SetFixture : IDisposable
    {
        private readonly CacheFixture _cache = new();
        private readonly SequentialStreams _streams = new();
        private readonly ObjectSet _set;

        public SetFixture(FileLayout? layout) =>
            _set = _cache.Cache.CreateSet(new ObjectSetOptions { Prefix = "streams", Layout = layout });

        public ExtentList Extents { get; } = new();

        public long Note(long objectNumber, long offset)
        {
            Extents.Clear();
            Extents.Add(objectNumber, offset, 4096, 0);
            return Note();
        }

        public long Note() => _streams.Note(_set, Extents);

        public void Dispose() => _cache.Dispose();
    }
}
