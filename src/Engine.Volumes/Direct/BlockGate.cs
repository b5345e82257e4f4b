using Engine.Buffers;

namespace Engine.Volumes;

/// <summary>Hands out blocks all or none, so that no piece holds some while it waits for more; pieces that have to wait are
/// served in order. A piece for which nobody of this volume could ever free a block (a shared pool that others emptied) is
/// refused.</summary>
/// <remarks>A waiter counts itself before it looks at the blocks in use; a returner subtracts its blocks before it looks at
/// the waiters. Both are interlocked, so one of the two sees the other and no waiter is forgotten. Pieces are bounded beside
/// blocks, those without bytes too, since a store refuses what comes on top of its own limit of operations.</remarks>
internal sealed class BlockGate
{
    /// <summary>Most pieces at the store at once, where it takes as many; further ones wait.</summary>
    public const int PiecesMax = 512;

    // _taken, from its low end: 24 bits of blocks, 16 of pieces, and 24 that count attempts to take.
    private const long OnePiece = 1L << 24;
    private const long OneAttempt = 1L << 40;
    private const long InUse = OneAttempt - 1;

    /// <summary>What is in use with one piece too many.</summary>
    private readonly long _tooMany;

    private readonly Lock _gate = new();
    private readonly BufferPool _pool;
    private readonly PieceQueue _ready;
    private readonly Queue<PieceReference> _queue = new();

    /// <summary>Pieces and blocks taken, those that someone is trying to take among them, and how often someone tried.</summary>
    private long _taken;

    /// <summary>Pieces in the queue, plus those about to enter it.</summary>
    private int _waiters;

    public BlockGate(BufferPool pool, PieceQueue ready, int operationsMax)
    {
        _tooMany = (Math.Min(PiecesMax, operationsMax) + 1) * OnePiece;
        _pool = pool;
        _ready = ready;
    }

    /// <summary>Lets the piece in and fills <paramref name="list"/> with <paramref name="bytes"/> bytes of blocks (none where 0),
    /// or queues the piece.</summary>
    /// <returns>False when the piece waits, or was refused; the ready queue then names it.</returns>
    public bool TryTake(BufferList? list, int bytes, PieceReference piece)
    {
        if (Volatile.Read(ref _waiters) == 0 && TryFill(list, bytes))
            return true;
        lock (_gate)
        {
            Interlocked.Increment(ref _waiters);
            _queue.Enqueue(piece);
            ServeLocked();
        }

        return false;
    }

    /// <summary>A piece that was let in is over: takes back the blocks of its list, which stays, empty.</summary>
    public void Return(BufferList? list)
    {
        int blocks = list?.SegmentCount ?? 0;
        list?.Clear();
        Interlocked.Add(ref _taken, -(OnePiece + blocks));
        if (Volatile.Read(ref _waiters) > 0)
            Serve();
    }

    private void Serve()
    {
        lock (_gate)
            ServeLocked();
    }

    private void ServeLocked()
    {
        while (_queue.TryPeek(out PieceReference piece))
        {
            IoError error = IoError.None;
            long before = Interlocked.Read(ref _taken);
            if (!piece.Request.TryFill(piece.Index, this))
            {
                long after = Interlocked.Read(ref _taken);
                if ((after & InUse) != 0)
                    return;
                if ((before & InUse) != 0 || after != before + OneAttempt)
                    continue; // somebody returned meanwhile: what they held is there now
                error = IoError.NoMemory;
            }

            _queue.Dequeue();
            Interlocked.Decrement(ref _waiters);
            _ready.Add(new PieceEvent(piece, PieceStage.Submit, error));
        }
    }

    /// <summary>Fills the list without regard to the queue; all or nothing.</summary>
    internal bool TryFill(BufferList? list, int bytes)
    {
        Invariant.That(bytes == 0 || list is { SegmentCount: 0 });
        int blockBytes = _pool.BlockBytes;
        int blocks = (bytes + blockBytes - 1) / blockBytes;
        if ((Interlocked.Add(ref _taken, OneAttempt + OnePiece + blocks) & InUse) >= _tooMany)
        {
            Interlocked.Add(ref _taken, -(OnePiece + blocks));
            return false;
        }

        while (bytes > 0)
        {
            if (!_pool.TryRent(out BufferHandle handle))
            {
                list!.Clear();
                Interlocked.Add(ref _taken, -(OnePiece + blocks));
                return false;
            }

            int part = Math.Min(bytes, blockBytes);
            list!.AppendOwned(handle, 0, part);
            bytes -= part;
        }

        return true;
    }
}
