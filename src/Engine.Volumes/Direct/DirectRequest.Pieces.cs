// Cutting a request into pieces, and the window of pieces under way.
//
// Ownership and invariants: see DirectRequest.cs. The fields here belong to the thread that starts the request until it has
// more than one piece, and to _gate from then on; a piece belongs to whoever moves it on: its starter, the ready queue or its
// completion, one at a time.

using System.Numerics;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Volumes;

/// <content>Cutting the request into pieces and keeping a window of them under way.</content>
internal sealed unsafe partial class DirectRequest
{
    private const int PiecesMax = 8;
    private const uint AllFree = (1u << PiecesMax) - 1;

    private readonly Lock _gate = new();
    private readonly Piece[] _pieces = new Piece[PiecesMax];

    /// <summary>The whole request is piece 0.</summary>
    private bool _single;

    /// <summary>Bytes that have been cut off as pieces.</summary>
    private long _cut;

    private uint _free;
    private int _underWay;
    private bool _pumping;

    /// <summary>Called by the ready queue: what a piece waited for has come.</summary>
    public void Resume(PieceEvent item)
    {
        int slot = item.Piece.Index;
        if (item.Error.Failed)
            EndPiece(slot, item.Error);
        else if (item.Next == PieceStage.Memory)
            TakeMemory(slot);
        else
            Submit(slot);
    }

    private void Start()
    {
        DirectPath path = _path;
        _cut = 0;
        Cut(ref _pieces[0]);
        _single = _cut == _length;
        if (_single)
        {
            TakeRange(0);
        }
        else
        {
            lock (_gate)
            {
                _free = AllFree & ~1u;
                _underWay = 1;
                _pumping = true;
            }

            TakeRange(0);
            Pump();
        }

        path.Ready.Run();
    }

    /// <summary>Starts pieces until the window is full or nothing is left. The caller has set <see cref="_pumping"/>.</summary>
    private void Pump()
    {
        while (true)
        {
            int slot;
            lock (_gate)
            {
                bool left = _cut < _length && !_error.Failed;
                if (!left || _free == 0)
                {
                    _pumping = false;
                    if (left || _underWay > 0)
                        return;
                    break;
                }

                slot = BitOperations.TrailingZeroCount(_free);
                _free &= ~(1u << slot);
                _underWay++;
                Cut(ref _pieces[slot]);
            }

            TakeRange(slot);
        }

        Finish(_error);
    }

    /// <summary>A piece of several ended: the first error stops further ones.</summary>
    private void Advance(int slot, IoError error)
    {
        bool over;
        lock (_gate)
        {
            if (!_error.Failed)
                _error = error;
            _free |= 1u << slot;
            _underWay--;
            if (_pumping)
                return;
            bool left = _cut < _length && !_error.Failed;
            over = !left && _underWay == 0;
            if (!left && !over)
                return;
            _pumping = !over;
        }

        if (over)
            Finish(_error);
        else
            Pump();
    }

    /// <summary>Unit in which the request asks the store.</summary>
    private int Alignment => _kind == DirectKind.Read ? _path.ReadAlignment : _path.WriteAlignment;

    /// <summary>Cuts off the next piece; a flush is one piece without bytes.</summary>
    private void Cut(ref Piece piece)
    {
        if (_kind == DirectKind.Flush)
        {
            piece = new Piece { Blocks = piece.Blocks };
            return;
        }

        long position = _offset + _cut;
        _path.Map.Locate(position, out long objectNumber, out long objectOffset, out long run);
        long length = Math.Min(_length - _cut, run);
        int alignment = Alignment;
        int lead = (int)(objectOffset & (alignment - 1));
        piece.Modify = false;
        if (_kind == DirectKind.Discard)
        {
            Invariant.That(lead == 0 && (length & (alignment - 1)) == 0);
        }
        else if (_kind == DirectKind.Read)
        {
            length = Math.Min(length, _path.TransferBytesMax - lead);
        }
        else
        {
            piece.Modify = lead != 0 || (length & (alignment - 1)) != 0;
            if (piece.Modify)
                length = CutUnaligned(ref piece, lead, length, alignment);
            if (_kind == DirectKind.Write)
                length = Math.Min(length, _path.TransferBytesMax);
        }

        piece.Target = _path.Targets[objectNumber];
        piece.Begin = _cut;
        piece.Length = length;
        piece.Lead = lead;
        piece.StoreOffset = objectOffset - lead;
        piece.StoreLength = RoundUp(lead + length, alignment);
        if (_callerBlocks is not null)
            TakeBlocks(ref piece, alignment);
        _cut += length;
        CountTransfers(piece.Modify);
    }

    /// <summary>What the piece will ask of the store, counted where pieces are cut: by one thread at a time.</summary>
    private void CountTransfers(bool modifies)
    {
        if (_kind == DirectKind.Read || modifies)
            Count(DirectCounter.StoreReads);
        if (_kind == DirectKind.Write || modifies)
            Count(DirectCounter.StoreWrites);
        if (modifies)
            Count(DirectCounter.ReadModifyWrites);
    }

    /// <summary>A short unaligned write is one read-modify-write; a long one gives its unaligned head, or its aligned
    /// front.</summary>
    private long CutUnaligned(ref Piece piece, int lead, long length, int alignment)
    {
        if (RoundUp(lead + length, alignment) <= _path.ModifyBytesMax)
            return length;
        if (lead != 0)
            return alignment - lead;
        piece.Modify = false;
        return length & -(long)alignment;
    }

    private static long RoundUp(long value, int alignment) => (value + alignment - 1) & -(long)alignment;

    private struct Piece
    {
        public ObjectTarget Target;

        /// <summary>Where the piece begins in the request.</summary>
        public long Begin;

        /// <summary>Bytes of the request that the piece carries.</summary>
        public long Length;

        /// <summary>Bytes of the transfer before the request's first byte.</summary>
        public int Lead;

        /// <summary>Aligned offset in the object.</summary>
        public long StoreOffset;

        /// <summary>Aligned length, lead included.</summary>
        public long StoreLength;

        /// <summary>The store is read first, since the piece does not cover its aligned range.</summary>
        public bool Modify;

        public PieceStage Stage;

        /// <summary>The piece holds its range.</summary>
        public bool HoldsRange;

        /// <summary>The piece passed the gate.</summary>
        public bool HoldsMemory;

        /// <summary>Bytes of blocks that the piece needs of the pool.</summary>
        public int MemoryBytes;

        /// <summary>The transfer's blocks; empty when the piece needs none or does not have them. The list outlives the piece, so
        /// that a small request rents none; null when there is none yet.</summary>
        public BufferList? Blocks;

        /// <summary>The caller's own blocks, or a slice of them; null where the caller gave memory of another kind.</summary>
        public BufferList? Theirs;

        /// <summary>The transfer goes straight to the caller's blocks.</summary>
        public bool IsShared;

        /// <summary>What the store transfers.</summary>
        public readonly BufferList Transferred => IsShared ? Theirs! : Blocks!;
    }
}
