using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing;

namespace Engine.Cluster.Tests;

/// <summary>Where no pages can come, a receiver reads beyond a frame: what it hands on is what it hands on of single bytes.
/// </summary>
public sealed class ReadAheadTests
{
    private const int WireBytes = 1 << 20;
    private const int Frames = 64;

    [Fact]
    public void ManySmallFramesAreOneCall()
    {
        using var wire = new LoopWire(WireBytes) { Seen = [] };
        using FrameReceiver receiver = NewReceiver(wire, new CountingSink(), memory: null);
        wire.Put(Notes(Frames));
        for (int i = 0; i < Frames; i++)
            Assert.True(receiver.Next().IsNone);
        Assert.Equal(Frames, receiver.Frames);
        // The header's range and the one behind it.
        Assert.Equal(2, wire.Seen.Count);
        Assert.False(wire.WasToFill);
        Assert.True(receiver.Next().IsEnd);
    }

    [Fact]
    public void WherePagesMayComeNothingIsReadBeyondAFrame()
    {
        using var pages = new BufferPool(new BufferPoolOptions { BlockBytes = 4096, BlockCount = 1 });
        using var wire = new LoopWire(WireBytes) { Seen = [] };
        using FrameReceiver receiver = NewReceiver(wire, new CountingSink(), new PageMemory([pages], long.MaxValue));
        byte[] note = Notes(1);
        wire.Put([.. note, .. note]);
        Assert.True(receiver.Next().IsNone);
        Assert.True(wire.WasToFill);
        Assert.Equal(note.Length, wire.Seen.Sum(static range => (long)range.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void WhatIsReadAheadIsWhatComesInBytes(ulong seed)
    {
        var random = new SeededRandom(seed);
        byte[][] good = [.. Talk()];
        var mutator = new FrameMutator(random.Fork(), good);
        int wrong = 0;
        for (int i = 0; i < 20_000; i++)
        {
            List<byte> stream = [];
            for (int frame = random.NextInt(12); frame >= 0; frame--)
                stream.AddRange(random.NextBool(0.9) ? good[random.NextInt(good.Length)] : mutator.Next());
            byte[] bytes = [.. stream];
            string expected = Read(bytes, static _ => 1);
            Assert.Equal(expected, Read(bytes, part: null));
            Assert.Equal(expected, Read(bytes, most => random.NextInt(1, 200)));
            wrong += expected.EndsWith("None", StringComparison.Ordinal) ? 0 : 1;
        }

        Assert.InRange(wrong, 1000, 19_000);
    }

    private static string Read(byte[] bytes, Func<int, int>? part)
    {
        using var wire = new LoopWire(WireBytes, part);
        var sink = new CountingSink();
        List<string> read = [];
        sink.Look = message => read.Add(((Note)message).ToString()!);
        using FrameReceiver receiver = NewReceiver(wire, sink, memory: null);
        wire.Put(bytes);
        ReceiveEnd end;
        do
            end = receiver.Next();
        while (end.IsNone);
        return $"{string.Join(' ', read)} {sink.Others} {sink.Declines} {receiver.Frames} {end.IsEnd} {end.Problem.Kind}";
    }

    private static FrameReceiver NewReceiver(LoopWire wire, CountingSink sink, PageMemory? memory) =>
        new(wire, TestMessages.Formats, memory, sink) { Limits = FrameLimits.Of(PeerKind.Rank) };

    private static byte[] Notes(uint count)
    {
        List<byte> bytes = [];
        for (uint i = 0; i < count; i++)
            bytes.AddRange(Cluster.Tests.Frames.Note(i, 20));
        return [.. bytes];
    }

    private static IEnumerable<byte[]> Talk()
    {
        yield return Cluster.Tests.Frames.Note(1, 20);
        yield return Cluster.Tests.Frames.Note(2, 3000);
        yield return FrameSamples.Of(FrameKind.Heartbeat, []);
        yield return FrameSamples.Of(FrameKind.Declined, [], transfer: 3);
        yield return FrameSamples.Of(FrameKind.Goodbye, []);
        // Nobody has memory for these.
        yield return FrameSamples.Pages(
            FrameFlags.First | FrameFlags.Last, 1, 0, Cluster.Tests.Frames.Opening(1), (10, 700, 20), (12, 90, 0));
        yield return FrameSamples.Pages(FrameFlags.First | FrameFlags.Last, 2, 0, Cluster.Tests.Frames.Opening(2));
    }
}
