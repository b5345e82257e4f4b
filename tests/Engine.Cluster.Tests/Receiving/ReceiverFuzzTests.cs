using Engine.Buffers;
using Engine.Testing;
using Xunit.Abstractions;

namespace Engine.Cluster.Tests;

/// <summary>A receiver takes any bytes: it hands on what can be and says what is wrong with the rest; nothing throws, no page is
/// lost, and no more memory is taken than the sender may fill.</summary>
public sealed class ReceiverFuzzTests(ITestOutputHelper output)
{
    private const int ExecutionsPerSeed = 250_000;
    private const int WireBytes = 1 << 20;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void DamagedStreamsAreTakenOrRefused(ulong seed)
    {
        var random = new SeededRandom(seed);
        byte[][] good = [.. Talk()];
        var mutator = new FrameMutator(random.Fork(), good);
        using var small = new BufferPool(new BufferPoolOptions { BlockBytes = 1024, BlockCount = 8 });
        using var middle = new BufferPool(new BufferPoolOptions { BlockBytes = 4096, BlockCount = 8 });
        using var wire = new LoopWire(WireBytes, most => random.NextBool(0.5) ? most : random.NextInt(1, 40));
        var memory = new PageMemory([small, middle], 6 * 4096);
        var sink = new CountingSink();
        var seen = new int[Enum.GetValues<FrameProblemKind>().Length];
        int executions = Nightly.Count(usual: ExecutionsPerSeed, nightly: 10 * ExecutionsPerSeed);
        for (int i = 0; i < executions; i++)
        {
            byte[] stream = [.. good[random.NextInt(good.Length)], .. mutator.Next(), .. good[random.NextInt(good.Length)]];
            wire.Put(stream);
            seen[(int)Read(wire, memory, sink)]++;
            Assert.Equal((0, 0), (small.RentedCount, middle.RentedCount));
        }

        output.WriteLine($"{executions} inputs, {sink.Messages} messages, {sink.Transfers} transfers, {sink.Declines} declined: "
            + string.Join(", ", seen.Select((count, kind) => $"{(FrameProblemKind)kind} {count}")));
        Assert.True(sink.Transfers > 1000 && sink.Declines > 100 && sink.Others > 1000);
        foreach (FrameProblemKind kind in Enum.GetValues<FrameProblemKind>())
            Assert.True(seen[(int)kind] > 0 || kind == FrameProblemKind.Field, $"{kind} was never found");
    }

    private static FrameProblemKind Read(LoopWire wire, PageMemory memory, CountingSink sink)
    {
        using var receiver = new FrameReceiver(wire, TestMessages.Formats, memory, sink)
        {
            Limits = FrameLimits.Of(Metadata.PeerKind.Rank),
        };
        ReceiveEnd end;
        do
            end = receiver.Next();
        while (end.IsNone);
        Assert.True(end.Error.IsNone);
        return end.Problem.Kind;
    }

    private static IEnumerable<byte[]> Talk()
    {
        yield return Frames.Note(1, 20);
        yield return FrameSamples.Of(FrameKind.Heartbeat, []);
        yield return FrameSamples.Of(FrameKind.Declined, [], transfer: 3);
        yield return FrameSamples.Of(FrameKind.Goodbye, []);
        foreach (FrameFlags isSealed in (FrameFlags[])[FrameFlags.None, FrameFlags.Sealed])
        {
            byte[] whole = FrameSamples.Pages(
                FrameFlags.First | FrameFlags.Last | isSealed, 1, 0, Frames.Opening(1), (10, 700, 20), (12, 90, 0));
            byte[] first = FrameSamples.Pages(FrameFlags.First | isSealed, 2, 0, Frames.Opening(2), (10, 60, 20), (10, 50, 0));
            byte[] last = FrameSamples.Pages(FrameFlags.Last | isSealed, 2, 1, [], (12, 60, 20));
            byte[] large = FrameSamples.Pages(FrameFlags.First | isSealed, 2, 0, Frames.Opening(2), (12, 60, 20), (14, 50, 0));
            yield return whole;
            yield return [.. first, .. last];
            yield return [.. first, .. FrameSamples.Of(FrameKind.Withdrawn, [], transfer: 2)];
            yield return [.. large, .. last];
            yield return first;
            yield return last;
        }
    }
}
