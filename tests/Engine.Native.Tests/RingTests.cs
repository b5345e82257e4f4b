// Rings through the managed mirror of the shim: submission, completion, waking, refusal, on io_uring and libaio.
using Engine.Testing;
using Xunit.Abstractions;

namespace Engine.Native.Tests;

public sealed unsafe class RingTests(ITestOutputHelper output)
{
    private const int Block = 4096;
    private const int Count = 64;

    [Theory]
    [InlineData(nameof(EioEngine.Uring))]
    [InlineData(nameof(EioEngine.Aio))]
    public void BatchesAboveTheDepthAreWrittenAndReadBack(string engine)
    {
        using var temporary = new TemporaryFile(Count * Block);
        using var memory = new MappedMemory(Count * Block);
        using var ring = Create(temporary.File, engine, 16);
        if (ring is null)
            return;
        for (var i = 0; i < Count; i++)
            memory.Bytes.Slice(i * Block, Block).Fill((byte)(i + 1));

        Assert.All(Run(ring, memory, EioOperation.Write, -1), result => Assert.Equal(Block, result));
        memory.Bytes.Clear();
        Assert.All(Run(ring, memory, EioOperation.Read, -1), result => Assert.Equal(Block, result));
        for (var i = 0; i < Count; i++)
            Assert.Equal(-1, memory.Bytes.Slice(i * Block, Block).IndexOfAnyExcept((byte)(i + 1)));
        Assert.All(Run(ring, memory, EioOperation.Flush, -1), result => Assert.Equal(0, result));
    }

    [Fact]
    public void RegisteredBuffersTransferOnIoUring()
    {
        using var temporary = new TemporaryFile(Count * Block);
        using var memory = new MappedMemory(Count * Block);
        using var ring = Create(temporary.File, nameof(EioEngine.Uring), Count);
        if (ring is null)
            return;
        var error = ring.RegisterBuffers([memory.Vector(0, Count * Block)]);
        if (error == -12)
        {
            TestSkip.Because("the memlock limit is too low for registered buffers", output.WriteLine);
            return;
        }

        Assert.Equal(0, error);
        memory.Bytes.Fill(9);
        Assert.All(Run(ring, memory, EioOperation.Write, 0), result => Assert.Equal(Block, result));
        memory.Bytes.Clear();
        Assert.All(Run(ring, memory, EioOperation.Read, 0), result => Assert.Equal(Block, result));
        Assert.Equal(-1, memory.Bytes.IndexOfAnyExcept((byte)9));
    }

    [Theory]
    [InlineData(nameof(EioEngine.Uring))]
    [InlineData(nameof(EioEngine.Aio))]
    public void AWakeFromAnotherThreadEndsTheWait(string engine)
    {
        using var temporary = new TemporaryFile(Block);
        using var ring = Create(temporary.File, engine, 4);
        if (ring is null)
            return;
        var woke = false;
        var waker = new Thread(() => woke = ring.Wake());
        waker.Start();
        EioCompletion completion;
        Assert.Equal(0, ring.Step(null, 0, out var accepted, wait: true, timeoutMs: -1, &completion, 1));
        waker.Join();
        Assert.True(woke);
        Assert.Equal(0, accepted);
        ring.Dispose();
        Assert.False(ring.Wake());
    }

    [Theory]
    [InlineData(nameof(EioEngine.Uring))]
    [InlineData(nameof(EioEngine.Aio))]
    public void ARingKeepsItsFileOpen(string engine)
    {
        using var temporary = new TemporaryFile(Count * Block);
        using var memory = new MappedMemory(Count * Block);
        using var ring = Create(temporary.File, engine, 16);
        if (ring is null)
            return;
        temporary.File.Dispose();
        Assert.All(Run(ring, memory, EioOperation.Read, -1), result => Assert.Equal(Block, result));
        Assert.Equal(-16, EioFileHandle.Open(temporary.Path, EioOpenFlags.Exclusive, out _)); // EBUSY
        ring.Dispose();
        Assert.Equal(0, EioFileHandle.Open(temporary.Path, EioOpenFlags.Exclusive, out var again));
        again!.Dispose();
    }

    [Fact]
    public void WantedFeaturesBoundWhatIsGranted()
    {
        using var temporary = new TemporaryFile(Block);
        using var best = Create(temporary.File, nameof(EioEngine.Uring), 4);
        if (best is null)
            return;
        var error = EioRingHandle.Create(temporary.File, EioEngine.Uring, 4, EioRingFeatures.FixedFile, out var plain);
        Assert.Equal(0, error);
        using (plain)
            Assert.Equal(EioRingFeatures.None, plain!.Features & ~EioRingFeatures.FixedFile);
        Assert.Equal(-22, EioRingHandle.Create(temporary.File, EioEngine.Uring, 0, EioRingFeatures.None, out var none)); // EINVAL
        Assert.Null(none);
    }

    /// <summary>A ring, or null after the skip was recorded.</summary>
    private EioRingHandle? Create(EioFileHandle file, string engine, int entries)
    {
        var error = EioRingHandle.Create(file, Enum.Parse<EioEngine>(engine), entries, EioRingFeatures.None, out var ring);
        if (error is -38 or -1 or -13)
        {
            TestSkip.Because($"the kernel refuses {engine} (errno {-error})", output.WriteLine);
            return null;
        }

        Assert.Equal(0, error);
        return ring;
    }

    /// <summary>One request a block; the results by block.</summary>
    private static long[] Run(EioRingHandle ring, MappedMemory memory, EioOperation operation, int bufferIndex)
    {
        var vectors = stackalloc EioVector[Count];
        var requests = stackalloc EioRequest[Count];
        var completions = stackalloc EioCompletion[8];
        for (var i = 0; i < Count; i++)
        {
            vectors[i] = memory.Vector(i * Block, Block);
            requests[i] = new EioRequest
            {
                Token = (ulong)i, Offset = i * Block, Length = Block, Vectors = &vectors[i], VectorCount = 1,
                Operation = operation, BufferIndex = bufferIndex,
            };
        }

        var results = new long[Count];
        Array.Fill(results, long.MinValue);
        for (int taken = 0, done = 0; done < Count;)
        {
            var reaped = ring.Step(requests + taken, Count - taken, out var accepted, wait: true, timeoutMs: -1, completions, 8);
            Assert.InRange(reaped, 0, 8);
            taken += accepted;
            done += reaped;
            for (var i = 0; i < reaped; i++)
            {
                Assert.Equal(long.MinValue, results[completions[i].Token]);
                results[completions[i].Token] = completions[i].Result;
            }
        }

        return results;
    }
}
