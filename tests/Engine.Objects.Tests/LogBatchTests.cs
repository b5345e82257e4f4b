using Engine.Buffers;

namespace Engine.Objects.Tests;

/// <summary>Records of a batch, wherever they lie in its blocks, against a plain list of them.</summary>
public sealed class LogBatchTests
{
    private const int BlockBytes = 4096;

    [Fact]
    public void EveryRecordIsItself_InAnyOrder()
    {
        using BufferPool pool = new(new BufferPoolOptions { BlockBytes = BlockBytes, BlockCount = 256 });
        SeededRandom random = new(1);
        using LogBatch batch = new(pool, 1 << 20);
        for (int round = 0; round < 300; round++)
        {
            List<(long Position, byte[] Bytes)> records = Fill(batch, pool, random);
            Assert.Equal(records.Count, batch.Count);
            int first = random.NextInt(records.Count);
            AssertIs(batch, first, records[first]);
            for (int i = 0; i < records.Count; i++)
                AssertIs(batch, i, records[i]);
            for (int i = records.Count - 1; i >= 0; i--)
                AssertIs(batch, i, records[i]);
            for (int i = 0; i < 2 * records.Count; i++)
            {
                int any = random.NextInt(records.Count);
                AssertIs(batch, any, records[any]);
            }
        }
    }

    [Fact]
    public void WhatLiesInOneBlock_IsReadInPlace()
    {
        using BufferPool pool = new(new BufferPoolOptions { BlockBytes = BlockBytes, BlockCount = 16 });
        using LogBatch batch = new(pool, 1 << 20);
        Assert.True(batch.Payload.TryAppendCopy(new byte[3 * BlockBytes]));
        batch.Add(1, BlockBytes / 2, 2);
        batch.Add(2, BlockBytes / 2, 3);
        batch.Add(3, BlockBytes, 4);
        batch.Add(4, 10, 5);
        for (int i = 0; i < batch.Count; i++)
        {
            ReadOnlySpan<byte> record = batch.BytesOf(i);
            batch.Payload.SegmentSpan(i == 3 ? 2 : i / 2)[i == 1 ? BlockBytes / 2 : 0] = 7;
            Assert.Equal(7, record[0]);
        }

        // One that crosses blocks is a copy.
        batch.Clear(1);
        Assert.True(batch.Payload.TryAppendCopy(new byte[2 * BlockBytes]));
        batch.Add(1, BlockBytes + 1, 2);
        ReadOnlySpan<byte> copy = batch.BytesOf(0);
        batch.Payload.SegmentSpan(0)[0] = 7;
        Assert.Equal((0, 7), (copy[0], batch.BytesOf(0)[0]));
    }

    [Fact]
    public void ABatchWithoutRecords_SaysWhereTheNextReadBegins()
    {
        using BufferPool pool = new(new BufferPoolOptions { BlockBytes = BlockBytes, BlockCount = 16 });
        using LogBatch batch = new(pool, 100);
        batch.Clear(42);
        Assert.Equal((0, 42, 0), (batch.Count, batch.Next, batch.Payload.Length));
        Assert.True(batch.Payload.TryAppendCopy(new byte[8]));
        batch.Add(42, 0, 50);
        Assert.True(batch.BytesOf(0).IsEmpty);
        Assert.Equal((50, (42L, 0, 0)), (batch.Next, batch[0]));
    }

    /// <summary>Refills the batch as a log does: blocks full or not, records from none to several blocks long.</summary>
    private static List<(long Position, byte[] Bytes)> Fill(LogBatch batch, BufferPool pool, SeededRandom random)
    {
        long position = 1 + random.NextInt(1000);
        batch.Clear(position);
        int count = 1 + random.NextInt(40);
        int[] lengths = new int[count];
        int total = 0;
        for (int i = 0; i < count; i++)
        {
            int scale = random.NextInt(10);
            lengths[i] = scale == 0 ? 0 : scale < 8 ? random.NextInt(400) : random.NextInt(3 * BlockBytes);
            total += lengths[i];
        }

        byte[] all = new byte[total];
        for (int i = 0; i < total; i++)
            all[i] = (byte)random.Next();
        for (int at = 0; at < total;)
        {
            Assert.True(pool.TryRent(out BufferHandle handle));
            int offset = random.NextInt(64);
            int room = BlockBytes - offset;
            int part = Math.Min(total - at, random.NextInt(3) == 0 ? 1 + random.NextInt(room) : room);
            batch.Payload.AppendOwned(handle, offset, part);
            all.AsSpan(at, part).CopyTo(batch.Payload.SegmentSpan(batch.Payload.SegmentCount - 1));
            at += part;
        }

        List<(long, byte[])> records = [];
        int start = 0;
        foreach (int length in lengths)
        {
            long next = position + 1 + random.NextInt(100);
            batch.Add(position, length, next);
            records.Add((position, all[start..(start + length)]));
            start += length;
            position = next;
        }

        return records;
    }

    private static void AssertIs(LogBatch batch, int index, (long Position, byte[] Bytes) record)
    {
        Assert.Equal((record.Position, record.Bytes.Length), (batch[index].Position, batch[index].Length));
        Assert.True(batch.BytesOf(index).SequenceEqual(record.Bytes));
    }
}
