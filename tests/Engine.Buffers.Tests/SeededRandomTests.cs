namespace Engine.Buffers.Tests;

public sealed class SeededRandomTests
{
    [Fact]
    public void SameSeedSameSequenceOtherSeedOtherSequence()
    {
        SeededRandom a = new(42);
        SeededRandom b = new(42);
        SeededRandom c = new(43);
        ulong[] first = Enumerable.Range(0, 100).Select(_ => a.Next()).ToArray();
        Assert.Equal(first, Enumerable.Range(0, 100).Select(_ => b.Next()).ToArray());
        Assert.NotEqual(first, Enumerable.Range(0, 100).Select(_ => c.Next()).ToArray());
        Assert.Equal(a.Fork().Next(), b.Fork().Next());
        Assert.Equal(42ul, a.Seed);
    }

    [Fact]
    public void FollowsThePublishedAlgorithm()
    {
        // xoshiro256** seeded by SplitMix64 from 0; the first state words are SplitMix64's published outputs for seed 0.
        ulong[] state = [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F, 0xF88B_B8A8_724C_81EC];
        SeededRandom random = new(0);
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(ulong.RotateLeft(state[1] * 5, 7) * 9, random.Next());
            ulong t = state[1] << 17;
            state[2] ^= state[0];
            state[3] ^= state[1];
            state[1] ^= state[2];
            state[0] ^= state[3];
            state[2] ^= t;
            state[3] = ulong.RotateLeft(state[3], 45);
        }
    }

    [Fact]
    public void BoundedNumbersCoverTheirRangeEvenly()
    {
        SeededRandom random = new(7);
        int[] hits = new int[10];
        for (int i = 0; i < 100_000; i++)
            hits[random.NextInt(10)]++;
        Assert.All(hits, count => Assert.InRange(count, 9_500, 10_500));
        for (int i = 0; i < 1000; i++)
        {
            Assert.InRange(random.NextInt(-5, 5), -5, 4);
            Assert.InRange(random.NextLong(long.MaxValue), 0, long.MaxValue - 1);
            Assert.InRange(random.NextDouble(), 0, 0.9999999999999999);
            Assert.Equal(0, random.NextInt(1));
        }

        Assert.InRange(Enumerable.Range(0, 10_000).Count(_ => random.NextBool(0.25)), 2_300, 2_700);
        Assert.False(random.NextBool(0));
        Assert.True(random.NextBool(1));
        BufferPoolTests.Refused(() => random.NextInt(0));
        BufferPoolTests.Refused(() => random.NextInt(3, 3));
    }

    [Fact]
    public void BytesOfAnyLengthAreFilled()
    {
        SeededRandom random = new(9);
        for (int length = 0; length < 40; length++)
        {
            byte[] union = new byte[length];
            for (int round = 0; round < 20; round++)
            {
                byte[] bytes = new byte[length];
                random.NextBytes(bytes);
                for (int i = 0; i < length; i++)
                    union[i] |= bytes[i];
            }

            Assert.DoesNotContain((byte)0, union);
        }
    }
}
