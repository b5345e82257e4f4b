using System.Runtime.CompilerServices;
using Engine.Testing;

namespace Engine.Buffers.Tests;

public sealed class DiagnosticPoolTests
{
    [Fact]
    public void LeakNamesTheRenter()
    {
        DiagnosticPool diagnostic = new(4);
        LeakOneBlock(diagnostic.Pool);
        Assert.Equal(1, diagnostic.OutstandingCount);
        InvariantException failure = Assert.Throws<InvariantException>(diagnostic.Dispose);
        Assert.Contains("1 blocks were never returned", failure.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(LeakOneBlock), failure.Message, StringComparison.Ordinal);
        diagnostic.Dispose();
    }

    [Fact]
    public void LeakInFlightKeepsTheMemoryMapped()
    {
        DiagnosticPool diagnostic = new(4);
        BufferHandle handle = BufferPoolTests.Rent(diagnostic.Pool);
        diagnostic.Pool.MarkInFlight(handle);
        InvariantException failure = Assert.Throws<InvariantException>(diagnostic.Dispose);
        Assert.Contains("in flight", failure.Message, StringComparison.Ordinal);
        diagnostic.Pool.ClearInFlight(handle);
        diagnostic.Pool.Dispose();
    }

    [Fact]
    public void WriteAfterReturnIsFoundInQuarantine()
    {
        DiagnosticPool diagnostic = new(4);
        BufferHandle handle = BufferPoolTests.Rent(diagnostic.Pool);
        Span<byte> late = diagnostic.Pool.Span(handle);
        diagnostic.Pool.Release(handle);
        Assert.Equal(-1, late.IndexOfAnyExcept(DiagnosticPool.Poison));
        late[17] = 1;
        InvariantException failure = Assert.Throws<InvariantException>(diagnostic.Dispose);
        Assert.Contains("written after its return: byte 17 is 0x01", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WriteAfterReturnIsFoundAtTheNextRent()
    {
        DiagnosticPool diagnostic = new(1, quarantineBlocks: 0);
        BufferHandle handle = BufferPoolTests.Rent(diagnostic.Pool);
        Span<byte> late = diagnostic.Pool.Span(handle);
        diagnostic.Pool.Release(handle);
        late[0] = 0;
        diagnostic.Pool.Release(BufferPoolTests.Rent(diagnostic.Pool));
        InvariantException failure = Assert.Throws<InvariantException>(diagnostic.Dispose);
        Assert.Contains("before it was rented again", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WriteIntoTheZeroBlockIsFound()
    {
        DiagnosticPool diagnostic = new(1);
        diagnostic.Pool.Span(diagnostic.Pool.ZeroBlock)[5] = 1;
        InvariantException failure = Assert.Throws<InvariantException>(diagnostic.Dispose);
        Assert.Contains("zero block", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DoubleReturnAndReturnInFlightFailAtOnce()
    {
        using DiagnosticPool diagnostic = new(2);
        BufferHandle handle = BufferPoolTests.Rent(diagnostic.Pool);
        diagnostic.Pool.MarkInFlight(handle);
        BufferPoolTests.Refused(() => diagnostic.Pool.Release(handle));
        diagnostic.Pool.ClearInFlight(handle);
        diagnostic.Pool.Release(handle);
        BufferPoolTests.Refused(() => diagnostic.Pool.Release(handle));
        BufferPoolTests.Refused(() => diagnostic.Pool.Span(handle).Clear());
    }

    [Fact]
    public void QuarantineNeverMakesThePoolSmaller()
    {
        using DiagnosticPool diagnostic = new(8, quarantineBlocks: 5);
        List<BufferHandle> rented = [];
        for (int round = 0; round < 10; round++)
        {
            while (diagnostic.Pool.TryRent(out BufferHandle handle))
                rented.Add(handle);
            Assert.Equal(8, rented.Count);
            Assert.Equal(8, rented.Select(handle => handle.Index).Distinct().Count());
            Assert.Equal(8, diagnostic.Pool.RentedCount);
            rented.ForEach(diagnostic.Pool.Release);
            rented.Clear();
            Assert.Equal(5, diagnostic.QuarantinedCount);
            Assert.Equal(0, diagnostic.Pool.RentedCount);
        }

        diagnostic.AssertClean();
    }

    [Fact]
    public void RecyclingWhatIsNotKeptIsRefused()
    {
        using BufferPool pool = BufferPoolTests.Small(2);
        BufferHandle handle = BufferPoolTests.Rent(pool);
        BufferPoolTests.Refused(() => pool.Recycle(handle));
        BufferPoolTests.Refused(() => pool.Recycle(default));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LeakOneBlock(BufferPool pool) => Assert.True(pool.TryRent(out _));
}
