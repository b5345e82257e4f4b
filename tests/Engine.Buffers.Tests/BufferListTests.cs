// Single facts about lists that the model test cannot state: who holds which reference, what merges, what is copied, and every
// misuse that must be refused. Blocks of 64 bytes, eight of them, so that borders and exhaustion are near.

namespace Engine.Buffers.Tests;

public sealed class BufferListTests : IDisposable
{
    private readonly BufferPool _pool = BufferPoolTests.Small(8, 64);

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void AppendTakesItsOwnReferenceAndAppendOwnedTakesOverTheCallers()
    {
        BufferHandle handle = BufferPoolTests.Rent(_pool);
        BufferList list = BufferList.Rent(_pool);
        list.Append(handle, 3, 10);
        Assert.Equal(2, _pool.ReferenceCount(handle));
        list.AppendOwned(handle, 13, 5);
        Assert.Equal(2, _pool.ReferenceCount(handle));
        list.Append(handle, 0, 0);
        Assert.Equal(2, list.SegmentCount);
        Assert.Equal(new BufferSegment(handle, 13, 5), list[1]);
        Assert.Equal(15, list.Length);
        list.Dispose();
        Assert.Equal(0, _pool.RentedCount);
    }

    [Fact]
    public void AnEmptyOwnedSliceJustDropsTheReference()
    {
        using BufferList list = BufferList.Rent(_pool);
        list.AppendOwned(BufferPoolTests.Rent(_pool), 64, 0);
        Assert.Equal(0, list.SegmentCount);
        Assert.Equal(0, _pool.RentedCount);
    }

    [Fact]
    public void BlocksOfSeveralPoolsReadAsOneRun()
    {
        using BufferPool large = BufferPoolTests.Small(2, 256);
        BufferHandle mine = BufferPoolTests.Rent(_pool);
        BufferHandle other = BufferPoolTests.Rent(large);
        _pool.Span(mine).Fill(1);
        large.Span(other).Fill(2);
        BufferList list = BufferList.Rent(_pool);
        list.Append(large, other, 10, 200);
        list.Append(mine, 0, 64);
        list.Append(large, other, 210, 46);
        list.Append(_pool, mine, 0, 0);
        byte[] expected = new byte[310];
        expected.AsSpan().Fill(2);
        expected.AsSpan(200, 64).Fill(1);
        byte[] bytes = new byte[310];
        list.CopyTo(0, bytes);
        Assert.Equal(expected, bytes);
        Assert.Equal(Crc32C.Append(0, expected), list.Crc32C());
        Assert.Equal(3, list.CopyVectors(new IoVector[3]));
        list.MarkInFlight();
        Assert.True(large.IsInFlight(other) && _pool.IsInFlight(mine));
        list.ClearInFlight();
        using (BufferList slice = list.Slice(190, 80))
        {
            byte[] part = new byte[80];
            slice.CopyTo(0, part);
            Assert.Equal(expected[190..270], part);
            slice.Verify();
            Assert.Equal(5, large.ReferenceCount(other));
        }

        list.CopyFrom(195, [9, 9, 9, 9, 9, 9]);
        Assert.Equal((9, 9, 1), (large.Span(other)[209], _pool.Span(mine)[0], _pool.Span(mine)[1]));
        list.Truncate(100);
        list.Verify();
        Assert.Equal((2, 1), (large.ReferenceCount(other), _pool.ReferenceCount(mine)));
        list.Dispose();
        _pool.Release(mine);
        large.Release(other);
        Assert.Equal((0, 0), (_pool.RentedCount, large.RentedCount));
    }

    [Fact]
    public void RoomBehindAnotherPoolsBlockIsNotUsed()
    {
        using BufferPool large = BufferPoolTests.Small(2, 256);
        BufferHandle other = BufferPoolTests.Rent(large);
        using BufferList list = BufferList.Rent(_pool);
        list.Append(large, other, 0, 10);
        large.Release(other);
        Assert.True(list.TryAppendCopy("ab"u8));
        Assert.Equal(2, list.SegmentCount);
        Assert.Equal(1, _pool.RentedCount);
    }

    [Fact]
    public void AdjoiningMemoryIsOneVector()
    {
        using BufferList list = BufferList.Rent(_pool);
        BufferHandle first = BufferPoolTests.Rent(_pool);
        BufferHandle second = BufferPoolTests.Rent(_pool);
        BufferHandle third = BufferPoolTests.Rent(_pool);
        list.AppendOwned(first, 0, 64);
        list.AppendOwned(second, 0, 30);
        list.Append(second, 30, 34);
        list.AppendOwned(third, 1, 63);
        Assert.Equal(4, list.SegmentCount);
        Assert.Equal(2, list.VectorCount);
        IoVector[] vectors = new IoVector[2];
        Assert.Equal(2, list.CopyVectors(vectors));
        Assert.Equal((nuint)128, vectors[0].Length);
        Assert.Equal((nuint)63, vectors[1].Length);
        Assert.Equal(-1, list.CopyVectors(vectors.AsSpan(0, 1)));
    }

    [Fact]
    public void TailRoomIsNotUsedWhileAnotherSharesTheBlock()
    {
        using BufferList list = BufferList.Rent(_pool);
        Assert.True(list.TryAppendCopy("0123456789"u8));
        Assert.True(list.TryAppendCopy("ab"u8));
        Assert.Equal(1, list.SegmentCount);
        using (BufferList share = list.Slice(0, 4))
        {
            Assert.True(list.TryAppendCopy("cd"u8));
            Assert.Equal(2, list.SegmentCount);
        }

        list.MarkInFlight();
        Assert.True(list.TryAppendCopy("ef"u8));
        Assert.Equal(3, list.SegmentCount);
        Assert.False(_pool.IsInFlight(list[2].Handle));
        list.Truncate(14);
        list.ClearInFlight();
        byte[] bytes = new byte[14];
        list.CopyTo(0, bytes);
        Assert.Equal("0123456789abcd"u8.ToArray(), bytes);
    }

    [Fact]
    public void CopiesAreCountedAndSharingIsNot()
    {
        using BufferList list = BufferList.Rent(_pool);
        Assert.True(list.TryAppendCopy(new byte[100]));
        Assert.Equal(100, _pool.PayloadBytesCopied);
        using BufferList slice = list.Slice(10, 60);
        using BufferList other = BufferList.Rent(_pool);
        other.Claim(slice);
        other.AppendZeroes(1000);
        _ = other.Crc32C();
        _ = other.VectorCount;
        Assert.Equal(100, _pool.PayloadBytesCopied);
        other.CopyTo(1, new byte[7]);
        other.CopyFrom(1, new byte[5]);
        Assert.Equal(112, _pool.PayloadBytesCopied);
    }

    [Fact]
    public void ChecksumsFollowWritesThroughAnySharer()
    {
        using BufferList list = BufferList.Rent(_pool);
        Assert.True(list.TryAppendCopy(new byte[200]));
        using BufferList slice = list.Slice(0, 150);
        AssertChecksum(list);
        AssertChecksum(slice);
        list.CopyFrom(10, "changed"u8);
        AssertChecksum(list);
        AssertChecksum(slice);
        _pool.Span(list[1].Handle)[0] = 9;
        _pool.NoteWritten(list[1].Handle);
        AssertChecksum(list);
        AssertChecksum(slice);
        list.MarkInFlight();
        _pool.Span(list[0].Handle)[1] = 8;
        list.ClearInFlight();
        AssertChecksum(list);
        list.Truncate(99);
        AssertChecksum(list);
        Assert.True(list.TryAppendCopy("more"u8));
        AssertChecksum(list);
    }

    [Fact]
    public void AnExhaustedPoolLeavesTheListAsItWas()
    {
        using BufferList list = BufferList.Rent(_pool);
        Assert.True(list.TryAppendCopy("start"u8));
        Assert.False(list.TryAppendCopy(new byte[(8 * 64) - 4]));
        Assert.Equal((5, 1, 1), (list.Length, list.SegmentCount, _pool.RentedCount));
        Assert.True(list.TryAppendCopy(new byte[(8 * 64) - 5]));
        Assert.Equal(8, _pool.RentedCount);
        list.Verify();
    }

    [Fact]
    public void MisuseIsRefused()
    {
        BufferList list = BufferList.Rent(_pool);
        BufferHandle handle = BufferPoolTests.Rent(_pool);
        BufferPoolTests.Refused(() => list.Append(handle, 0, 65));
        BufferPoolTests.Refused(() => list.Append(handle, -1, 1));
        BufferPoolTests.Refused(() => list.Append(handle, 64, 1));
        BufferPoolTests.Refused(() => list.AppendOwned(handle, 1, int.MaxValue));
        BufferPoolTests.Refused(() => list.Append(default, 0, 1));
        list.AppendOwned(handle, 0, 10);
        list.AppendZeroes(10);
        BufferPoolTests.Refused(() => list.AppendZeroes(-1));
        BufferPoolTests.Refused(() => list.CopyFrom(9, new byte[2]));
        BufferPoolTests.Refused(() => list.CopyTo(19, new byte[2]));
        BufferPoolTests.Refused(() => list.Slice(21, 0));
        BufferPoolTests.Refused(() => list.Slice(0, long.MaxValue));
        BufferPoolTests.Refused(() => list.Truncate(21));
        BufferPoolTests.Refused(() => _ = list[2]);
        BufferPoolTests.Refused(() => list.SegmentSpan(2));
        BufferPoolTests.Refused(() => list.Claim(list));
        BufferPoolTests.Refused(list.ClearInFlight);
        list.Dispose();
        BufferPoolTests.Refused(list.Dispose);
        BufferPoolTests.Refused(() => list.Append(handle, 0, 1));
        BufferPoolTests.Refused(() => list.Slice(0, 0));
        BufferPoolTests.Refused(() => list.AsBufferWriter());
    }

    [Fact]
    public void ListsOfDifferentPoolsDoNotMix()
    {
        using BufferPool foreign = BufferPoolTests.Small(1, 64);
        using BufferList mine = BufferList.Rent(_pool);
        using BufferList theirs = BufferList.Rent(foreign);
        BufferPoolTests.Refused(() => mine.Claim(theirs));
    }

    [Fact]
    public void DisposeWhileInFlightIsRefused()
    {
        BufferList list = BufferList.Rent(_pool);
        Assert.True(list.TryAppendCopy("x"u8));
        BufferHandle handle = list[0].Handle;
        list.MarkInFlight();
        BufferPoolTests.Refused(list.Dispose);
        _pool.ClearInFlight(handle);
    }

    private static void AssertChecksum(BufferList list)
    {
        byte[] bytes = new byte[list.Length];
        list.CopyTo(0, bytes);
        Assert.Equal(Crc32C.AppendTable(0, bytes), list.Crc32C());
        Assert.Equal(Crc32C.AppendTable(0, bytes), list.Crc32C());
    }
}
