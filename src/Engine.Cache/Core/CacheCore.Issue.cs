// Builds write requests: maximal contiguous runs of dirty bytes, capped and aligned (specification 2.7).
using Engine.Buffers;

namespace Engine.Cache;

internal sealed unsafe partial class CacheCore
{
    private readonly List<RunPart> _run = [];
    private int _fillsOutstanding;

    /// <summary>Issues one write that begins in this block, or around it; false when its dirty units cannot be issued
    /// now.</summary>
    /// <param name="block">A block with dirty units.</param>
    /// <param name="coveredOnly">Write what a flush or write-through waits for, and nothing else.</param>
    private bool IssueRun(int block, bool coveredOnly)
    {
        _run.Clear();
        if (!FindRun(block, coveredOnly, out RunPart seed))
            return false;
        _run.Add(seed);
        int capacity = Math.Min(
            Math.Min(_settings.WritebackBytesMax, _capabilities.TransferBytesMax) / CacheSettings.BlockBytes,
            _capabilities.SegmentsMax);
        int obj = _blocks[block].Object;
        long number = _blocks[block].Number;
        if (!coveredOnly && seed.Start == 0)
            ExtendBackward(obj, number, capacity);
        if (seed.End == CacheSettings.BlockBytes)
            ExtendForward(obj, number, capacity, coveredOnly);
        Submit(obj);
        return true;
    }

    private void ExtendBackward(int obj, long number, int capacity)
    {
        while (_run.Count < capacity && _run[0].Start == 0)
        {
            int block = FindBlock(obj, --number);
            if (block == 0 || !IsIssuable(LastUnit(block), coveredOnly: false))
                return;
            int start = CacheSettings.BlockBytes;
            while (start > 0 && IsIssuable(UnitAt(block, start - 1), coveredOnly: false))
                start = RunStart(block, start - 1);
            if (start % _capabilities.WriteAlignment != 0 || IsFencedBlock(block))
                return;
            _run.Insert(0, new RunPart(block, start, CacheSettings.BlockBytes));
        }
    }

    private void ExtendForward(int obj, long number, int capacity, bool coveredOnly)
    {
        while (_run.Count < capacity && _run[^1].End == CacheSettings.BlockBytes)
        {
            int block = FindBlock(obj, ++number);
            if (block == 0 || !IsIssuable(UnitAt(block, 0), coveredOnly))
                return;
            int end = 0;
            while (end < CacheSettings.BlockBytes && IsIssuable(UnitAt(block, end), coveredOnly))
                end = NextRun(ref _blocks[block], end, CacheSettings.BlockBytes, out _);
            if (end % _capabilities.WriteAlignment != 0 || IsFencedBlock(block))
                return;
            _run.Add(new RunPart(block, 0, end));
        }
    }

    /// <summary>The first run of issuable units of the block, widened to the store's alignment. False, with a fill issued
    /// where one helps, when there is none that can go now.</summary>
    private bool FindRun(int block, bool coveredOnly, out RunPart part)
    {
        part = default;
        if (IsFencedBlock(block))
            return false;
        int fillFrom = CacheSettings.BlockBytes;
        int fillTo = 0;
        for (int at = 0; at < CacheSettings.BlockBytes;)
        {
            int end = NextRun(ref _blocks[block], at, CacheSettings.BlockBytes, out byte unit);
            if (!IsIssuable(unit, coveredOnly))
            {
                at = end;
                continue;
            }
            while (end < CacheSettings.BlockBytes && IsIssuable(UnitAt(block, end), coveredOnly))
                end = NextRun(ref _blocks[block], end, CacheSettings.BlockBytes, out _);
            if (TryWiden(block, at, end, out part, out bool missing))
                return true;
            if (missing)
            {
                fillFrom = Math.Min(fillFrom, part.Start);
                fillTo = Math.Max(fillTo, part.End);
            }
            at = end;
        }
        if (fillFrom < fillTo && !_blocks[block].Filling)
            Fill(block, fillFrom, fillTo);
        return false;
    }

    /// <summary>One read, into one bounce block, for all that the block's dirty parts miss.</summary>
    private void Fill(int block, int from, int to)
    {
        _blocks[block].Filling = true;
        _fillsOutstanding++;
        long origin = _blocks[block].Number << BlockShift;
        IssueRead(_blocks[block].Object, origin + from, origin + to, callerWaits: false);
    }

    /// <summary>Widens a run to the store's alignment. False when that takes units in flight, or units that are
    /// missing.</summary>
    private bool TryWiden(int block, int start, int end, out RunPart part, out bool missing)
    {
        int from = (int)AlignDown(start, _capabilities.WriteAlignment);
        int to = (int)AlignUp(end, _capabilities.WriteAlignment);
        part = new RunPart(block, from, to);
        missing = false;
        for (int at = from; at < to;)
        {
            int next = NextRun(ref _blocks[block], at, to, out byte unit);
            if ((unit & Unit.InFlight) != 0 || Unit.StateOf(unit) == Unit.Rx)
            {
                missing = false;
                return false;
            }
            if (unit == Unit.Zero)
            {
                // A read that is in flight for the block's memory is awaited: other memory was not reckoned with.
                if (!_blocks[block].Buffer.IsNull && IsBusy(ref _blocks[block], at, next))
                {
                    missing = false;
                    return false;
                }
                Materialise(block, at, next);
            }
            missing |= unit is Unit.Missing or Unit.Error;
            at = next;
        }
        return !missing;
    }

    /// <summary>Known zeros that ride along in a write need bytes in memory.</summary>
    private void Materialise(int block, int start, int end)
    {
        PrepareMemory(block, start, end);
        _pool.Span(_blocks[block].Buffer)[start..end].Clear();
        Change(block, start, end, UnitChange.Materialised);
    }

    /// <summary>A fill ended; one that failed fails whoever waits for the block to be written.</summary>
    private void EndFill(int block, IoError error)
    {
        ref CachedBlock b = ref _blocks[block];
        if (!b.Filling)
            return;
        b.Filling = false;
        _fillsOutstanding--;
        if (error.IsNone)
            return;
        _counters.WritebackFailures++;
        FailCovers(block, error);
        _now = _clock.GetTimestamp();
        for (int at = 0; at < CacheSettings.BlockBytes;)
        {
            int from = at;
            while (at < CacheSettings.BlockBytes && NeedsFill(ref b, at))
                at += _capabilities.WriteAlignment;
            if (at > from)
                NoteWriteFailure(b.Object, (b.Number << BlockShift) + from, at - from, error);
            else
                at += _capabilities.WriteAlignment;
        }
    }

    /// <summary>The unit of the store is dirty in part, and the rest of it is not known.</summary>
    private bool NeedsFill(ref CachedBlock b, int start)
    {
        int end = start + _capabilities.WriteAlignment;
        return HasLiveBytes(ref b, start, end) && UnreadableBytes(ref b, start, end) > 0;
    }

    private void Submit(int obj)
    {
        long from = (_blocks[_run[0].Block].Number << BlockShift) + _run[0].Start;
        long to = (_blocks[_run[^1].Block].Number << BlockShift) + _run[^1].End;
        BackendIo io = TakeIo(BackendIoKind.Write, obj, from, to - from);
        io.Issue = ++_lastIssue;
        io.Data = BufferList.Rent(_pool);
        foreach (RunPart part in _run)
        {
            ref CachedBlock b = ref _blocks[part.Block];
            io.ModifiedAt = Math.Max(io.ModifiedAt, b.ModifiedAt);
            io.Data.Append(b.Buffer, part.Start, part.End - part.Start);
            AttachCovers(part.Block, part.Start, part.End, io);
            AddPiece(io, part.Block, part.Start, part.End, b.Buffer);
            Change(part.Block, part.Start, part.End, UnitChange.WriteIssued);
            Settle(part.Block);
        }
        Invariant.That(io.Data.Length == io.Length, "a run is contiguous");
        io.Data.MarkInFlight();
        _writesOutstanding++;
        _counters.BackendWrites++;
        _counters.DataFlushed += io.Length;
        Emit(EffectKind.Submit, io);
    }

    private static bool IsIssuable(byte unit, bool coveredOnly) =>
        Unit.StateOf(unit) == Unit.Dirty && (unit & Unit.InFlight) == 0 && (!coveredOnly || (unit & Unit.Covered) != 0);

    private byte UnitAt(int block, int at)
    {
        Span<byte> units = UnitsOf(ref _blocks[block], out int shift);
        return units[at >> shift];
    }

    private byte LastUnit(int block) => UnitAt(block, CacheSettings.BlockBytes - 1);

    /// <summary>First byte of the unit that holds <paramref name="at"/>.</summary>
    private int RunStart(int block, int at) => _blocks[block].ByteMap == 0 ? at & ~(SectorBytes - 1) : at;

    /// <summary>The part of a write that lies in one block.</summary>
    private readonly record struct RunPart(int Block, int Start, int End);
}
