using Engine.Buffers;

namespace Engine.Volumes;

/// <content>Requests whose memory is blocks: an aligned piece is transferred straight into or out of them, any other is copied.
/// </content>
internal sealed unsafe partial class DirectRequest
{
    /// <summary>The caller's blocks; null where the caller gave memory of another kind.</summary>
    private BufferList? _callerBlocks;

    /// <summary>Where the next piece begins in them: pieces are cut in order.</summary>
    private BufferListPosition _blocksAt;

    /// <summary>All their segments begin and end where the store's transfers may.</summary>
    private bool _blocksAligned;

    /// <summary>Looks at the caller's blocks, once for all pieces.</summary>
    private void PrepareBlocks()
    {
        _blocksAt = default;
        _blocksAligned = _callerBlocks is not null && IsAligned(_callerBlocks, Alignment);
    }

    /// <summary>Gives the piece its part of the caller's blocks, and says whether the store can transfer them itself: else they
    /// are copied.</summary>
    private void TakeBlocks(ref Piece piece, int alignment)
    {
        BufferList blocks = _callerBlocks!;
        piece.Theirs = piece.Length == blocks.Length ? blocks : blocks.Slice(ref _blocksAt, piece.Length);

        // A piece behind an unaligned one may begin inside a block, wherever the blocks themselves lie.
        bool isAligned = _blocksAligned && piece.Lead == 0 && piece.StoreLength == piece.Length
            && (piece.Begin & (alignment - 1)) == 0;
        piece.IsShared = isAligned && piece.Theirs.SegmentCount <= _path.Store.Capabilities.SegmentsMax;
    }

    /// <summary>Drops the piece's part of the caller's blocks.</summary>
    private void DropBlocks(ref Piece piece)
    {
        if (piece.Theirs != _callerBlocks)
            piece.Theirs!.Dispose();
        piece.Theirs = null;
        piece.IsShared = false;
    }

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
    private static void CopyOutToBlocks(ref Piece piece, long storeBytes)
    {
        BufferList target = piece.Theirs!;
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

    private static void CopyInFromBlocks(ref Piece piece)
    {
        long at = piece.Lead;
        foreach (Span<byte> from in piece.Theirs!)
        {
            piece.Blocks!.CopyFrom(at, from);
            at += from.Length;
        }
    }
}
