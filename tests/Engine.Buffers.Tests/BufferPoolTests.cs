// Facts about the pool from one thread: what is given out, how references keep it, and every misuse that must be refused.
// Concurrency has its own file. The helpers at the end serve the other tests of this project.

namespace Engine.Buffers.Tests;

public sealed class BufferPoolTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public void EveryBlockCanBeRentedOnceAndOnlyOnce(int magazineBlocks)
    {
        using BufferPool pool = new(new BufferPoolOptions { BlockCount = 100, MagazineBlocks = magazineBlocks });
        HashSet<uint> seen = [];
        List<BufferHandle> rented = [];
        for (int round = 0; round < 3; round++)
        {
            while (pool.TryRent(out BufferHandle handle))
            {
                Assert.True(seen.Add(handle.Index));
                rented.Add(handle);
                Assert.Equal(rented.Count, pool.RentedCount);
            }

            Assert.Equal(100, rented.Count);
            rented.ForEach(pool.Release);
            Assert.Equal(0, pool.RentedCount);
            rented.Clear();
            seen.Clear();
        }
    }

    [Fact]
    public void WithoutMagazinesRentsAreLastInFirstOut()
    {
        using BufferPool pool = Small(4);
        BufferHandle first = Rent(pool);
        BufferHandle second = Rent(pool);
        Assert.Equal((1u, 2u), (first.Index, second.Index));
        pool.Release(first);
        Assert.Equal(1u, Rent(pool).Index);
    }

    [Fact]
    public unsafe void BlocksAreAlignedApartAndInsideTheRegions()
    {
        using BufferPool pool = Small(1000);
        nint previous = 0;
        while (pool.TryRent(out BufferHandle handle))
        {
            nint address = (nint)pool.Address(handle);
            Assert.Equal(0, address % pool.BlockBytes);
            Assert.True(pool.Contains(address, (nuint)pool.BlockBytes));
            Assert.True(previous == 0 || Math.Abs(address - previous) >= pool.BlockBytes);
            previous = address;
        }

        IoVector region = Assert.Single(pool.Regions.ToArray());
        Assert.Equal(0, region.Address % (2 << 20));
        Assert.True(pool.Contains(region.Address, region.Length));
        Assert.False(pool.Contains(region.Address - 1, 2));
        Assert.False(pool.Contains(region.Address, region.Length + 1));
        Assert.False(pool.Contains(region.Address + (nint)region.Length, 1));
        Assert.False(pool.Contains(region.Address + 8, nuint.MaxValue));
    }

    [Fact]
    public void ReferencesKeepABlock()
    {
        using BufferPool pool = Small(1);
        BufferHandle handle = Rent(pool);
        pool.Retain(handle);
        Assert.Equal(2, pool.ReferenceCount(handle));
        pool.Release(handle);
        Assert.False(pool.TryRent(out _));
        pool.Release(handle);
        Assert.True(pool.TryRent(out BufferHandle again));
        Assert.Equal(handle.Index, again.Index);
        Assert.NotEqual(handle.Generation, again.Generation);
    }

    [Fact]
    public void ZeroBlockIsHeldForEver()
    {
        using BufferPool pool = Small(1);
        BufferHandle zero = pool.ZeroBlock;
        for (int i = 0; i < 10; i++)
            pool.Release(zero);
        pool.Retain(zero);
        pool.MarkInFlight(zero);
        Assert.False(pool.IsInFlight(zero));
        Assert.Equal(1, pool.ReferenceCount(zero));
        Assert.Equal(-1, pool.Span(zero).IndexOfAnyExcept((byte)0));
        Assert.Equal(0, pool.RentedCount);
    }

    [Fact]
    public void InFlightMarksAreCounted()
    {
        using BufferPool pool = Small(1);
        BufferHandle handle = Rent(pool);
        pool.MarkInFlight(handle);
        pool.MarkInFlight(handle);
        pool.ClearInFlight(handle);
        Assert.True(pool.IsInFlight(handle));
        pool.ClearInFlight(handle);
        Assert.False(pool.IsInFlight(handle));
        pool.Release(handle);
        Assert.Equal(0, pool.RentedCount);
    }

    [Fact]
    public void MemoryIsTheBlockItself()
    {
        using BufferPool pool = Small(3);
        BufferHandle handle = Rent(pool);
        pool.Memory(handle).Span.Fill(7);
        Assert.Equal(-1, pool.Span(handle).IndexOfAnyExcept((byte)7));
        Assert.Equal(pool.BlockBytes, pool.Memory(handle).Length);
        using System.Buffers.MemoryHandle pinned = pool.Memory(handle).Pin();
        unsafe
        {
            Assert.True(pinned.Pointer == pool.Address(handle));
        }
    }

    [Fact]
    public unsafe void StaleHandleIsRefusedEverywhere()
    {
        using BufferPool pool = Small(2);
        BufferHandle stale = Rent(pool);
        pool.Release(stale);
        BufferHandle current = Rent(pool);
        Assert.Equal(stale.Index, current.Index);
        Refused(() => pool.Release(stale));
        Refused(() => pool.Retain(stale));
        Refused(() => pool.ReferenceCount(stale));
        Refused(() => pool.MarkInFlight(stale));
        Refused(() => pool.ClearInFlight(stale));
        Refused(() => pool.IsInFlight(stale));
        Refused(() => pool.NoteWritten(stale));
        Refused(() => _ = pool.Address(stale));
        Refused(() => _ = pool.Span(stale).Length);
        Refused(() => _ = pool.Memory(stale).Length);
        pool.Release(current);
    }

    [Fact]
    public void HandlesThatNeverWereAreRefused()
    {
        using BufferPool pool = Small(2);
        Refused(() => pool.Release(default));
        Refused(() => _ = pool.Span(default).Length);
        Refused(() => pool.Release(new BufferHandle(1, 7)));
        Refused(() => pool.Release(new BufferHandle(4, 1)));
        Refused(() => pool.Retain(new BufferHandle(uint.MaxValue, 1)));
    }

    [Fact]
    public void DoubleReleaseIsRefused()
    {
        using BufferPool pool = Small(2);
        BufferHandle handle = Rent(pool);
        pool.Release(handle);
        Refused(() => pool.Release(handle));
        Assert.Equal(0, pool.RentedCount);
    }

    [Fact]
    public void LastReleaseInFlightIsRefused()
    {
        using BufferPool pool = Small(2);
        BufferHandle handle = Rent(pool);
        pool.Retain(handle);
        pool.MarkInFlight(handle);
        pool.Release(handle);
        Refused(() => pool.Release(handle));
        pool.ClearInFlight(handle);
        pool.Release(handle);
        Assert.Equal(0, pool.RentedCount);
    }

    [Fact]
    public void ClearingWhatIsNotInFlightIsRefused()
    {
        using BufferPool pool = Small(2);
        BufferHandle handle = Rent(pool);
        Refused(() => pool.ClearInFlight(handle));
    }

    [Fact]
    public void CountersDoNotOverflowIntoEachOther()
    {
        using BufferPool pool = Small(1);
        BufferHandle handle = Rent(pool);
        for (int i = 0; i < 4095; i++)
            pool.MarkInFlight(handle);
        Refused(() => pool.MarkInFlight(handle));
        for (int i = 1; i < (1 << 20) - 1; i++)
            pool.Retain(handle);
        Refused(() => pool.Retain(handle));
        Assert.Equal((1 << 20) - 1, pool.ReferenceCount(handle));
        for (int i = 0; i < 4095; i++)
            pool.ClearInFlight(handle);
        Assert.False(pool.IsInFlight(handle));
        Assert.Equal((1 << 20) - 1, pool.ReferenceCount(handle));
    }

    [Fact]
    public void DisposeInFlightIsRefusedAndDisposedPoolKnowsNoHandle()
    {
        BufferPool pool = Small(2);
        BufferHandle handle = Rent(pool);
        pool.MarkInFlight(handle);
        Refused(pool.Dispose);
        pool.ClearInFlight(handle);
        pool.Dispose();
        pool.Dispose();
        Refused(() => pool.Release(handle));
        Refused(() => pool.TryRent(out _));
        Assert.False(pool.Contains(0, 0));
    }

    [Fact]
    public void OptionsAreChecked()
    {
        Refused(() => new BufferPool(new BufferPoolOptions { BlockCount = 0 }).Dispose());
        Refused(() => new BufferPool(new BufferPoolOptions { BlockCount = 1, BlockBytes = 1000 }).Dispose());
        Refused(() => new BufferPool(new BufferPoolOptions { BlockCount = 1, BlockBytes = 32 }).Dispose());
        Refused(() => new BufferPool(new BufferPoolOptions { BlockCount = 1, BlockBytes = 4 << 20 }).Dispose());
        Refused(() => new BufferPool(new BufferPoolOptions { BlockCount = 1, MagazineBlocks = -1 }).Dispose());
    }

    internal static BufferPool Small(int blocks, int blockBytes = 4096) =>
        new(new BufferPoolOptions { BlockCount = blocks, BlockBytes = blockBytes });

    internal static BufferHandle Rent(BufferPool pool)
    {
        Assert.True(pool.TryRent(out BufferHandle handle));
        return handle;
    }

    internal static void Refused(Action action) => Assert.Throws<InvariantException>(action);
}
