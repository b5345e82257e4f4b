// Packed records: a plain model says what each run of bytes is; what is read and written lies in guarded memory of exactly its
// size, so that a touch beyond it ends the run.

using System.Buffers.Binary;
using Engine.Buffers;

namespace Engine.Metadata.Tests;

/// <summary>Records without their words of zero: round trips, and any bytes.</summary>
public sealed class PackedRecordTests
{
    private const int Word = sizeof(ulong);
    private const int Rounds = 20_000;

    private static readonly int[] s_lengths = [Word, 5 * Word, LinkRecord.Bytes, DirRecord.Bytes, EntryRecord.Bytes];

    [Fact]
    public void AnyRecord_IsWhatItWas()
    {
        SeededRandom random = new(1);
        for (int i = 0; i < Rounds; i++)
        {
            int length = s_lengths[i % s_lengths.Length];
            using GuardedMemory record = new(length);
            Fill(record.Span, random, random.NextInt(9));
            byte[] expected = ModelPack(record.Span);
            // Room for the bits and the whole record, as an event gives it.
            using GuardedMemory packed = new(Word + length);
            int written = PackedRecord.Pack(record.Span, packed.Span);
            Assert.Equal(expected, packed.Span[..written].ToArray());
            int word = random.NextInt(length / Word);
            ulong value = BinaryPrimitives.ReadUInt64LittleEndian(record.Span[(word * Word)..]);
            Assert.Equal(value, PackedRecord.WordAt(packed.Span[..written], word));
            ulong ofPart = PackedRecord.WordAt(packed.Span[..random.NextInt(written)], word);
            Assert.True(ofPart == value || ofPart == 0);
            byte[] behind = new byte[random.NextInt(20)];
            AssertUnpacks([.. expected, .. behind], length, record.Span.ToArray(), behind.Length);
        }
    }

    [Fact]
    public void AnyBytes_AreARecordOrRefused()
    {
        SeededRandom random = new(2);
        int good = 0;
        for (int i = 0; i < Rounds; i++)
        {
            int length = s_lengths[i % s_lengths.Length];
            byte[] bytes = new byte[random.NextInt(length + (2 * Word))];
            Fill(bytes, random, 8);
            if (random.NextInt(2) == 0 && bytes.Length >= Word)
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, random.Next() & random.Next() & random.Next());
            good += Check(bytes, length) ? 1 : 0;
        }

        Assert.InRange(good, Rounds / 50, Rounds - (Rounds / 50));
    }

    [Fact]
    public void EveryFlippedBitAndEveryPrefix_IsARecordOrRefused()
    {
        SeededRandom random = new(3);
        foreach (int length in s_lengths)
        {
            byte[] record = new byte[length];
            Fill(record, random, 3);
            byte[] packed = ModelPack(record);
            for (int bit = 0; bit < packed.Length * 8; bit++)
            {
                packed[bit / 8] ^= (byte)(1 << (bit % 8));
                Check(packed, length);
                packed[bit / 8] ^= (byte)(1 << (bit % 8));
            }

            for (int bytes = 0; bytes < packed.Length; bytes++)
                Assert.False(Check(packed.AsSpan(0, bytes).ToArray(), length));
            Assert.True(Check(packed, length));
        }
    }

    [Fact]
    public void AHeaderIsReadWhereThereIsOne()
    {
        SeededRandom random = new(4);
        for (int i = 0; i < Rounds; i++)
        {
            byte[] bytes = new byte[random.NextInt(3 * Word)];
            Fill(bytes, random, 8);
            using GuardedMemory packed = new(bytes.Length);
            bytes.CopyTo(packed.Span);
            bool isThere = bytes.Length >= 2 * Word && (bytes[0] & 1) != 0;
            Assert.Equal(isThere, PackedRecord.TryReadHeader(packed.Span, out RecordHeader header));
            if (isThere)
                Assert.Equal(System.Runtime.InteropServices.MemoryMarshal.Read<RecordHeader>(bytes.AsSpan(Word)), header);
        }
    }

    /// <summary>Some words of random bytes, the others zero: <paramref name="dense"/> of 8.</summary>
    private static void Fill(Span<byte> bytes, SeededRandom random, int dense)
    {
        for (int at = 0; at < bytes.Length; at++)
        {
            if (at % Word == 0 && random.NextInt(8) >= dense)
            {
                int rest = Math.Min(Word, bytes.Length - at);
                bytes.Slice(at, rest).Clear();
                at += rest - 1;
                continue;
            }

            bytes[at] = (byte)random.Next();
        }
    }

    private static bool Check(byte[] bytes, int length)
    {
        byte[]? expected = ModelUnpack(bytes, length, out int behind);
        AssertUnpacks(bytes, length, expected, behind);
        return expected is not null;
    }

    private static void AssertUnpacks(byte[] bytes, int length, byte[]? expected, int behind)
    {
        using GuardedMemory packed = new(bytes.Length);
        using GuardedMemory record = new(length);
        bytes.CopyTo(packed.Span);
        record.Span.Fill(0xA5);
        bool isGood = PackedRecord.TryUnpack(packed.Span, record.Span, out ReadOnlySpan<byte> tail);
        Assert.Equal(expected is not null, isGood);
        if (expected is null)
            return;
        Assert.Equal(expected, record.Span.ToArray());
        Assert.Equal(bytes[^behind..], tail.ToArray());
    }

    private static byte[] ModelPack(ReadOnlySpan<byte> record)
    {
        List<byte> words = [];
        ulong bits = 0;
        for (int at = 0; at < record.Length; at += Word)
        {
            ReadOnlySpan<byte> word = record.Slice(at, Word);
            if (word.IndexOfAnyExcept((byte)0) < 0)
                continue;
            bits |= 1UL << (at / Word);
            words.AddRange(word);
        }

        byte[] head = new byte[Word];
        BinaryPrimitives.WriteUInt64LittleEndian(head, bits);
        return [.. head, .. words];
    }

    private static byte[]? ModelUnpack(byte[] packed, int length, out int behind)
    {
        behind = 0;
        if (packed.Length < Word)
            return null;
        ulong bits = BinaryPrimitives.ReadUInt64LittleEndian(packed);
        byte[] record = new byte[length];
        int next = Word;
        for (int word = 0; word < 64; word++)
        {
            if ((bits >> word & 1) == 0)
                continue;
            if (word >= length / Word || next + Word > packed.Length)
                return null;
            packed.AsSpan(next, Word).CopyTo(record.AsSpan(word * Word));
            next += Word;
        }

        behind = packed.Length - next;
        return record;
    }
}
