// No payload is copied between the store and the cache: vectors lie in the slabs, and the counter of copied bytes stands still.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class ZeroCopyTests
{
    private static readonly BackendCapabilities s_sectors =
        ManualBackend.Default with { ReadAlignment = 4096, WriteAlignment = 4096 };

    [Fact]
    public void FillsGoStraightIntoTheSlabs()
    {
        using CacheFixture f = new(capabilities: s_sectors);
        long before = f.Pool.PayloadBytesCopied;

        PendingResult prefetch = f.Prefetch(A, 0, 1 * M);
        AssertInSlabs(f);
        f.CompleteAll();

        Assert.True(prefetch.IsOk);
        Assert.Equal(before, f.Pool.PayloadBytesCopied);
        Assert.Equal(0, f.Statistics.BytesCopiedInternally);
    }

    [Fact]
    public void AlignedWritebackLeavesStraightFromTheSlabs()
    {
        using CacheFixture f = new(capabilities: s_sectors);
        f.W(A, 0, 1 * M, 'w');
        f.W(B, 8 * K, 64 * K, 'x');
        long before = f.Pool.PayloadBytesCopied;

        PendingResult flush = f.Flush();
        AssertInSlabs(f);
        f.CompleteAll();

        Assert.True(flush.IsOk);
        Assert.Equal(before, f.Pool.PayloadBytesCopied);
        Assert.Equal(0, f.Statistics.BytesCopiedInternally);
        Assert.Equal(Bytes(1 * M, 'w'), f.Backend.Durable.Read(A, 0, 1 * M));
    }

    [Fact]
    public void AWholeBlockOverwriteInFlightCopiesNothing()
    {
        using CacheFixture f = new(capabilities: s_sectors);
        f.W(A, 0, 64 * K, '1');
        f.Flush();

        f.W(A, 0, 64 * K, '2');
        f.CompleteAll();
        f.Flush();
        f.CompleteAll();

        Assert.Equal(0, f.Statistics.BytesCopiedInternally);
        Assert.Equal(Bytes(64 * K, '2'), f.Backend.Durable.Read(A, 0, 64 * K));
    }

    private static void AssertInSlabs(CacheFixture f)
    {
        Assert.NotEmpty(f.Backend.Pending);
        foreach (PendingOperation operation in f.Backend.Pending)
        {
            Assert.NotEmpty(operation.Vectors);
            Assert.All(operation.Vectors, vector => Assert.True(f.Pool.Contains(vector.Address, vector.Length)));
            Assert.Equal(operation.Length, operation.Vectors.Sum(vector => (long)vector.Length));
        }
    }
}
