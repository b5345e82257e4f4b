using Engine.Buffers;

namespace Engine.Volumes;

/// <content>Requests whose memory is blocks: an aligned piece is transferred straight into or out of them, any other is copied.
/// </content>
internal sealed unsafe partial class DirectRequest
{
    /// <summary>What the store can transfer of the caller's blocks itself; null when the piece has to be copied.</summary>
    private BufferList? Share(ref Piece piece, int alignment)
    {
        BufferList blocks = _callerBlocks!;
        if (piece.Lead != 0 || piece.StoreLength != piece.Length || !IsAligned(blocks, alignment))
            return null;
        if (piece.Length == blocks.Length && blocks.SegmentCount <= _path.Store.Capabilities.SegmentsMax)
            return blocks;
        BufferList slice = blocks.Slice(piece.Begin, piece.Length);
        if (slice.SegmentCount <= _path.Store.Capabilities.SegmentsMax)
            return slice;
        slice.Dispose();
        return null;
    }

    /// <summary>Drops the piece's share of the caller's blocks.</summary>
    private void Unshare(ref Piece piece)
    {
        if (piece.Shared != _callerBlocks)
            piece.Shared!.Dispose();
        piece.Shared = null;
    }

    /// <summary>Do all segments begin and end where the store's transfers may?</summary>
    private static bool IsAligned(BufferList blocks, int alignment)
    {
        int bits = blocks.Pool.BlockBytes;
        for (int i = 0; i < blocks.SegmentCount; i++)
        {
            BufferSegment segment = blocks[i];
            bits |= segment.Offset | segment.Length;
        }

        return (bits & (alignment - 1)) == 0;
    }

    /// <summary>Copies what the store returned into the caller's blocks; the rest of the piece is zeros.</summary>
    private void CopyOutToBlocks(ref Piece piece, long storeBytes)
    {
        using BufferList target = _callerBlocks!.Slice(piece.Begin, piece.Length);
        long present = Math.Clamp(storeBytes - piece.Lead, 0, piece.Length);
        long at = 0;
        foreach (Span<byte> from in piece.Blocks!)
        {
            // The blocks hold the lead first.
            Span<byte> source = from[(int)Math.Clamp(piece.Lead - at, 0, from.Length)..];
            long position = Math.Max(0, at - piece.Lead);
            source = source[..(int)Math.Clamp(present - position, 0, source.Length)];
            target.CopyFrom(position, source);
            at += from.Length;
        }

        Zero(target, present, piece.Length - present);
    }

    private void CopyInFromBlocks(ref Piece piece)
    {
        using BufferList source = _callerBlocks!.Slice(piece.Begin, piece.Length);
        long at = piece.Lead;
        foreach (Span<byte> from in source)
        {
            piece.Blocks!.CopyFrom(at, from);
            at += from.Length;
        }
    }
}
