using Engine.Buffers;
using Engine.Testing;
using Xunit.Abstractions;

namespace Engine.Cluster.Tests;

/// <summary>Any bytes give a frame or say why they are none; nothing throws.</summary>
public sealed class FrameDamageTests(ITestOutputHelper output)
{
    private const int ExecutionsPerSeed = 250_000;

    [Fact]
    public void EveryFlippedBitIsFound()
    {
        foreach ((string name, byte[] sample) in FrameSamples.All)
        {
            byte[] bytes = [.. sample];
            Assert.True(FrameDecoder.Read(bytes, FrameDecoder.Anything, out FrameHeader header).IsNone, name);
            // Of sealed pages the frame checks nothing: their taker does.
            int summed = FrameHeader.Bytes + header.BodyBytes
                + (header.Flags.HasFlag(FrameFlags.Sealed) ? 0 : header.PayloadBytes);
            for (int bit = 0; bit < summed * 8; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                FrameProblem problem = FrameDecoder.Read(bytes, FrameDecoder.Anything, out _);
                Assert.False(problem.IsNone, $"{name}, bit {bit}");
                Assert.DoesNotContain('\n', problem.ToString());
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void DamagedFramesAreRefusedOrCanBe(ulong seed)
    {
        byte[][] good = [.. FrameSamples.All.Where(sample => sample.Bytes.Length < 8192).Select(sample => sample.Bytes)];
        var mutator = new FrameMutator(new SeededRandom(seed), good);
        var seen = new int[Enum.GetValues<FrameProblemKind>().Length];
        int executions = Nightly.Count(usual: ExecutionsPerSeed, nightly: 10 * ExecutionsPerSeed);
        for (int i = 0; i < executions; i++)
        {
            byte[] bytes = mutator.Next();
            FrameProblem problem = FrameDecoder.Read(bytes, FrameLimits.Of(Metadata.PeerKind.Rank), out _);
            if (problem.Kind == FrameProblemKind.NotNow)
                problem = FrameDecoder.Read(bytes, FrameDecoder.Anything, out _);
            seen[(int)problem.Kind]++;
        }

        output.WriteLine($"{executions} inputs: "
            + string.Join(", ", seen.Select((count, kind) => $"{(FrameProblemKind)kind} {count}")));
        Assert.InRange(seen[0], executions / 50, executions / 2);
        foreach (FrameProblemKind kind in Enum.GetValues<FrameProblemKind>())
        {
            if (kind is not FrameProblemKind.NotNow and not FrameProblemKind.Message)
                Assert.True(seen[(int)kind] > 0, $"{kind} was never found");
        }
    }
}
