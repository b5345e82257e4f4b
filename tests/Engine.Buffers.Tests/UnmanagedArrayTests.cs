namespace Engine.Buffers.Tests;

public sealed unsafe class UnmanagedArrayTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(1 << 19)]
    public void ElementsBeginAtZeroAndSurviveGrowth(int capacity)
    {
        using UnmanagedArray<long> array = new(capacity);
        Assert.Equal(capacity, array.Length);
        Assert.Equal(capacity * 8L, array.Bytes);
        Assert.Equal(-1, array.Span.IndexOfAnyExcept(0));
        Assert.Equal(0, (nint)array.Pointer % 64);
        for (int i = 0; i < capacity; i++)
            array[i] = i * 3L;
        array.Grow(capacity + 1000);
        Assert.Equal(capacity + 1000, array.Length);
        for (int i = 0; i < capacity; i++)
            Assert.Equal(i * 3L, array[i]);
        Assert.Equal(-1, array.Span[capacity..].IndexOfAnyExcept(0));
    }

    [Fact]
    public void IndexOutsideIsRefused()
    {
        UnmanagedArray<int> array = new(4);
        array[3] = 1;
        BufferPoolTests.Refused(() => array[4] = 1);
        BufferPoolTests.Refused(() => array[-1] = 1);
        BufferPoolTests.Refused(() => array.Grow(3));
        array.Dispose();
        array.Dispose();
        BufferPoolTests.Refused(() => array[0] = 1);
        Assert.Equal(0, array.Bytes);
        BufferPoolTests.Refused(() => new UnmanagedArray<int>(-1).Dispose());
    }
}
