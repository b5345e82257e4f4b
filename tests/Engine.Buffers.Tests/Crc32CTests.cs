using FsCheck;
using FsCheck.Fluent;

namespace Engine.Buffers.Tests;

public sealed class Crc32CTests
{
    private delegate uint Code(uint seed, ReadOnlySpan<byte> bytes);

    [Fact]
    public void PublishedValuesHold()
    {
        // The check value of the CRC catalogue, and RFC 3720 appendix B.4.
        byte[] rising = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray();
        foreach ((string name, Code code) in Codes())
        {
            Assert.True(code(0, "123456789"u8) == 0xE306_9283, name);
            Assert.True(code(0, new byte[32]) == 0x8A91_36AA, name);
            Assert.True(code(0, Enumerable.Repeat((byte)0xFF, 32).ToArray()) == 0x62A8_AB43, name);
            Assert.True(code(0, rising) == 0x46DD_794E, name);
            Assert.True(code(0, rising.Reverse().ToArray()) == 0x113F_DB5C, name);
            Assert.True(code(77, []) == 77, name);
        }
    }

    [Fact]
    public void EveryCodeAgreesOnRandomLengths()
    {
        SeededRandom random = new(300);
        byte[] memory = new byte[70_000];
        random.NextBytes(memory);
        List<(string Name, Code Code)> codes = Codes();
        for (int i = 0; i < 300; i++)
        {
            int length = random.NextInt(i % 10 == 0 ? 65_536 : 6000);
            ReadOnlySpan<byte> bytes = memory.AsSpan(random.NextInt(100), length);
            uint seed = (uint)random.Next();
            uint expected = Crc32C.AppendTable(seed, bytes);
            foreach ((string name, Code code) in codes)
                Assert.True(expected == code(seed, bytes), $"{name}, {length} bytes");
        }
    }

    [Fact]
    public void EveryLengthAroundTheCodesLimitsAgrees()
    {
        byte[] memory = new byte[4200];
        new SeededRandom(5).NextBytes(memory);
        List<(string Name, Code Code)> codes = Codes();
        for (int length = 0; length <= 1200; length++)
        {
            uint expected = Crc32C.AppendTable(1, memory.AsSpan(0, length));
            foreach ((string name, Code code) in codes)
                Assert.True(expected == code(1, memory.AsSpan(0, length)), $"{name}, {length} bytes");
        }

        for (int length = 4070; length <= 4110; length++)
            Assert.Equal(Crc32C.AppendTable(1, memory.AsSpan(0, length)), Crc32C.Append(1, memory.AsSpan(0, length)));
    }

    [Fact]
    public void SplitsAndCombinesGiveTheWhole()
    {
        Prop.ForAll<byte[], byte[]>((a, b) =>
        {
            byte[] whole = [.. a, .. b];
            uint expected = Crc32C.AppendTable(0, whole);
            uint crcA = Crc32C.Append(0, a);
            return expected == Crc32C.Append(crcA, b) && expected == Crc32C.Combine(crcA, Crc32C.Append(0, b), b.Length);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void MovingOverLongRunsAgrees()
    {
        SeededRandom random = new(6);
        for (int i = 0; i < 500; i++)
        {
            uint crc = (uint)random.Next();
            long length = random.NextLong(1L << random.NextInt(1, 62));
            uint moved = Crc32C.MoveTable(crc, length);
            if (Crc32C.IsStreamsSupported)
                Assert.Equal(moved, Crc32C.MoveHardware(crc, length));
            Assert.Equal(moved, Crc32C.Combine(Crc32C.Combine(crc, 0, length / 3), 0, length - (length / 3)));
        }

        BufferPoolTests.Refused(() => Crc32C.Combine(0, 0, -1));
    }

    /// <summary>All codes that this processor runs; the table code always, so the list is never empty.</summary>
    private static List<(string Name, Code Code)> Codes()
    {
        List<(string, Code)> codes = [("table", Crc32C.AppendTable), ("chosen", Crc32C.Append)];
        if (Crc32C.IsSerialSupported)
            codes.Add(("serial", Crc32C.AppendSerial));
        if (Crc32C.IsStreamsSupported)
        {
            codes.Add(("streams", Crc32C.AppendStreams));
            codes.Add(("fold", Crc32C.AppendFold));
        }

        return codes;
    }
}
