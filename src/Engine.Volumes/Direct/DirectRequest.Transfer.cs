// The life of one piece: take the range (writes), take memory, fill (unaligned writes), transfer, end.
//
// Ownership: a piece holds its range and its blocks from the step that took them to EndPiece. Each step may be the last that
// touches the piece on this thread: the store may complete it inside the call, or on another thread before the call returns.
// Invariant: a piece waits for its range before it takes memory, so that what waits holds no blocks.

using Engine.Buffers;
using Engine.Objects;

namespace Engine.Volumes;

/// <content>The life of one piece: range, memory, transfer, end.</content>
internal sealed unsafe partial class DirectRequest : ICompletionSink
{
    /// <summary>A list that held more is not kept with the request: its array is long.</summary>
    private const int ListBytesKept = 64 << 10;

    private static readonly byte[] s_zeroes = new byte[4096];

    void ICompletionSink.Complete(ulong token, IoResult result)
    {
        int slot = (int)token;
        ref Piece piece = ref _pieces[slot];
        IoError error = piece.Stage == PieceStage.Filling ? Fill(ref piece, result) : Conclude(ref piece, result);
        if (piece.Stage == PieceStage.Filling && !error.Failed)
            Transfer(slot);
        else
            EndPiece(slot, error);
    }

    /// <summary>The flush that the piece shared has ended.</summary>
    internal void EndFlush(int slot, IoError error) => EndPiece(slot, error);

    /// <summary>Fills the piece's list; called by the gate, under its lock.</summary>
    internal bool TryFill(int slot, BlockGate gate)
    {
        ref Piece piece = ref _pieces[slot];
        return gate.TryFill(piece.Blocks, piece.MemoryBytes);
    }

    private void TakeRange(int slot)
    {
        ref Piece piece = ref _pieces[slot];
        piece.HoldsRange = _kind is not (DirectKind.Read or DirectKind.Flush);
        piece.Stage = PieceStage.Range;
        if (piece.HoldsRange)
        {
            long start = _offset + piece.Begin - piece.Lead;
            if (!_path.Ranges.TryAcquire(start, start + piece.StoreLength, new PieceReference(this, slot)))
            {
                _path.Counters.Add(DirectCounter.RangeWaits);
                return;
            }
        }

        TakeMemory(slot);
    }

    private void TakeMemory(int slot)
    {
        ref Piece piece = ref _pieces[slot];
        piece.Stage = PieceStage.Memory;
        bool copies = !piece.IsShared && (_kind is DirectKind.Read or DirectKind.Write || piece.Modify);
        piece.MemoryBytes = copies ? (int)piece.StoreLength : 0;
        if (copies)
            piece.Blocks ??= BufferList.Rent(_path.Pool);
        if (!_path.Blocks.TryTake(piece.Blocks, piece.MemoryBytes, new PieceReference(this, slot)))
        {
            _path.Counters.Add(DirectCounter.MemoryWaits);
            return;
        }

        Submit(slot);
    }

    private void Submit(int slot)
    {
        ref Piece piece = ref _pieces[slot];
        piece.HoldsMemory = true;
        if (piece.Modify)
        {
            piece.Stage = PieceStage.Filling;
            ReadStore(slot, ref piece);
        }
        else
        {
            Transfer(slot);
        }
    }

    /// <summary>Hands the piece itself to the store. It may be over when this returns.</summary>
    private void Transfer(int slot)
    {
        ref Piece piece = ref _pieces[slot];
        piece.Stage = PieceStage.Transfer;
        ObjectRange range = new(piece.Target, piece.StoreOffset, piece.StoreLength);
        Submission submission = new(this, (ulong)slot);
        if (_kind == DirectKind.Read)
        {
            ReadStore(slot, ref piece);
        }
        else if (_kind == DirectKind.Discard)
        {
            _path.Store.Discard(range, submission);
        }
        else if (_kind == DirectKind.Flush)
        {
            _path.Flushes.Join(new PieceReference(this, slot));
        }
        else if (_kind == DirectKind.WriteZeroes && !piece.Modify)
        {
            _path.Store.WriteZeroes(range, submission);
        }
        else
        {
            if (!piece.IsShared)
                CopyIn(ref piece);
            ObjectWrite operation = new(piece.Target, piece.StoreOffset, (int)piece.StoreLength)
            {
                Fua = _fua,
                CallerWaits = CallerWaits,
            };
            _path.Store.Write(operation, piece.Transferred, submission);
        }
    }

    private void ReadStore(int slot, ref Piece piece)
    {
        ObjectRead operation = new(piece.Target, piece.StoreOffset, (int)piece.StoreLength) { CallerWaits = CallerWaits };
        _path.Store.Read(operation, piece.Transferred, new Submission(this, (ulong)slot));
    }

    /// <summary>Only a lone transfer is done by the caller itself: several go side by side.</summary>
    private bool CallerWaits => _callerThread != 0 && _single && _callerThread == Environment.CurrentManagedThreadId;

    /// <summary>The store's content has come for a read-modify-write: what it does not have reads as zeros.</summary>
    private static IoError Fill(ref Piece piece, IoResult result)
    {
        if (result.Failed && result.Error != IoError.NoEntry)
            return result.Error;
        if (result.Bytes < piece.StoreLength)
            Zero(piece.Blocks!, result.Bytes, piece.StoreLength - result.Bytes);
        return IoError.None;
    }

    /// <summary>The outcome of the piece's transfer; for a read, the bytes go to the caller.</summary>
    private IoError Conclude(ref Piece piece, IoResult result)
    {
        switch (_kind)
        {
            case DirectKind.Read:
                if (result.Failed && result.Error != IoError.NoEntry)
                    return result.Error;
                if (!piece.IsShared)
                    CopyOut(ref piece, result.Bytes);
                else if (result.Bytes < piece.Length)
                    Zero(piece.Theirs!, result.Bytes, piece.Length - result.Bytes);
                return IoError.None;
            case DirectKind.Discard:
                // Advice: a store that cannot take it, or has no such object, has nothing to lose.
                return result.Error == IoError.NotSupported || result.Error == IoError.NoEntry ? IoError.None : result.Error;
            default:
                bool moves = _kind == DirectKind.Write || piece.Modify;
                bool shortWrite = !result.Failed && moves && result.Bytes < piece.StoreLength;
                return shortWrite ? IoError.Io : result.Error;
        }
    }

    /// <summary>Gives back what the piece holds. The request may be over, and this object another's, when this returns.</summary>
    private void EndPiece(int slot, IoError error)
    {
        DirectPath path = _path;
        ref Piece piece = ref _pieces[slot];
        if (piece.Theirs is not null)
            DropBlocks(ref piece);
        if (piece.HoldsMemory)
            ReturnMemory(path, ref piece);

        if (piece.HoldsRange)
            path.Ranges.Release(_offset + piece.Begin - piece.Lead, path.Ready);
        try
        {
            if (_single)
                Finish(error);
            else
                Advance(slot, error);
        }
        finally
        {
            path.Ready.Run();
        }
    }

    private static void ReturnMemory(DirectPath path, ref Piece piece)
    {
        piece.HoldsMemory = false;
        path.Blocks.Return(piece.Blocks);
        if (piece.MemoryBytes > ListBytesKept)
        {
            piece.Blocks!.Dispose();
            piece.Blocks = null;
        }
    }

    /// <summary>Copies what the store returned to the caller; the rest of the piece is zeros.</summary>
    private void CopyOut(ref Piece piece, long storeBytes)
    {
        if (_callerBlocks is not null)
        {
            CopyOutToBlocks(ref piece, storeBytes);
            return;
        }

        Span<byte> destination = _callerThread != 0
            ? new Span<byte>(_pinned + piece.Begin, (int)piece.Length)
            : _destination.Span.Slice((int)piece.Begin, (int)piece.Length);
        int present = (int)Math.Clamp(storeBytes - piece.Lead, 0, piece.Length);
        if (present > 0)
            piece.Blocks!.CopyTo(piece.Lead, destination[..present]);
        destination[present..].Clear();
    }

    private void CopyIn(ref Piece piece)
    {
        BufferList blocks = piece.Blocks!;
        int begin = (int)piece.Begin;
        int length = (int)piece.Length;
        if (_kind == DirectKind.WriteZeroes)
        {
            Zero(blocks, piece.Lead, piece.Length);
        }
        else if (_callerBlocks is not null)
        {
            CopyInFromBlocks(ref piece);
        }
        else if (_callerThread != 0)
        {
            blocks.CopyFrom(piece.Lead, new ReadOnlySpan<byte>(_pinned + begin, length));
        }
        else if (_sequence.IsEmpty)
        {
            blocks.CopyFrom(piece.Lead, _source.Span.Slice(begin, length));
        }
        else
        {
            long at = piece.Lead;
            foreach (ReadOnlyMemory<byte> memory in _sequence.Slice(piece.Begin, piece.Length))
            {
                blocks.CopyFrom(at, memory.Span);
                at += memory.Length;
            }
        }
    }

    private static void Zero(BufferList blocks, long offset, long length)
    {
        while (length > 0)
        {
            int part = (int)Math.Min(length, s_zeroes.Length);
            blocks.CopyFrom(offset, s_zeroes.AsSpan(0, part));
            offset += part;
            length -= part;
        }
    }
}
