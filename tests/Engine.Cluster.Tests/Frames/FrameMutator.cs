using System.Buffers.Binary;
using Engine.Buffers;

namespace Engine.Cluster.Tests;

/// <summary>Damages frames, most of them so that their checksums are right again and what lies in them is met.</summary>
internal sealed class FrameMutator(SeededRandom random, IReadOnlyList<byte[]> frames)
{
    private static readonly uint[] s_edges =
        [0, 1, 2, 3, 6, 0x7F, 0xFF, 0x100, 511, 512, 0xFFFF, 0x1_0000, 0x10_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF];

    /// <summary>A damaged frame.</summary>
    public byte[] Next()
    {
        byte[] bytes = [.. frames[random.NextInt(frames.Count)]];
        for (int i = random.NextInt(1, 4); i > 0; i--)
            bytes = Mutate(bytes);
        if (random.NextBool(0.85))
            FixChecksums(bytes, fixLength: random.NextBool(0.7));
        return bytes;
    }

    /// <summary>Makes the checksums right again, and the length of the body too when asked.</summary>
    public static void FixChecksums(Span<byte> frame, bool fixLength)
    {
        if (frame.Length < FrameHeader.Bytes)
            return;
        Span<byte> rest = frame[FrameHeader.Bytes..];
        if (fixLength)
        {
            int payload = BinaryPrimitives.ReadInt32LittleEndian(frame[12..]);
            BinaryPrimitives.WriteInt32LittleEndian(frame[8..], payload >= 0 ? rest.Length - payload : rest.Length);
        }

        int body = BinaryPrimitives.ReadInt32LittleEndian(frame[8..]);
        bool isSealed = (frame[6] & (int)FrameFlags.Sealed) != 0 && body >= 0 && body <= rest.Length;
        BinaryPrimitives.WriteUInt32LittleEndian(frame[24..], Crc32C.Append(0, isSealed ? rest[..body] : rest));
        BinaryPrimitives.WriteUInt32LittleEndian(frame[28..], Crc32C.Append(0, frame[..28]));
    }

    private byte[] Mutate(byte[] bytes)
    {
        if (bytes.Length == 0)
            return bytes;
        // What is judged lies at the front.
        int at = random.NextInt(Math.Min(bytes.Length, random.NextBool(0.8) ? 64 : bytes.Length));
        int count = random.NextInt(Math.Min(bytes.Length - at, 16)) + 1;
        switch (random.NextInt(8))
        {
            case 0 or 1:
                bytes[at] ^= (byte)(1 << random.NextInt(8));
                return bytes;
            case 2:
                bytes[at] = (byte)random.Next();
                return bytes;
            case 3 or 4:
                Span<byte> edge = stackalloc byte[sizeof(uint)];
                BinaryPrimitives.WriteUInt32LittleEndian(edge, s_edges[random.NextInt(s_edges.Length)]);
                edge[..Math.Min(sizeof(uint), bytes.Length - at)].CopyTo(bytes.AsSpan(at));
                return bytes;
            case 5:
                return bytes[..at];
            case 6:
                return [.. bytes[..at], .. bytes[(at + count)..]];
            default:
                return [.. bytes[..at], .. bytes[at..(at + count)], .. bytes[at..]];
        }
    }
}
