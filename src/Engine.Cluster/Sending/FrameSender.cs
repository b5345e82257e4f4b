// Puts a turn of a send queue on the wire: the frames without pages and one frame with pages, by one gather where the wire takes
// it all. Pages go from where they lie.

using System.Runtime.InteropServices;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>Sends turns; one thread's.</summary>
internal sealed unsafe class FrameSender(IWire wire)
{
    private const int VectorsMax = 1024;

    private readonly IoVector[] _vectors = new IoVector[VectorsMax];
    private readonly byte[] _head =
        GC.AllocateUninitializedArray<byte>(FrameHeader.Bytes + PieceTable.BytesOf(PieceTable.PiecesMax), pinned: true);

    private int _count;

    /// <summary>Bytes handed to the wire.</summary>
    public long Bytes { get; private set; }

    /// <summary>Sends a turn; an error when the wire ended before.</summary>
    public IoError Send(ControlBuffer frames, OutboundTransfer? transfer)
    {
        _count = 0;
        if (frames.Count > 0)
            _vectors[_count++] = frames.Vector;
        if (transfer is { IsDone: false })
            AddFrame(transfer);
        return SendAll();
    }

    /// <summary>Lays out the next frame of a transfer.</summary>
    private void AddFrame(OutboundTransfer transfer)
    {
        PageParcel pages = transfer.Pages!;
        Span<byte> table = _head.AsSpan(FrameHeader.Bytes);
        int headAt = _count++;
        bool isFirst = transfer.NextFrame == 0;
        if (isFirst)
            _vectors[_count++] = transfer.Body.Vector;
        int payloadAt = _count;
        int pieces = 0;
        int bytes = 0;
        while (transfer.NextPiece < pages.Count && pieces < PieceTable.PiecesMax && bytes < FrameLimits.ChunkBytes)
        {
            PagePiece piece = pages[transfer.NextPiece];
            if (pieces > 0 && bytes + piece.Bytes > FrameLimits.ChunkBytes)
                break;
            PieceTable.WriteEntry(table[PieceTable.BytesOf(pieces++)..], ShiftOf(piece), piece.Front, piece.Tail);
            AddPiece(piece);
            bytes += piece.Bytes;
            transfer.NextPiece++;
        }

        transfer.IsDone = transfer.NextPiece == pages.Count;
        int tableBytes = PieceTable.BytesOf(pieces);
        PieceTable.WriteHead(table, pieces, isFirst ? transfer.Body.Count : 0);
        uint crc = Crc32C.Append(0, table[..tableBytes]);
        if (isFirst)
            crc = Crc32C.Append(crc, transfer.Body.Written);
        if (!pages.IsSealed)
            crc = SumPayload(crc, payloadAt);
        var header = new FrameHeader(
            FrameKind.Pages, FlagsOf(transfer, isFirst), tableBytes + (isFirst ? transfer.Body.Count : 0), bytes, transfer.Number,
            transfer.NextFrame++, crc);
        header.Write(_head);
        _vectors[headAt] = new IoVector(
            Marshal.UnsafeAddrOfPinnedArrayElement(_head, 0), (nuint)(FrameHeader.Bytes + tableBytes));
    }

    private static FrameFlags FlagsOf(OutboundTransfer transfer, bool isFirst) =>
        (isFirst ? FrameFlags.First : 0) | (transfer.IsDone ? FrameFlags.Last : 0)
        | (transfer.Pages!.IsSealed ? FrameFlags.Sealed : 0);

    private static int ShiftOf(in PagePiece piece) => System.Numerics.BitOperations.Log2((uint)piece.Pool.BlockBytes);

    private void AddPiece(in PagePiece piece)
    {
        byte* start = piece.Pool.Address(piece.Handle);
        _vectors[_count++] = new IoVector((nint)start, (nuint)piece.Front);
        if (piece.Tail > 0)
            _vectors[_count++] = new IoVector((nint)(start + piece.Pool.BlockBytes - piece.Tail), (nuint)piece.Tail);
    }

    private uint SumPayload(uint crc, int from)
    {
        foreach (IoVector vector in _vectors.AsSpan(from, _count - from))
            crc = Crc32C.Append(crc, new ReadOnlySpan<byte>((void*)vector.Address, (int)vector.Length));
        return crc;
    }

    private IoError SendAll()
    {
        int at = 0;
        while (at < _count)
        {
            long sent = wire.Send(_vectors.AsSpan(at, _count - at));
            if (sent < 0)
                return IoError.FromResult(sent);
            Bytes += sent;
            at = VectorSpan.Advance(_vectors.AsSpan(0, _count), at, sent);
        }

        return default;
    }
}
