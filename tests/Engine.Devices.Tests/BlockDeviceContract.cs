using Engine.Buffers;
using Engine.Testing.Devices;

namespace Engine.Devices.Tests;

// What every engine must do, run over each of them by a subclass (BlockDeviceContract.Lifetime.cs has ending, failure and
// allocation). Devices are small and their queues shallow, so that limits are reached.
public abstract partial class BlockDeviceContract
{
    protected const int Capacity = 1 << 20;
    protected const int QueueDepth = 8;
    private const int Block = 4096;

    /// <summary>A zeroed device of <see cref="Capacity"/> bytes and <see cref="QueueDepth"/>; null, after a printed reason, where
    /// the machine has no such engine.</summary>
    protected abstract IBlockDevice? TryOpen();

    [Fact]
    public void Submit_WriteThenRead_GivesTheSameBytes()
    {
        using IBlockDevice? device = TryOpen();
        if (device is null)
            return;
        using var buffer = new DeviceBuffer(8 * Block);
        FillPattern(buffer.Span[..(4 * Block)], 1);
        var sink = new CollectingSink();
        device.Submit([buffer.Write(3 * Block, 0, 4 * Block, 7, sink)]);
        sink.WaitFor(1);
        device.Submit([buffer.Read(3 * Block, 4 * Block, 4 * Block, 8, sink)]);
        sink.WaitFor(2);

        Assert.Equal(IoResult.Ok(4 * Block), sink.ResultOf(7));
        Assert.Equal(IoResult.Ok(4 * Block), sink.ResultOf(8));
        Assert.True(buffer.Span[(4 * Block)..].SequenceEqual(buffer.Span[..(4 * Block)]));
    }

    [Fact]
    public unsafe void Submit_GatherThenScatter_KeepsTheOrderOfVectors()
    {
        using IBlockDevice? device = TryOpen();
        if (device is null)
            return;
        using var buffer = new DeviceBuffer(8 * Block);
        FillPattern(buffer.Span[..(4 * Block)], 2);
        var sink = new CollectingSink();
        device.Submit([
            Vectored(DeviceOperation.Write, buffer.Vectors((2 * Block, Block), (0, 2 * Block), (3 * Block, Block)), 3, sink)]);
        sink.WaitFor(1);
        device.Submit([Vectored(DeviceOperation.Read, buffer.Vectors((7 * Block, Block), (4 * Block, 3 * Block)), 2, sink)]);
        sink.WaitFor(2);

        Assert.All(sink.Completions, c => Assert.Equal(IoResult.Ok(4 * Block), c.Result));
        Assert.True(buffer.Span.Slice(7 * Block, Block).SequenceEqual(buffer.Span.Slice(2 * Block, Block)));
        Assert.True(buffer.Span.Slice(4 * Block, 2 * Block).SequenceEqual(buffer.Span[..(2 * Block)]));
        Assert.True(buffer.Span.Slice(6 * Block, Block).SequenceEqual(buffer.Span.Slice(3 * Block, Block)));
    }

    [Fact]
    public void Submit_BatchLargerThanTheQueue_CompletesEachOnce()
    {
        using IBlockDevice? device = TryOpen();
        if (device is null)
            return;
        const int count = 500;
        using var buffer = new DeviceBuffer(Block);
        var sink = new CollectingSink();
        var requests = new DeviceRequest[count];
        for (int i = 0; i < count; i++)
            requests[i] = buffer.Read(i % (Capacity / Block) * Block, 0, Block, (ulong)i, sink);
        device.Submit(requests);
        sink.WaitFor(count);

        Assert.Equal(Enumerable.Range(0, count), sink.Completions.Select(c => (int)c.Token).Order());
        Assert.All(sink.Completions, c => Assert.Equal(IoResult.Ok(Block), c.Result));
    }

    [Fact]
    public void Submit_FromInsideCompletions_Completes()
    {
        using IBlockDevice? device = TryOpen();
        if (device is null)
            return;
        const int starts = 16;
        const int rounds = 50;
        using var buffer = new DeviceBuffer(Block);
        DeviceRequest template = buffer.Read(0, 0, Block);
        var sink = new CollectingSink();
        sink.OnComplete = (token, _) =>
        {
            if (token / starts + 1 < rounds)
                device.Submit([Again(template, token + starts, sink)]);
        };
        for (ulong i = 0; i < starts; i++)
            device.Submit([Again(template, i, sink)]);
        sink.WaitFor(starts * rounds);

        Assert.Equal(Enumerable.Range(0, starts * rounds), sink.Completions.Select(c => (int)c.Token).Order());
    }

    [Fact]
    public void Submit_FromManyThreads_CompletesEachOnceAndNeverInside()
    {
        using IBlockDevice? device = TryOpen();
        if (device is null)
            return;
        const int threads = 4;
        const int each = 300;
        using var buffer = new DeviceBuffer(Block);
        DeviceRequest template = buffer.Read(0, 0, Block);
        var inside = new ThreadLocal<bool>();
        int insideCount = 0;
        var sink = new CollectingSink { OnComplete = (_, _) => Interlocked.Add(ref insideCount, inside.Value ? 1 : 0) };
        Thread[] submitters = [.. Enumerable.Range(0, threads).Select(t => new Thread(() =>
        {
            for (int i = 0; i < each; i++)
            {
                inside.Value = true;
                device.Submit([Again(template, (ulong)(t * each + i), sink)]);
                inside.Value = false;
            }
        }))];
        Array.ForEach(submitters, t => t.Start());
        Array.ForEach(submitters, t => t.Join());
        sink.WaitFor(threads * each);

        Assert.Equal(0, insideCount);
        Assert.Equal(Enumerable.Range(0, threads * each), sink.Completions.Select(c => (int)c.Token).Order());
    }

    [Fact]
    public void FlushAndFua_Complete()
    {
        using IBlockDevice? device = TryOpen();
        if (device is null)
            return;
        using var buffer = new DeviceBuffer(Block);
        FillPattern(buffer.Span, 3);
        var sink = new CollectingSink();
        device.Submit([buffer.Write(0, 0, Block, 1, sink, fua: true), DeviceCalls.FlushRequest(2, sink)]);
        sink.WaitFor(2);

        Assert.Equal(IoResult.Ok(Block), sink.ResultOf(1));
        Assert.Equal(IoResult.Ok(0), sink.ResultOf(2));
        Assert.Equal(IoResult.Ok(0), device.Flush());
        Assert.Equal(buffer.Span.ToArray(), device.ReadBytes(0, Block));
    }

    [Fact]
    public void MalformedRequests_CompleteWithEinval()
    {
        using IBlockDevice? device = TryOpen();
        if (device is null)
            return;
        using var buffer = new DeviceBuffer(2 * Block);
        var sink = new CollectingSink();
        DeviceRequest good = buffer.Read(0, 0, Block);
        DeviceRequest[] bad =
        [
            good with { Offset = 1 },
            good with { Offset = -Block },
            good with { Length = 2 * Block },
            good with { Length = Block - 1 },
            good with { VectorCount = 0 },
            good with { VectorCount = device.Geometry.VectorsMax + 1 },
            good with { Operation = 0 },
            good with { Operation = (DeviceOperation)6 },
            good with { Operation = DeviceOperation.Write, Offset = 1 },
            DeviceCalls.RangeRequest(DeviceOperation.Discard, 1, Block),
            DeviceCalls.RangeRequest(DeviceOperation.WriteZeroes, 0, Block + 1),
            device.Geometry.MemoryAlignment > 1 ? buffer.Read(0, 1, Block) : good with { Length = 0 },
        ];
        for (int i = 0; i < bad.Length; i++)
        {
            Assert.Equal(IoResult.Fail(IoError.Invalid), device.Execute(bad[i]));
            bad[i] = Again(bad[i], (ulong)i, sink);
        }

        device.Submit(bad);
        sink.WaitFor(bad.Length);
        Assert.All(sink.Completions, c => Assert.Equal(IoResult.Fail(IoError.Invalid), c.Result));
    }

    [Fact]
    public void ReadPastTheEnd_IsShort_ChangePastTheEnd_IsNoSpace()
    {
        using IBlockDevice? device = TryOpen();
        if (device is null)
            return;
        using var buffer = new DeviceBuffer(2 * Block);
        var sink = new CollectingSink();
        DeviceRequest[] requests =
        [
            buffer.Read(Capacity - Block, 0, 2 * Block, 0, sink),
            buffer.Read(Capacity, 0, Block, 1, sink),
            buffer.Write(Capacity - Block, 0, 2 * Block, 2, sink),
            buffer.Write(Capacity, 0, Block, 3, sink),
            DeviceCalls.RangeRequest(DeviceOperation.Discard, Capacity, Block, 4, sink),
            DeviceCalls.RangeRequest(DeviceOperation.WriteZeroes, Capacity - Block, 2 * Block, 5, sink),
        ];
        IoResult noSpace = IoResult.Fail(IoError.NoSpace);
        IoResult[] expected = [IoResult.Ok(Block), IoResult.Ok(0), noSpace, noSpace, noSpace, noSpace];
        device.Submit(requests);
        sink.WaitFor(requests.Length);
        for (int i = 0; i < requests.Length; i++)
        {
            Assert.Equal(expected[i], sink.ResultOf((ulong)i));
            Assert.Equal(expected[i], device.Execute(requests[i]));
        }
    }

    [Fact]
    public void DiscardAndWriteZeroes_LeaveZeroesWherePromised()
    {
        using IBlockDevice? device = TryOpen();
        if (device is null)
            return;
        byte[] pattern = new byte[8 * Block];
        FillPattern(pattern, 4);
        Assert.Equal(IoResult.Ok(pattern.Length), device.WriteBytes(0, pattern));
        var sink = new CollectingSink();
        device.Submit([
            DeviceCalls.RangeRequest(DeviceOperation.WriteZeroes, Block, 2 * Block, 1, sink),
            DeviceCalls.RangeRequest(DeviceOperation.Discard, 4 * Block, 2 * Block, 2, sink)]);
        sink.WaitFor(2);

        Assert.Equal(IoResult.Ok(0), sink.ResultOf(1));
        byte[] after = device.ReadBytes(0, 8 * Block);
        Assert.True(after.AsSpan(0, Block).SequenceEqual(pattern.AsSpan(0, Block)));
        Assert.False(after.AsSpan(Block, 2 * Block).ContainsAnyExcept((byte)0));
        Assert.True(after.AsSpan(3 * Block, Block).SequenceEqual(pattern.AsSpan(3 * Block, Block)));
        Assert.Equal(device.Geometry.HasDiscard, !sink.ResultOf(2).Failed);
        if (device.Geometry.DiscardZeroes)
            Assert.False(after.AsSpan(4 * Block, 2 * Block).ContainsAnyExcept((byte)0));
        Assert.True(after.AsSpan(6 * Block).SequenceEqual(pattern.AsSpan(6 * Block)));
    }

    protected static void FillPattern(Span<byte> bytes, int seed)
    {
        uint state = (uint)seed * 2654435761u + 1;
        for (int i = 0; i < bytes.Length; i++)
        {
            state = state * 1664525u + 1013904223u;
            bytes[i] = (byte)(state >> 24);
        }
    }

    private static DeviceRequest Again(in DeviceRequest request, ulong token, IDeviceSink sink) =>
        request with { Token = token, Sink = sink };

    private static unsafe DeviceRequest Vectored(DeviceOperation operation, IoVector* vectors, int count, IDeviceSink sink) =>
        new() { Operation = operation, Offset = Block, Length = 4 * Block, Vectors = vectors, VectorCount = count, Sink = sink };
}
