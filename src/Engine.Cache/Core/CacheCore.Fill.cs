// Fills: reads issued to the store for what is missing, and their completion (specification 2.2.5, 2.3).
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

internal sealed unsafe partial class CacheCore
{
    /// <summary>Issues a read for each maximal hole under the request's waits; false when memory blocks it, what is left
    /// then waits in the queue.</summary>
    /// <param name="request">A read with waits.</param>
    /// <param name="byCaller">The thread of the caller is here, and may do the I/O itself where it blocks for it. Who comes
    /// later, because something ended, is the store's own thread or another's.</param>
    private bool IssueMissing(ReadRequest request, bool byCaller)
    {
        int obj = 0;
        long from = 0;
        long to = 0;
        for (int wait = request.FirstWait; wait != 0; wait = _waits[wait].NextInRequest)
        {
            if (_waits[wait].Satisfied || _waits[wait].Failed)
                continue;
            int block = _waits[wait].Block;
            int owner = _blocks[block].Object;
            long origin = _blocks[block].Number << BlockShift;
            int end = _waits[wait].End;
            for (int at = _waits[wait].Start; at < end;)
            {
                int next = NextRun(ref _blocks[block], at, end, out byte unit);
                if (unit == Unit.Missing)
                {
                    bool extends = owner == obj && origin + at == to && Widened(from, origin + next) <= TransferBytesMax;
                    if (!extends)
                    {
                        if (!IssueHole(request, obj, from, to, byCaller))
                            return false;
                        obj = owner;
                        from = origin + at;
                    }
                    to = origin + next;
                }
                at = next;
            }
        }
        return IssueHole(request, obj, from, to, byCaller);
    }

    private int TransferBytesMax => Math.Min(
        _capabilities.TransferBytesMax,
        Math.Max(1, _capabilities.SegmentsMax - 1) * CacheSettings.BlockBytes);

    /// <summary>Bytes of a read of the range once it is widened to the store's alignment.</summary>
    private long Widened(long from, long to)
    {
        long alignment = _capabilities.ReadAlignment;
        return ((to + alignment - 1) & -alignment) - (from & -alignment);
    }

    /// <summary>True when the hole was issued or waits for a fence; false when memory, or what the store
    /// takes at once, blocks it.</summary>
    private bool IssueHole(ReadRequest request, int obj, long from, long to, bool byCaller)
    {
        if (from == to)
            return true;
        int alignment = _capabilities.ReadAlignment;
        if (IsFenced(obj, AlignDown(from, alignment), AlignUp(to, alignment)))
        {
            if (!_fencedReads.Contains(request))
                _fencedReads.Add(request);
            return true;
        }
        ReadRequest? queued = _blockedReads.First;
        bool isFirst = queued is null || queued == request || (queued.IsReadAhead && !request.IsReadAhead);
        bool idle = _readsOutstanding == 0;
        bool fits = idle || _gauges[Unit.Rx] + Widened(from, to) <= _settings.SizeBytes;
        if (!isFirst || _readsOutstanding >= ReadsMax || !fits)
            return false;
        if (!TryMakeRoom(BuffersForHole(obj, from, to)) && !idle)
            return false;
        IssueRead(obj, from, to, byCaller && request.Blocking);
        return true;
    }

    /// <summary>Half of what the store takes at once; the other half is for writeback, flushes and discards.</summary>
    private int ReadsMax => Math.Max(1, _capabilities.OperationsMax / 2);

    private int BuffersForHole(int obj, long from, long to)
    {
        int buffers = 0;
        for (long number = from >> BlockShift; number << BlockShift < to; number++)
        {
            int block = FindBlock(obj, number);
            if (block == 0 || _blocks[block].Buffer.IsNull || _capabilities.ReadAlignment > 1 || IsStale(ref _blocks[block]))
                buffers++;
        }
        return buffers;
    }

    /// <summary>
    /// Reads a hole, widened to the store's alignment. A block of which the widened read touches nothing but missing units
    /// is filled in place; else its part goes to a bounce block, so that bytes newer than the store's are never overwritten.
    /// So it does where a read that nobody waits for any more still overwrites the block's memory.
    /// </summary>
    private void IssueRead(int obj, long from, long to, bool callerWaits)
    {
        from = AlignDown(from, _capabilities.ReadAlignment);
        to = AlignUp(to, _capabilities.ReadAlignment);
        BackendIo io = TakeIo(BackendIoKind.Read, obj, from, to - from);
        io.CallerWaits = callerWaits;
        io.Data = BufferList.Rent(_pool);
        for (long at = from; at < to;)
        {
            int start = (int)at & BlockMask;
            int end = (int)Math.Min(CacheSettings.BlockBytes, start + (to - at));
            int block = OpenBlock(obj, at >> BlockShift);
            if (IsMissing(ref _blocks[block], start, end) && !IsStale(ref _blocks[block]))
                ReadInPlace(io, block, start, end);
            else
                ReadAside(io, block, start, end);
            Settle(block);
            at += end - start;
        }
        io.Data.MarkInFlight();
        _readsOutstanding++;
        _counters.BackendReads++;
        _counters.BackendReadBytes += to - from;
        Emit(EffectKind.Submit, io);
    }

    private static long AlignDown(long offset, int alignment) => offset & -alignment;

    private static long AlignUp(long offset, int alignment) => (offset + alignment - 1) & -alignment;

    private bool IsMissing(ref CachedBlock b, int start, int end)
    {
        foreach (byte unit in UnitsIn(ref b, start, end))
        {
            if (unit is not (Unit.Missing or Unit.Error))
                return false;
        }
        return true;
    }

    private void ReadInPlace(BackendIo io, int block, int start, int end)
    {
        if (_blocks[block].Buffer.IsNull)
            _blocks[block].Buffer = TakeBuffer();
        BufferHandle buffer = _blocks[block].Buffer;
        Change(block, start, end, UnitChange.ReadIssued);
        AddPiece(io, block, start, end, buffer);
        io.Data!.Append(buffer, start, end - start);
    }

    private void ReadAside(BackendIo io, int block, int start, int end)
    {
        BufferHandle bounce = TakeBuffer();
        for (int at = start; at < end;)
        {
            int next = NextRun(ref _blocks[block], at, end, out byte unit);
            if (unit is Unit.Missing or Unit.Error)
            {
                Change(block, at, next, UnitChange.ReadIssued);
                AddPiece(io, block, at, next, bounce);
            }
            at = next;
        }
        io.Data!.AppendOwned(bounce, start, end - start);
    }

    private void CompleteRead(BackendIo io, IoResult result)
    {
        _readsOutstanding--;
        bool failed = result.Failed && result.Error != IoError.NoEntry;
        if (!failed && result.Bytes < io.Length)
            ZeroTail(io, result.Failed ? 0 : result.Bytes);
        int next;
        for (int piece = io.FirstPiece; piece != 0; piece = next)
        {
            Piece p = _pieces[piece];
            next = p.NextInIo;
            if (p.Start < p.End)
                FinishRead(p, failed);
            RemovePiece(piece);
            if (p.Start < p.End && failed)
                FailReads(p.Block, p.Start, p.End, result.Error);
            EndFill(p.Block, failed ? result.Error : IoError.None);
            Unpark(p.Block);
            WakeReads(p.Block);
            Settle(p.Block);
        }
        ReleaseData(io);
        ReturnIo(io);
    }

    private void FinishRead(in Piece p, bool failed)
    {
        if (failed)
        {
            Change(p.Block, p.Start, p.End, UnitChange.ReadFailed);
            return;
        }
        ref CachedBlock b = ref _blocks[p.Block];
        if (b.Buffer.IsNull || (IsStale(ref b) && IsOwnMemory(p)))
        {
            AdoptMemory(p);
        }
        else if (b.Buffer != p.Buffer)
        {
            _pool.Span(p.Buffer)[p.Start..p.End].CopyTo(_pool.Span(b.Buffer)[p.Start..]);
            _counters.BytesCopiedInternally += p.End - p.Start;
        }
        Change(p.Block, p.Start, p.End, UnitChange.ReadFilled);
    }

    /// <summary>What a short read did not bring reads as zeros.</summary>
    private void ZeroTail(BackendIo io, long from)
    {
        BufferList data = io.Data!;
        long position = 0;
        for (int i = 0; i < data.SegmentCount; i++)
        {
            BufferSegment segment = data[i];
            int keep = (int)Math.Clamp(from - position, 0, segment.Length);
            _pool.Span(segment.Handle).Slice(segment.Offset + keep, segment.Length - keep).Clear();
            position += segment.Length;
        }
    }

    /// <summary>Bytes of <c>[start, end)</c> no longer wait for the reads that were to fill them. The memory stays the
    /// block's: what would come to lie where such a read goes on takes other memory first.</summary>
    private void ForgetReads(int block, int start, int end)
    {
        for (int piece = _blocks[block].FirstPiece; piece != 0; piece = _pieces[piece].NextInBlock)
        {
            ref Piece p = ref _pieces[piece];
            if (p.IsWrite || p.Start >= end || p.End <= start)
                continue;
            p.IsStale = true;
            if (p.Start < start && p.End > end)
            {
                ushort right = p.End;
                p.End = (ushort)start;
                BackendIo io = _ios[p.Io]!;
                BufferHandle buffer = p.Buffer;
                ushort issuedStart = p.IssuedStart;
                ushort issuedEnd = p.IssuedEnd;
                int rest = AddPiece(io, block, end, right, buffer);
                _pieces[rest].IsStale = true;
                _pieces[rest].IssuedStart = issuedStart;
                _pieces[rest].IssuedEnd = issuedEnd;
            }
            else if (p.Start < start)
            {
                p.End = (ushort)start;
            }
            else
            {
                p.Start = (ushort)Math.Min(end, p.End);
            }
        }
    }

    private int AddPiece(BackendIo io, int block, int start, int end, BufferHandle buffer)
    {
        int piece = _pieces.Allocate();
        ref CachedBlock b = ref _blocks[block];
        _pieces[piece] = new Piece
        {
            Block = block,
            NextInBlock = b.FirstPiece,
            Start = (ushort)start,
            End = (ushort)end,
            IsWrite = io.Kind == BackendIoKind.Write,
            Io = io.Slot,
            Buffer = buffer,
            FirstDirty = b.FirstDirty,
            IssuedStart = (ushort)start,
            IssuedEnd = (ushort)end,
        };
        b.FirstPiece = piece;
        if (io.FirstPiece == 0)
            io.FirstPiece = piece;
        else
            _pieces[io.LastPiece].NextInIo = piece;
        io.LastPiece = piece;
        return piece;
    }

    private void RemovePiece(int piece)
    {
        ref int link = ref _blocks[_pieces[piece].Block].FirstPiece;
        while (link != piece)
            link = ref _pieces[link].NextInBlock;
        link = _pieces[piece].NextInBlock;
        _pieces.Free(piece);
    }
}
