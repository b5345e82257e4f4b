// Damaged messages: any bytes give a message or say why they are none; nothing throws, and nothing is allocated that the bytes do
// not hold. Each is read out of an array of exactly its size.

using Engine.Buffers;
using Engine.Testing;
using Engine.Testing.Wire;
using Xunit.Abstractions;

namespace Engine.Metadata.Tests;

/// <summary>Prefixes, flipped bits, and many damaged messages.</summary>
public sealed class WireDamageTests(ITestOutputHelper output)
{
    private const int ExecutionsPerSeed = 250_000;

    private static readonly IReadOnlyList<Type> s_types = MessageMaker.TypesOf(typeof(Message).Assembly);

    private readonly WireFixture _wire = new(MetadataFormats.Create());

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
                if (_wire.ReadDamaged(bytes) is { } message)
                    accepted += _wire.AssertReadsAgain(message);
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
        int executions = Nightly.Count(usual: ExecutionsPerSeed, nightly: 10 * ExecutionsPerSeed);
        output.WriteLine(_wire.Damage(new SeededRandom(seed), s_types, Samples(), executions));
    }

    private List<byte[]> Samples() => [.. MessageSamples.All.Select(_wire.Write)];
}
