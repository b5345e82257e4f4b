// Writes from sequences of very many segments.

using System.Buffers;
using System.Diagnostics;
using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class ManySegmentsTests
{
    /// <summary>Linear work takes a few times what one walk takes; a walk from the start for each block, hundreds of
    /// times.</summary>
    private const int WalksMax = 60;

    [Fact]
    public void WriteWalksItsSequenceOnce()
    {
        byte[] bytes = new byte[2 * M];
        new Random(1).NextBytes(bytes);
        ReadOnlySequence<byte> sequence = Cut(bytes, 16);
        using CacheFixture f = new() { AuditEvery = int.MaxValue };
        byte[] copy = new byte[bytes.Length];

        long walk = Fastest(() => sequence.CopyTo(copy));
        long write = Fastest(() => Assert.True(f.W(CacheFixture.Extent(A, 100, bytes.Length), sequence).IsOk));

        Assert.Equal(bytes, f.Cached(A, 100, bytes.Length));
        Assert.True(write < walk * WalksMax, $"a walk takes {walk} ticks, the write {write}");
    }

    [Fact]
    public void ExtentsMayTakeTheSequenceInAnyOrder()
    {
        byte[] bytes = new byte[24 * K];
        new Random(2).NextBytes(bytes);
        ExtentList extents = new();
        extents.Add(A, 0, 8 * K, 16 * K);
        extents.Add(B, 100, 8 * K, 0);
        extents.Add(C, 0, 8 * K, 8 * K);
        using CacheFixture f = new();

        Assert.True(f.W(extents, Cut(bytes, 1000)).IsOk);

        Assert.Equal(bytes[(16 * K)..], f.Cached(A, 0, 8 * K));
        Assert.Equal(bytes[..(8 * K)], f.Cached(B, 100, 8 * K));
        Assert.Equal(bytes[(8 * K)..(16 * K)], f.Cached(C, 0, 8 * K));
    }

    private static long Fastest(Action run)
    {
        long best = long.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            long start = Stopwatch.GetTimestamp();
            run();
            best = Math.Min(best, Stopwatch.GetTimestamp() - start);
        }

        return best;
    }

    private static ReadOnlySequence<byte> Cut(byte[] bytes, int segmentBytes)
    {
        Segment first = new(bytes.AsMemory(0, segmentBytes), null);
        Segment last = first;
        for (int at = segmentBytes; at < bytes.Length; at += segmentBytes)
            last = new Segment(bytes.AsMemory(at, Math.Min(segmentBytes, bytes.Length - at)), last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            if (previous is null)
                return;
            RunningIndex = previous.RunningIndex + previous.Memory.Length;
            previous.Next = this;
        }
    }
}
