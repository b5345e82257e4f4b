// Reads that wait for memory, larger than the cache, or cancelled: cases 25-30 of the catalogue.

namespace Engine.Cache.Tests;

public sealed class ReadMemoryTests
{
    [Fact]
    public void OC025_ReadsWaitForMemoryInOrder()
    {
        using CacheFixture f = new(Limits(size: 8 * K, dirtyMax: 8 * K));
        PendingRead a = f.R(A, 0, 8 * K);
        PendingRead b = f.R(B, 0, 8 * K);
        PendingRead c = f.R(C, 0, 4 * K);
        Assert.Equal(["read A 0~8K"], f.TakeIssued());

        f.CompleteWith("read A 0~8K", 'a');
        Assert.Equal(["read B 0~8K"], f.TakeIssued());
        f.CompleteWith("read B 0~8K", 'b');
        Assert.Equal(["read C 0~4K"], f.TakeIssued());
        f.CompleteWith("read C 0~4K", 'c');

        Assert.True(a.Holds('a') && b.Holds('b') && c.Holds('c'));
        Assert.True(a.Order < b.Order && b.Order < c.Order);
    }

    [Fact]
    public void MissesBeyondTheStoresLimitWaitTheirTurn()
    {
        using CacheFixture f = new(capabilities: ManualBackend.Default with { OperationsMax = 16 });
        PendingRead[] reads = [.. Enumerable.Range(0, 10).Select(i => f.R(A, i * 8 * K, 4 * K))];
        Assert.Equal(8, f.TakeIssued().Length);

        f.CompleteWith("read A 8K~4K", 'a');
        Assert.Equal(["read A 64K~4K"], f.TakeIssued());
        f.CompleteAll();

        Assert.All(reads, read => Assert.False(read.IsUntouched));
    }

    [Theory]
    [InlineData(1, DiscardMode.Invalidate)]
    [InlineData(512, DiscardMode.Invalidate)]
    [InlineData(512, DiscardMode.Zeroed)]
    [InlineData(4096, DiscardMode.Zeroed)]
    public void MemoryLeftToReadsThatNobodyWaitsForIsBounded(int alignment, DiscardMode mode)
    {
        BackendCapabilities capabilities =
            ManualBackend.Default with { ReadAlignment = Math.Min(alignment, 512), WriteAlignment = alignment };
        using CacheFixture f = new(Limits(size: 64 * K, dirtyMax: 32 * K), capabilities) { AuditEvery = 64 };
        int blocks = (int)(2 * ObjectCacher.BlocksNeeded(f.Cache.Settings));
        for (int i = 0; i < blocks; i++)
        {
            long offset = i % 4 * 4 * K;
            f.W(A, offset, 2 * K, (char)('a' + i % 4));
            using CancellationTokenSource cancellation = new();
            f.R(A, offset + 2 * K, 2 * K, cancellation.Token);
            cancellation.Cancel();
            f.Discard(A, offset + 2 * K, 2 * K, mode);
            f.Flush();
            while (f.Backend.Pending.FirstOrDefault(operation => operation.Kind == PendingKind.Write) is { } write)
                f.Complete(write);
        }

        Assert.InRange(f.Statistics.ChargedBytes, 4 * 4 * K, 2 * 64 * K);
        f.AuditNow();
        f.CompleteAll();
        for (int i = 0; i < 4; i++)
            Assert.Equal(Bytes(2 * K, (char)('a' + i)), f.Cached(A, i * 4 * K, 2 * K));
    }

    [Fact]
    public void OC026_HitIsNotBlockedBehindMisses()
    {
        using CacheFixture f = new(Limits(size: 12 * K, dirtyMax: 8 * K));
        f.W(D, 0, 4 * K, 'd');
        f.R(A, 0, 8 * K);
        PendingRead b = f.R(B, 0, 8 * K);
        Assert.Equal(["read A 0~8K"], f.TakeIssued());

        PendingRead hit = f.R(D, 0, 4 * K);

        Assert.True(hit.IsOk && hit.Holds('d'));
        Assert.False(b.IsCompleted);
        f.CompleteAll();
        Assert.True(b.IsOk);
    }

    [Theory]
    [InlineData(4 * M)]
    [InlineData(2 * M)]
    public void OC027_ReadLargerThanTheCache(int length)
    {
        using CacheFixture f = new(Limits(size: 1 * M, dirtyMax: 1 * M));
        byte[] expected = Pattern(A, length);
        f.Backend.Store.Write(A, 0, expected);
        PendingRead read = f.R(A, 0, length);
        long peak = f.Statistics.ChargedBytes;

        while (!read.IsCompleted)
        {
            f.Complete(f.Backend.PendingAt(0));
            peak = Math.Max(peak, f.Statistics.ChargedBytes);
        }

        Assert.True(read.IsOk);
        Assert.Equal(length, read.Bytes);
        Assert.True(read.Buffer.AsSpan().SequenceEqual(expected));
        Assert.True(peak <= 1 * M + 256 * K, $"charged {peak}");
        Assert.Equal(length, f.Backend.ReadBytesIssued);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void OC028_OD034_ConcurrentReadsLargerThanTheCache(int seed)
    {
        using CacheFixture f = new(Limits(size: 1 * M, dirtyMax: 1 * M));
        Random random = new(seed);
        PendingRead[] reads = new PendingRead[8];
        for (int i = 0; i < reads.Length; i++)
        {
            f.Backend.Store.Write(i, 0, Pattern(i, 2 * M));
            reads[i] = f.R(i, 0, 2 * M);
        }

        while (f.Backend.PendingCount > 0)
        {
            f.Complete(f.Backend.PendingAt(random.Next(f.Backend.PendingCount)));
            Assert.True(f.Statistics.ChargedBytes <= 2 * M);
        }

        for (int i = 0; i < reads.Length; i++)
        {
            Assert.True(reads[i].IsOk, $"read {i} of seed {seed}");
            Assert.True(reads[i].Buffer.AsSpan().SequenceEqual(Pattern(i, 2 * M)));
        }

        Assert.True(f.Backend.ReadBytesIssued <= 2L * reads.Length * 2 * M, "at most one read again per byte");
    }

    [Fact]
    public void OC029_DemandMissPassesQueuedReadAhead()
    {
        using CacheFixture f = new(Limits(size: 8 * K, dirtyMax: 8 * K));
        f.R(A, 0, 8 * K);
        PendingResult ahead = f.Prefetch(B, 0, 8 * K);
        PendingRead demand = f.R(C, 0, 8 * K);
        Assert.Equal(["read A 0~8K"], f.TakeIssued());

        f.Complete("read A 0~8K");
        Assert.Equal(["read C 0~8K"], f.TakeIssued());
        f.Complete("read C 0~8K");
        Assert.Equal(["read B 0~8K"], f.TakeIssued());
        f.CompleteAll();

        Assert.True(demand.IsOk && ahead.IsOk);
        Assert.True(demand.Order < ahead.Order);
    }

    [Fact]
    public void OC030_CancellationDetachesTheReaderOnly()
    {
        using CacheFixture f = new();
        using CancellationTokenSource cancellation = new();
        PendingRead cancelled = f.R(A, 0, 4 * K, cancellation.Token);
        PendingRead joined = f.R(A, 0, 4 * K);
        Assert.Equal(["read A 0~4K"], f.TakeIssued());

        cancellation.Cancel();
        f.Audit();

        Assert.Equal(IoError.Cancelled, cancelled.Error);
        Assert.False(joined.IsCompleted);
        f.CompleteWith("read A 0~4K", 's');
        Assert.True(joined.IsOk && joined.Holds('s'));
        Assert.True(cancelled.IsUntouched);
        Assert.Equal("0~4K CLEAN", f.Nrl(A));
    }

    [Fact]
    public void OC030_CancelledReadAloneStillFillsTheCache()
    {
        using CacheFixture f = new();
        using CancellationTokenSource cancellation = new();
        PendingRead cancelled = f.R(A, 0, 4 * K, cancellation.Token);

        cancellation.Cancel();
        f.CompleteWith("read A 0~4K", 's');

        Assert.Equal(IoError.Cancelled, cancelled.Error);
        Assert.Equal(Bytes(4 * K, 's'), f.Cached(A, 0, 4 * K));
    }

    [Fact]
    public void OC030_CancelledReadInTheMemoryQueueLetsTheNextPass()
    {
        using CacheFixture f = new(Limits(size: 8 * K, dirtyMax: 8 * K));
        using CancellationTokenSource cancellation = new();
        f.R(A, 0, 8 * K);
        PendingRead queued = f.R(B, 0, 8 * K, cancellation.Token);
        PendingRead next = f.R(C, 0, 8 * K);
        _ = f.TakeIssued();

        cancellation.Cancel();
        f.Audit();
        Assert.Equal(IoError.Cancelled, queued.Error);
        f.Complete("read A 0~8K");

        Assert.Equal(["read C 0~8K"], f.TakeIssued());
        f.CompleteAll();
        Assert.True(next.IsOk);
    }

    [Fact]
    public void OC030_TokenCancelledBeforeTheCall()
    {
        using CacheFixture f = new();

        PendingRead read = f.R(A, 0, 4 * K, new CancellationToken(canceled: true));

        Assert.Equal(IoError.Cancelled, read.Error);
        Assert.True(read.IsUntouched);
    }

    private static byte[] Pattern(long seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random((int)seed + 100).NextBytes(bytes);
        return bytes;
    }
}
