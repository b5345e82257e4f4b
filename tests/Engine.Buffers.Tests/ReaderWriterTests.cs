using System.Buffers;
using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Buffers.Tests;

public sealed class ReaderWriterTests
{
    private static readonly byte[] s_raw = Enumerable.Range(0, 100).Select(i => (byte)(i * 7)).ToArray();

    [Fact]
    public void WhatIsWrittenToASpanIsReadBack()
    {
        byte[] memory = new byte[136];
        BufferWriter writer = new(memory);
        WriteAll(ref writer);
        Assert.Equal(memory.Length, writer.Position);
        Assert.False(writer.TryWriteByte(1));
        Assert.False(writer.TryWriteZeroes(1));
        Assert.Equal(memory.Length, writer.Position);
        Assert.Equal(0x0102, BinaryPrimitives.ReadUInt16LittleEndian(memory.AsSpan(1)));
        BufferReader reader = new(memory);
        ReadAll(ref reader);
    }

    [Fact]
    public void WhatIsWrittenToAListIsReadBackAcrossBlocks()
    {
        using BufferPool pool = BufferPoolTests.Small(20, 64);
        for (int shift = 0; shift < 64; shift++)
        {
            using BufferList list = BufferList.Rent(pool);
            Assert.True(list.TryAppendCopy(new byte[shift]));
            BufferWriter writer = new(list);
            WriteAll(ref writer);
            Assert.Equal(136, writer.Position);
            Assert.Equal(shift + 136, list.Length);
            BufferReader reader = new(list);
            Assert.True(reader.TrySkip(shift));
            Assert.Equal(shift, reader.Position);
            BufferReader copy = reader;
            ReadAll(ref copy);
        }

        Assert.Equal(0, pool.RentedCount);
    }

    [Fact]
    public void AWriteIntoAnExhaustedPoolChangesNothing()
    {
        using BufferPool pool = BufferPoolTests.Small(1, 64);
        using BufferList list = BufferList.Rent(pool);
        BufferWriter writer = new(list);
        Assert.True(writer.TryWriteBytes(s_raw.AsSpan(0, 60)));
        Assert.False(writer.TryWriteUInt64(1));
        Assert.True(writer.TryWriteUInt32(2));
        Assert.False(writer.TryWriteByte(3));
        Assert.Equal(64, writer.Position);
        Assert.Equal(64, list.Length);
    }

    [Fact]
    public void ShortInputIsRefusedWithoutMoving()
    {
        Prop.ForAll<byte[]>(bytes =>
        {
            BufferReader reader = new(bytes);
            while (reader.TryReadUInt64(out _))
            {
            }

            long at = reader.Position;
            byte[] rest = new byte[8];
            bool refused = !reader.TryReadInt64(out long none) && none == 0 && !reader.TryReadBytes(rest) && !reader.TrySkip(8);
            return refused && !reader.TrySkip(-1) && reader.Position == at && reader.Remaining == bytes.Length % 8
                && reader.TrySkip(reader.Remaining) && !reader.TryReadByte(out _);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void BufferWriterViewFillsBlocksInPlace()
    {
        using BufferPool pool = BufferPoolTests.Small(4, 64);
        BufferList list = BufferList.Rent(pool);
        IBufferWriter<byte> writer = list.AsBufferWriter();
        writer.Write(s_raw);
        writer.Write(s_raw);
        byte[] bytes = new byte[200];
        list.CopyTo(0, bytes);
        Assert.Equal([.. s_raw, .. s_raw], bytes);
        Assert.Equal(4, list.SegmentCount);
        Assert.True(writer.GetMemory(40).Length >= 40);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.GetSpan(65));
        Assert.Throws<BufferPoolExhaustedException>(() => writer.GetSpan(64));
        list.Truncate(10);
        Assert.Equal(64, writer.GetSpan(64).Length);
        BufferPoolTests.Refused(() => writer.Advance(65));
        list.Dispose();
        Assert.Equal(0, pool.RentedCount);
    }

    private static void WriteAll(ref BufferWriter writer)
    {
        Assert.True(writer.TryWriteByte(0xFE));
        Assert.True(writer.TryWriteUInt16(0x0102));
        Assert.True(writer.TryWriteUInt32(0xDEAD_BEEF));
        Assert.True(writer.TryWriteUInt64(0xFEDC_BA98_7654_3210));
        Assert.True(writer.TryWriteZeroes(7));
        Assert.True(writer.TryWriteInt16(-2));
        Assert.True(writer.TryWriteInt32(int.MinValue));
        Assert.True(writer.TryWriteInt64(-3));
        Assert.True(writer.TryWriteBytes(s_raw));
    }

    private static void ReadAll(ref BufferReader reader)
    {
        Assert.True(reader.TryReadByte(out byte first));
        Assert.True(reader.TryReadUInt16(out ushort second));
        Assert.True(reader.TryReadUInt32(out uint third));
        Assert.True(reader.TryReadUInt64(out ulong fourth));
        Assert.Equal((0xFE, 0x0102, 0xDEAD_BEEF, 0xFEDC_BA98_7654_3210), (first, second, third, fourth));
        Assert.True(reader.TrySkip(7));
        Assert.True(reader.TryReadInt16(out short fifth));
        Assert.True(reader.TryReadInt32(out int sixth));
        Assert.True(reader.TryReadInt64(out long seventh));
        Assert.Equal((-2, int.MinValue, -3L), (fifth, sixth, seventh));
        byte[] raw = new byte[s_raw.Length];
        Assert.True(reader.TryReadBytes(raw));
        Assert.Equal(s_raw, raw);
        Assert.Equal(0, reader.Remaining);
    }
}
