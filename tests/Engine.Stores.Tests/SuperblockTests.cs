// The superblock's codec: the layout byte by byte, and that the decoder is total over flipped bits, truncations, random blocks
// and random fields under a right checksum.
using System.Buffers.Binary;
using Engine.Buffers;

namespace Engine.Stores.Tests;

public sealed class SuperblockTests
{
    private static readonly Superblock s_sample = new()
    {
        Uuid = StoreDevices.Uuid,
        Sequence = 7,
        LengthBytes = 12345 * 4096L,
        DataOffset = 1 << 20,
        DeviceBytes = 1L << 40,
        ObjectSize = 4 << 20,
        IsReady = true,
    };

    [Fact]
    public void EncodeAndDecodeAgree()
    {
        foreach (Superblock superblock in (Superblock[])[s_sample, s_sample with { IsReady = false, Sequence = 1 }])
        {
            SuperblockState state = Superblock.Decode(Encode(superblock), out Superblock? decoded, out _);
            Assert.Equal(superblock, decoded);
            Assert.Equal(superblock.IsReady ? SuperblockState.Ready : SuperblockState.Formatting, state);
        }
    }

    [Fact]
    public void TheLayoutIsFixed()
    {
        byte[] block = Encode(s_sample);
        Assert.Equal("ENGINEVS"u8.ToArray(), block[..8]);
        Assert.Equal(1u, BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(8)));
        Assert.Equal(512u, BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(12)));
        Assert.Equal([0x11, 0x22, 0x33, 0x44, 0x55, 0x66], block[16..22]);
        Assert.Equal(7ul, BinaryPrimitives.ReadUInt64LittleEndian(block.AsSpan(32)));
        Assert.Equal(12345 * 4096L, BinaryPrimitives.ReadInt64LittleEndian(block.AsSpan(40)));
        Assert.Equal(1 << 20, BinaryPrimitives.ReadInt64LittleEndian(block.AsSpan(48)));
        Assert.Equal(1L << 40, BinaryPrimitives.ReadInt64LittleEndian(block.AsSpan(56)));
        Assert.Equal(4 << 20, BinaryPrimitives.ReadInt32LittleEndian(block.AsSpan(64)));
        Assert.Equal(2u, BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(68)));
        Assert.Equal(Crc32C.Append(0, block.AsSpan(0, 508)), BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(508)));
        Assert.Equal(-1, block.AsSpan(512).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void EveryFlippedBitIsFound()
    {
        byte[] block = Encode(s_sample);
        for (int bit = 0; bit < Superblock.RecordBytes * 8; bit++)
        {
            block[bit / 8] ^= (byte)(1 << (bit % 8));
            SuperblockState state = Superblock.Decode(block, out Superblock? decoded, out string detail);
            Assert.Equal(bit < 64 ? SuperblockState.NotEngine : SuperblockState.Damaged, state);
            Assert.Null(decoded);
            Assert.NotEmpty(detail);
            block[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void EveryTruncationIsFound()
    {
        byte[] block = Encode(s_sample);
        for (int length = 0; length < Superblock.RecordBytes; length++)
        {
            SuperblockState state = Superblock.Decode(block.AsSpan(0, length), out Superblock? decoded, out _);
            Assert.Equal(length < 8 ? SuperblockState.NotEngine : SuperblockState.Damaged, state);
            Assert.Null(decoded);
        }
    }

    [Fact]
    public void RandomBlocksNeverDecodeAndNeverThrow()
    {
        var random = new SeededRandom(5);
        byte[] block = new byte[600];
        for (int round = 0; round < 100_000; round++)
        {
            Span<byte> part = block.AsSpan(0, random.NextInt(block.Length));
            random.NextBytes(part);
            if (round % 2 == 0 && part.Length >= 8)
                Superblock.Magic.CopyTo(part);
            SuperblockState state = Superblock.Decode(part, out Superblock? decoded, out _);
            Assert.True(decoded is null && state is SuperblockState.NotEngine or SuperblockState.Damaged);
        }
    }

    /// <summary>With a right checksum over wrong fields the values themselves must be judged.</summary>
    [Fact]
    public void RandomFieldsUnderARightChecksumGiveAStateOrASaneValue()
    {
        var random = new SeededRandom(6);
        int ready = 0;
        byte[] sample = Encode(s_sample)[..Superblock.RecordBytes];
        byte[] block = new byte[sample.Length];
        for (int round = 0; round < 100_000; round++)
        {
            sample.CopyTo(block, 0);
            int at = 8 + (4 * random.NextInt(20));
            BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(at), (uint)random.Next() >> random.NextInt(32));
            Seal(block);
            SuperblockState state = Superblock.Decode(block, out Superblock? decoded, out string detail);
            Assert.Equal(decoded is not null, state is SuperblockState.Ready or SuperblockState.Formatting);
            if (decoded is null)
            {
                Assert.NotEmpty(detail);
                continue;
            }

            ready++;
            Assert.True(decoded.LengthBytes > 0 && decoded.ObjectSize > 0 && decoded.ObjectCount > 0);
            Assert.True(decoded.DataOffset + decoded.LengthBytes > 0);
            Assert.True(decoded.DataOffset + decoded.LengthBytes <= decoded.DeviceBytes);
            Assert.True(decoded.Image.Layout.IsValid);
        }

        Assert.True(ready > 1000);
    }

    [Theory]
    [InlineData(8, 0u, "byte 8")]
    [InlineData(12, 513u, "byte 12")]
    [InlineData(32, 0u, "byte 32")]
    [InlineData(40, 4097u, "byte 40")]
    [InlineData(48, 4096u, "byte 48")]
    [InlineData(60, 0u, "byte 56")]
    [InlineData(64, 1000u, "byte 64")]
    [InlineData(68, 3u, "byte 68")]
    [InlineData(200, 1u, "byte 200")]
    public void AWrongFieldIsNamedByItsPosition(int at, uint value, string expected)
    {
        byte[] block = Encode(s_sample);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(at), value);
        Seal(block);
        Assert.Equal(SuperblockState.Damaged, Superblock.Decode(block, out _, out string detail));
        Assert.Contains(expected, detail);
    }

    [Fact]
    public void ALaterVersionIsNewerWhateverItHolds()
    {
        byte[] block = Encode(s_sample);
        new SeededRandom(1).NextBytes(block.AsSpan(12, 490));
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(8), 2);
        Seal(block);
        Assert.Equal(SuperblockState.Newer, Superblock.Decode(block, out _, out string detail));
        Assert.Contains("version 2", detail);
    }

    internal static void Seal(Span<byte> block) =>
        BinaryPrimitives.WriteUInt32LittleEndian(block[508..], Crc32C.Append(0, block[..508]));

    private static byte[] Encode(Superblock superblock)
    {
        byte[] block = new byte[Superblock.BlockBytes];
        new SeededRandom(9).NextBytes(block);
        superblock.Encode(block);
        return block;
    }
}
