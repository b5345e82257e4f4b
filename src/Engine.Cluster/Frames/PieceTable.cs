// The body of a frame with pages: count of pieces (4), bytes of the message (4), 8 bytes for each piece, the message.
// A piece: base-two logarithm of its block's size (1), zero (1), tail bytes (2), front bytes (4).
//
// A piece is as much of a block as is in use: its first and its last bytes, so that a page is received in the place where it
// stays. The table is checked against the frame's header and the sizes that blocks can have before a block is rented.

using System.Buffers.Binary;

namespace Engine.Cluster;

/// <summary>The pieces of a frame with pages.</summary>
internal static class PieceTable
{
    /// <summary>Bytes before the first entry.</summary>
    public const int HeadBytes = 8;

    /// <summary>Bytes of an entry.</summary>
    public const int EntryBytes = 8;

    /// <summary>Most pieces in a frame: two ranges of memory each, and two before them, go into one system call.</summary>
    public const int PiecesMax = 511;

    private const int ShiftMin = 6;
    private const int ShiftMax = 20;

    public static int BytesOf(int pieces) => HeadBytes + (pieces * EntryBytes);

    public static void WriteHead(Span<byte> target, int pieces, int messageBytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, pieces);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], messageBytes);
    }

    public static void WriteEntry(Span<byte> target, int shift, int front, int tail)
    {
        target[0] = (byte)shift;
        target[1] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(target[2..], (ushort)tail);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], front);
    }

    /// <summary>Reads entry <paramref name="index"/> of a table that was checked.</summary>
    public static (int Shift, int Front, int Tail) Read(ReadOnlySpan<byte> body, int index)
    {
        ReadOnlySpan<byte> entry = body[BytesOf(index)..];
        int front = BinaryPrimitives.ReadInt32LittleEndian(entry[4..]);
        return (entry[0], front, BinaryPrimitives.ReadUInt16LittleEndian(entry[2..]));
    }

    /// <summary>How many pieces, and where the message begins; or what cannot be.</summary>
    public static FrameProblem Check(in FrameHeader header, ReadOnlySpan<byte> body, out int pieces)
    {
        pieces = BinaryPrimitives.ReadInt32LittleEndian(body);
        int messageBytes = BinaryPrimitives.ReadInt32LittleEndian(body[4..]);
        if (pieces is < 0 or > PiecesMax || messageBytes < 0 || messageBytes != (long)body.Length - BytesOf(pieces))
            return new FrameProblem(FrameProblemKind.BodyLength, FrameKind.Pages, body.Length);
        if ((messageBytes > 0) != header.Has(FrameFlags.First))
            return new FrameProblem(FrameProblemKind.BodyLength, FrameKind.Pages, body.Length);
        long bytes = 0;
        for (int i = 0; i < pieces; i++)
        {
            (int shift, int front, int tail) = Read(body, i);
            bool fits = shift is >= ShiftMin and <= ShiftMax && front > 0 && (long)front + tail <= 1L << shift;
            if (!fits || body[BytesOf(i) + 1] != 0)
                return new FrameProblem(FrameProblemKind.Piece, FrameKind.Pages, i);
            bytes += front + tail;
        }

        return bytes == header.PayloadBytes
            ? default
            : new FrameProblem(FrameProblemKind.PayloadLength, FrameKind.Pages, header.PayloadBytes);
    }
}
