using System.Buffers;
using Engine.Testing;

namespace Engine.Buffers.Tests;

/// <summary>The steady state allocates no managed memory: the gate that holds it.</summary>
[Collection(nameof(AllocationTests))]
public sealed class AllocationTests
{
    private const int Rounds = 2000;

    private readonly byte[] _bytes = new byte[10_000];
    private readonly IoVector[] _vectors = new IoVector[16];

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    public void RentAndReleaseAllocateNothing(int magazineBlocks)
    {
        using BufferPool pool = new(new BufferPoolOptions { BlockCount = 32, MagazineBlocks = magazineBlocks });
        AssertNone(() =>
        {
            pool.TryRent(out BufferHandle handle);
            pool.Retain(handle);
            pool.MarkInFlight(handle);
            pool.Span(handle)[0] = 1;
            pool.ClearInFlight(handle);
            pool.Release(handle);
            pool.Release(handle);
        });
    }

    [Fact]
    public void ListsAllocateNothing()
    {
        using BufferPool pool = BufferPoolTests.Small(32);
        AssertNone(() =>
        {
            BufferList list = BufferList.Rent(pool);
            list.TryAppendCopy(_bytes);
            list.AppendZeroes(5000);
            BufferList slice = list.Slice(100, 9000);
            BufferList claimed = BufferList.Rent(pool);
            claimed.Claim(slice);
            claimed.CopyVectors(_vectors);
            claimed.Crc32C();
            claimed.CopyTo(50, _bytes.AsSpan(0, 5000));
            foreach (Span<byte> span in claimed)
                span[0]++;
            claimed.AsReadOnlySequence().CopyTo(_bytes);
            list.MarkInFlight();
            list.ClearInFlight();
            slice.Dispose();
            claimed.Dispose();
            list.Dispose();
        });
    }

    [Fact]
    public void ChecksumsHistogramsListsAndRandomAllocateNothing()
    {
        LatencyHistogram histogram = new();
        SeededRandom random = new(1);
        AssertNone(() =>
        {
            Crc32C.Append(1, _bytes);
            Crc32C.Combine(1, 2, 4096);
            ZeroDetector.IsZero(_bytes);
            histogram.Record(random.NextLong(1_000_000));
            histogram.Percentile(99);
            random.NextBytes(_bytes.AsSpan(0, 99));
        });
    }

    private static void AssertNone(Action operation)
    {
        // List objects rotate through their pool, and each one of them warms up: its arrays grow once.
        for (int i = 0; i < 5000; i++)
            operation();
        long allocated = AllocationGate.LeastBytes(() =>
        {
            for (int i = 0; i < Rounds; i++)
                operation();
        });
        Assert.Equal(0, allocated);
    }
}
