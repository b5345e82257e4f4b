// Random operations on up to a handful of lists that share blocks, each list beside a List<byte> that says what its bytes must
// be. The pool is small enough to run out now and then, so refused appends are covered; a leak shows at the end as a rented
// block.

using System.Buffers;

namespace Engine.Buffers.Tests;

/// <summary>Random operations on lists, each beside a plain array that says what the bytes must be.</summary>
public sealed class BufferListModelTests
{
    private const int BlockBytes = 64;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void ListsBehaveLikeArrays(int seed)
    {
        SeededRandom random = new((ulong)seed);
        using BufferPool pool = BufferPoolTests.Small(300, BlockBytes);
        List<(BufferList List, List<byte> Model)> lists = [];
        for (int step = 0; step < 4000; step++)
        {
            if (lists.Count == 0 || (lists.Count < 6 && random.NextInt(8) == 0))
                lists.Add((BufferList.Rent(pool), []));
            int at = random.NextInt(lists.Count);
            (BufferList list, List<byte> model) = lists[at];
            if (model.Count > 2000 || random.NextInt(40) == 0)
            {
                list.Dispose();
                lists.RemoveAt(at);
                continue;
            }

            Step(random, lists, list, model);
            if (random.NextInt(4) == 0)
                Check(list, model);
        }

        foreach ((BufferList list, List<byte> model) in lists)
        {
            Check(list, model);
            list.Dispose();
        }

        Assert.Equal(0, pool.RentedCount);
    }

    private static void Step(
        SeededRandom random, List<(BufferList List, List<byte> Model)> lists, BufferList list, List<byte> model)
    {
        BufferPool pool = list.Pool;
        switch (random.NextInt(8))
        {
            case 0 or 1:
                byte[] bytes = Bytes(random, random.NextInt(200));
                if (list.TryAppendCopy(bytes))
                    model.AddRange(bytes);
                break;
            case 2:
                int zeroes = random.NextInt(150);
                list.AppendZeroes(zeroes);
                model.AddRange(new byte[zeroes]);
                break;
            case 3 when pool.TryRent(out BufferHandle handle):
                AppendBlock(random, list, model, handle);
                break;
            case 4:
                int offset = random.NextInt(model.Count + 1);
                int length = random.NextInt(model.Count - offset + 1);
                lists.Add((list.Slice(offset, length), model.GetRange(offset, length)));
                break;
            case 5:
                (BufferList other, List<byte> otherModel) = lists[random.NextInt(lists.Count)];
                if (ReferenceEquals(other, list))
                    break;
                list.Claim(other);
                model.AddRange(otherModel);
                otherModel.Clear();
                break;
            case 6:
                int kept = random.NextInt(model.Count + 1);
                list.Truncate(kept);
                model.RemoveRange(kept, model.Count - kept);
                break;
            case 7:
                Overwrite(random, list, model);
                break;
        }
    }

    private static void AppendBlock(SeededRandom random, BufferList list, List<byte> model, BufferHandle handle)
    {
        Span<byte> span = list.Pool.Span(handle);
        random.NextBytes(span);
        int offset = random.NextInt(BlockBytes);
        int length = random.NextInt(BlockBytes - offset + 1);
        if (random.NextInt(2) == 0)
        {
            list.AppendOwned(handle, offset, length);
            model.AddRange(span.Slice(offset, length).ToArray());
            return;
        }

        // The same block twice, in reverse order, and our own reference dropped.
        list.Append(handle, offset, length);
        list.Append(handle, 0, offset);
        model.AddRange(span.Slice(offset, length).ToArray());
        model.AddRange(span[..offset].ToArray());
        list.Pool.Release(handle);
    }

    private static void Overwrite(SeededRandom random, BufferList list, List<byte> model)
    {
        // Only where the list shares no block: a write shows in every list over the block, which arrays do not model.
        long start = 0;
        for (int i = 0; i < list.SegmentCount; i++)
        {
            BufferSegment segment = list[i];
            if (segment.Handle != list.Pool.ZeroBlock && list.Pool.ReferenceCount(segment.Handle) == 1)
            {
                byte[] bytes = Bytes(random, segment.Length);
                list.CopyFrom(start, bytes);
                model.RemoveRange((int)start, bytes.Length);
                model.InsertRange((int)start, bytes);
            }

            start += segment.Length;
        }
    }

    private static void Check(BufferList list, List<byte> model)
    {
        byte[] expected = model.ToArray();
        list.Verify();
        Assert.Equal(expected.Length, list.Length);
        byte[] actual = new byte[expected.Length];
        list.CopyTo(0, actual);
        Assert.Equal(expected, actual);
        Assert.Equal(expected, list.AsReadOnlySequence().ToArray());
        Assert.Equal(Crc32C.AppendTable(0, expected), list.Crc32C());
        List<byte> walked = [];
        foreach (Span<byte> span in list)
            walked.AddRange(span.ToArray());
        Assert.Equal(expected, walked);
        Assert.Equal(expected, Gather(list));
        if (expected.Length > 10)
        {
            byte[] part = new byte[expected.Length - 10];
            list.CopyTo(7, part);
            Assert.Equal(expected.AsSpan(7, part.Length).ToArray(), part);
        }
    }

    private static unsafe byte[] Gather(BufferList list)
    {
        IoVector[] vectors = new IoVector[list.VectorCount];
        Assert.Equal(vectors.Length, list.CopyVectors(vectors));
        if (vectors.Length > 0)
            Assert.Equal(-1, list.CopyVectors(new IoVector[vectors.Length - 1]));
        List<byte> bytes = [];
        foreach (IoVector vector in vectors)
        {
            Assert.True(list.Pool.Contains(vector.Address, vector.Length));
            bytes.AddRange(new ReadOnlySpan<byte>((void*)vector.Address, (int)vector.Length).ToArray());
        }

        return bytes.ToArray();
    }

    private static byte[] Bytes(SeededRandom random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
