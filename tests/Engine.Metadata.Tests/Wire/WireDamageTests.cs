// Damaged messages: any bytes give a message or say why they are none; nothing throws, and nothing is allocated that the bytes do
// not hold. Each is read out of an array of exactly its size.

using System.Diagnostics;
using Engine.Buffers;
using Engine.Testing;
using Xunit.Abstractions;

namespace Engine.Metadata.Tests;

/// <summary>Prefixes, flipped bits, and many damaged messages.</summary>
public sealed class WireDamageTests(ITestOutputHelper output)
{
    private const int Seeds = 4;
    private const int ExecutionsPerSeed = 250_000;

    /// <summary>Managed bytes that may be allocated for each byte of a message, and at the least: a name of one byte, which
    /// takes two, becomes an array of its own.</summary>
    private const int AllocatedPerByteMax = 24;

    private const int AllocatedAtLeast = 1024;

    private readonly WireFixture _wire = new();

    [Fact]
    public void EveryPrefixIsRefused()
    {
        int count = 0;
        foreach (byte[] bytes in Samples())
        {
            for (int length = 0; length < bytes.Length; length++, count++)
            {
                byte[] prefix = bytes[..length];
                WireProblem problem = _wire.Refused(prefix);
                Assert.Equal(
                    length < WireFixture.HeaderBytes ? WireProblemKind.Truncated : WireProblemKind.Length, problem.Kind);
                if (length < WireFixture.HeaderBytes)
                    continue;
                // The same from somebody who says that it is whole.
                WireFixture.FixLength(prefix);
                problem = _wire.Refused(prefix);
                Assert.True(
                    problem.Kind is WireProblemKind.Truncated or WireProblemKind.Length or WireProblemKind.Count,
                    $"{problem} of {length} bytes");
            }
        }

        output.WriteLine($"{count} prefixes");
    }

    [Fact]
    public void EveryFlippedBitGivesAMessageOrAnError()
    {
        int accepted = 0;
        int refused = 0;
        foreach (byte[] bytes in Samples())
        {
            for (int bit = 0; bit < bytes.Length * 8; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                if (Read(bytes) is { } message)
                    accepted += AssertReadsAgain(message);
                else
                    refused++;
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }

        output.WriteLine($"{accepted} accepted, {refused} refused");
        Assert.True(accepted > 1000 && refused > 1000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void DamagedMessagesAreRefusedOrReadAgain(ulong seed)
    {
        var random = new SeededRandom(seed);
        var maker = new MessageMaker(random.Fork());
        byte[][] good = [.. Samples(), .. Enumerable.Range(0, 400).Select(_ => _wire.Write(maker.Next()))];
        var mutator = new WireMutator(random.Fork(), good);
        var seen = new int[Enum.GetValues<WireProblemKind>().Length];
        long started = Stopwatch.GetTimestamp();
        int executions = Nightly.Count(usual: ExecutionsPerSeed, nightly: 10 * ExecutionsPerSeed);
        for (int i = 0; i < executions; i++)
        {
            byte[] bytes = mutator.Next().ToArray();
            Message? message = Read(bytes, seen);
            // Comparing field by field is slow.
            if (message is not null && i % 8 == 0)
                AssertReadsAgain(message);
        }

        output.WriteLine($"{executions} of {Seeds * (long)executions} inputs in {Stopwatch.GetElapsedTime(started)}: "
            + string.Join(", ", seen.Select((count, kind) => $"{(WireProblemKind)kind} {count}")));
        Assert.InRange(seen[0], executions / 20, executions / 2);
        foreach (WireProblemKind kind in Enum.GetValues<WireProblemKind>())
            Assert.True(seen[(int)kind] > 0, $"{kind} was never found");
    }

    private List<byte[]> Samples() => [.. MessageSamples.All.Select(_wire.Write)];

    /// <summary>Reads bytes, and watches what is allocated for that.</summary>
    private Message? Read(byte[] bytes, int[]? seen = null)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        WireProblem problem = _wire.Formats.TryRead(bytes, out Message? message);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(problem.IsNone, message is not null);
        Assert.InRange(problem.Position, 0, bytes.Length);
        Assert.InRange(allocated, 0, AllocatedAtLeast + ((long)AllocatedPerByteMax * bytes.Length));
        if (seen is not null)
            seen[(int)problem.Kind]++;
        return message;
    }

    /// <summary>What was accepted can be sent, and is read as it was.</summary>
    private int AssertReadsAgain(Message message)
    {
        Assert.Null(DeepEquality.Difference(message, _wire.Read(_wire.Write(message))));
        return 1;
    }
}
