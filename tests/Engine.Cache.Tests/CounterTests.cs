// Counters, exact bytes, and the hit path's allocations: cases 139, 140 and 11 of the catalogue.

using Engine.Cache;
using Engine.Testing;

namespace Engine.Cache.Tests;

public sealed class CounterTests
{
    [Fact]
    public void OC139_OD027_HitBytesAreTheRequestsBytes()
    {
        using CacheFixture f = new();
        f.ReadIn(A, 0, 4 * M);
        CacheStatistics before = f.Statistics;

        f.Cached(A, 1 * M + 100, 512);

        CacheStatistics after = f.Statistics;
        Assert.Equal(512, after.BytesHit - before.BytesHit);
        Assert.Equal(0, after.BytesMiss - before.BytesMiss);
        Assert.Equal(512, after.DataRead - before.DataRead);
        Assert.Equal(1, after.OpsHit - before.OpsHit);
    }

    [Fact]
    public void OC139_TryReadCountsAsAReadAndNothingOnAMiss()
    {
        using CacheFixture f = new();
        f.ReadIn(A, 0, 4 * K);
        CacheStatistics before = f.Statistics;

        Assert.True(f.Cache.TryRead(f.S, A, 100, new byte[512]));
        Assert.False(f.Cache.TryRead(f.S, A, 4000, new byte[512]));
        Assert.False(f.Cache.TryRead(f.S, B, 0, new byte[512]));

        CacheStatistics after = f.Statistics;
        Assert.Equal(512, after.BytesHit - before.BytesHit);
        Assert.Equal(1, after.OpsHit - before.OpsHit);
        Assert.Equal(before.OpsMiss, after.OpsMiss);
        Assert.Equal(before.BytesMiss, after.BytesMiss);
        Assert.Equal(1, after.Objects);
        Assert.Empty(f.TakeIssued());
    }

    [Fact]
    public void WritesAndWritebackAreCounted()
    {
        using CacheFixture f = new();
        f.W(A, 0, 8 * K);
        f.Flush();
        f.W(A, 4 * K, 8 * K);
        f.CompleteAll();
        f.Flush();
        f.CompletePending(IoError.Io);

        CacheStatistics now = f.Statistics;
        Assert.Equal(16 * K, now.DataWritten);
        Assert.Equal(16 * K, now.DataFlushed);
        Assert.Equal(4 * K, now.DataOverwrittenWhileFlushing);
        Assert.Equal(2, now.BackendWrites);
        Assert.Equal(1, now.WritebackFailures);
        Assert.Equal(0, now.WritesOutstanding);
    }

    [Fact]
    public void BlockedWritesAreCountedWithTheirTime()
    {
        using CacheFixture f = new(Limits(dirtyMax: 64 * K));
        f.W(A, 0, 64 * K);
        f.W(B, 0, 16 * K);
        f.Advance(TimeSpan.FromMilliseconds(300));
        f.CompleteAll();

        CacheStatistics now = f.Statistics;
        Assert.Equal(1, now.WriteOpsBlocked);
        Assert.Equal(16 * K, now.WriteBytesBlocked);
        Assert.Equal(TimeSpan.FromMilliseconds(300), now.WriteTimeBlocked);
    }

    [Fact]
    public void GaugesFollowTheStates()
    {
        using CacheFixture f = new();
        f.ReadIn(A, 0, 4 * K);
        f.R(A, 4 * K, 8 * K);
        f.W(B, 100, 50);
        f.W(C, 0, 4 * K);
        f.Discard(D, 0, 8 * K, DiscardMode.Zeroed);

        CacheStatistics now = f.Statistics;
        Assert.Equal(4 * K, now.CleanBytes);
        Assert.Equal(8 * K, now.RxBytes);
        Assert.Equal(4 * K + 50, now.DirtyBytes);
        Assert.Equal(8 * K, now.ZeroBytes);
        Assert.Equal(1, now.ReadsOutstanding);
        f.Flush();
        Assert.Equal(4 * K + 50, f.Statistics.TxBytes);
        Assert.Equal(2, f.Statistics.WritesOutstanding);
        Assert.Equal(0, f.Statistics.DirtyBytes);
    }

    [Fact]
    public void OC011_OC140_HitsAllocateNothing()
    {
        using CacheFixture f = new();
        f.ReadIn(A, 0, 4 * M);
        byte[] buffer = new byte[4 * K];
        ExtentList extents = new();
        Assert.Equal(0, HitOnce(f, extents, buffer, 1000));

        int failed = 0;
        long allocated = AllocationGate.LeastBytes(() => failed += HitOnce(f, extents, buffer, 330_000));

        Assert.Equal(0, allocated);
        Assert.Equal(0, failed);
    }

    [Fact]
    public void OC140_BufferedOverwritesAllocateNothing()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * M);
        byte[] buffer = new byte[4 * K];
        ExtentList extents = new();
        Assert.Equal(0, OverwriteOnce(f, extents, buffer, 1000));

        int failed = 0;
        long allocated = AllocationGate.LeastBytes(() => failed += OverwriteOnce(f, extents, buffer, 100_000));

        Assert.Equal(0, allocated);
        Assert.Equal(0, failed);
    }

    private static int HitOnce(CacheFixture f, ExtentList extents, byte[] buffer, int rounds)
    {
        int failed = 0;
        for (int i = 0; i < rounds; i++)
        {
            long offset = i % 1000 * 4 * K + (i & 1) * 100;
            if (!f.Cache.TryRead(f.S, A, offset, buffer))
                failed++;
            extents.Clear();
            extents.Add(A, offset, buffer.Length, 0);
            if (f.Cache.Read(f.S, extents, buffer).Failed)
                failed++;
            ValueTask<IoResult> read = f.Cache.ReadAsync(f.S, extents, buffer);
            if (!read.IsCompletedSuccessfully || read.GetAwaiter().GetResult().Failed)
                failed++;
        }

        return failed;
    }

    private static int OverwriteOnce(CacheFixture f, ExtentList extents, byte[] buffer, int rounds)
    {
        int failed = 0;
        for (int i = 0; i < rounds; i++)
        {
            long offset = i % 1000 * 4 * K + (i & 1) * 100;
            if (!f.Cache.TryWrite(f.S, A, offset, buffer))
                failed++;
            extents.Clear();
            extents.Add(A, offset, buffer.Length, 0);
            if (f.Cache.Write(f.S, extents, buffer).Failed)
                failed++;
            ValueTask<IoError> write = f.Cache.WriteAsync(f.S, extents, new System.Buffers.ReadOnlySequence<byte>(buffer));
            if (!write.IsCompletedSuccessfully || write.GetAwaiter().GetResult().Failed)
                failed++;
        }

        return failed;
    }
}
