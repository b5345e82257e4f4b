using Engine.Buffers;

namespace Engine.Buffers.Tests;

public sealed class BlockCopyTests
{
    [Fact]
    public void CopiesEveryLengthAndAlignmentAndNothingElse()
    {
        SeededRandom random = new(7);
        byte[] source = new byte[20_000];
        random.NextBytes(source);
        foreach (int length in (int[])[0, 1, 255, 256, 257, 511, 512, 4095, 4096, 4097, 16_384, 16_385, 19_000])
        {
            for (int shift = 0; shift < 65; shift += 13)
            {
                byte[] target = new byte[20_000];
                target.AsSpan().Fill(0xAA);
                BlockCopy.Copy(source.AsSpan(shift, length), target.AsSpan(shift + 1));
                Assert.True(source.AsSpan(shift, length).SequenceEqual(target.AsSpan(shift + 1, length)));
                Assert.Equal(-1, target.AsSpan(0, shift + 1).IndexOfAnyExcept((byte)0xAA));
                Assert.Equal(-1, target.AsSpan(shift + 1 + length).IndexOfAnyExcept((byte)0xAA));
            }
        }
    }

    [Fact]
    public void RefusesADestinationThatIsTooSmall() =>
        Assert.ThrowsAny<Exception>(() => BlockCopy.Copy(new byte[4096], new byte[4095]));
}
