// Discard, purge and release (specification 2.11 to 2.14).
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

internal sealed unsafe partial class CacheCore
{
    private readonly List<Fence> _fences = [];
    private readonly List<DropRequest> _heldDrops = [];

    /// <summary>Operations of the store that wait for their turn.</summary>
    private readonly Queue<Fence> _queuedDrops = new();
    private int _dropsOutstanding;

    /// <summary>Drops the ranges; the request ends when the writes in flight over them have ended and the store has done its
    /// own part.</summary>
    public void StartDiscard(DropRequest request, DiscardMode mode)
    {
        request.Pending = true;
        BeginSettlement(request.Settlement, ignoresErrors: true);
        if (request.Store == DiscardStore.None)
            AwaitRedo(request.Set!, request.Settlement);
        foreach (ref readonly ObjectExtent extent in request.Extents.Extents)
        {
            long end = extent.Offset + extent.Length;
            ForgetZeroes(request, extent.ObjectNumber, extent.Offset, end);
            int obj = mode == DiscardMode.Zeroed || request.Store != DiscardStore.None
                ? OpenObject(request.Set!, extent.ObjectNumber)
                : FindObject(request.Set!, extent.ObjectNumber);
            if (obj == 0)
                continue;
            if (request.Store != DiscardStore.None)
                AddFence(request, obj, extent.Offset, end);
            if (request.Store == DiscardStore.WriteZeroes)
                NoteZeroes(request, obj, extent.Offset, end);
            if (mode == DiscardMode.Zeroed)
                ZeroRange(obj, extent.Offset, end, request.Settlement);
            else
                DropRange(obj, extent.Offset, end, request.Settlement, UnitChange.Dropped);
        }
        CheckSettled(request.Settlement);
        EndStep();
    }

    /// <summary>Drops what lies behind the end of a file that was cut; the request ends when the writes in flight there have
    /// ended.</summary>
    public void StartTruncate(DropRequest request, in FileLayout layout, long size)
    {
        request.Pending = true;
        BeginSettlement(request.Settlement, ignoresErrors: true);
        ObjectSet set = request.Set!;
        AwaitRedo(set, request.Settlement);
        foreach (ZeroedRange range in _zeroes.FindAll(range => range.Set == set))
            ForgetZeroes(request, range.Number, EndOf(range.Number, layout, size), long.MaxValue);
        foreach (int obj in ObjectsByNumber(set))
        {
            // In a unit that the cut splits, what is kept may be written, and what it misses be read for that: whole units,
            // with what is known of the rest, not with what the store still holds there.
            long from = EndOf(_objects[obj].Number, layout, size);
            long next = AlignUp(from, Math.Max(_capabilities.ReadAlignment, _capabilities.WriteAlignment));
            if (from < next)
                DropRange(obj, from, next, request.Settlement, UnitChange.Zeroed);
            DropRange(obj, next, long.MaxValue, request.Settlement, UnitChange.Dropped);
        }
        CheckSettled(request.Settlement);
        EndStep();
    }

    /// <summary>Where an object ends in a file that was cut.</summary>
    private static long EndOf(long number, in FileLayout layout, long size) =>
        size == 0 ? 0 : (long)Striper.ObjectTruncateSize(layout, number, (ulong)size);

    /// <summary>Drops everything of the set, dirty or not, at once; the request ends when its writes in flight have
    /// ended.</summary>
    public void StartPurge(DropRequest request)
    {
        request.Pending = true;
        BeginSettlement(request.Settlement, ignoresErrors: true);
        PurgeSet(request.Set!, request.Settlement);
        CheckSettled(request.Settlement);
        EndStep();
    }

    /// <summary>Drops what the set holds only for speed, and closes the objects that are left empty.</summary>
    public ReleaseResult Release(ObjectSet set)
    {
        ReleaseResult result = ReleaseBlocks(set);
        EndStep();
        return result;
    }

    /// <summary>The same for all sets, of which it tells what is left at one moment: what waited goes on behind it.</summary>
    public ReleaseResult ReleaseAll()
    {
        long dirty = 0;
        long rx = 0;
        foreach (ObjectSet? set in _sets)
        {
            if (set is null)
                continue;
            ReleaseResult result = ReleaseBlocks(set);
            dirty += result.DirtyOrTxBytes;
            rx += result.RxBytes;
        }
        EndStep();
        return new ReleaseResult(dirty, rx);
    }

    private ReleaseResult ReleaseBlocks(ObjectSet set)
    {
        foreach (int obj in ObjectsByNumber(set))
        {
            long from = 0;
            for (int block; (block = NextBlock(obj, from, long.MaxValue)) != 0;)
            {
                from = _blocks[block].Number + 1;
                if (_blocks[block].FirstWait != 0)
                    continue;
                Change(block, 0, CacheSettings.BlockBytes, UnitChange.Released);
                RecallZeroes(block);
                Settle(block);
            }
        }
        CloseIdleObjects(set);
        return new ReleaseResult(set.DirtyOrTxBytes, set.RxBytes);
    }

    private void PurgeSet(ObjectSet set, Settlement? settlement)
    {
        if (settlement is not null)
            AwaitRedo(set, settlement);
        _zeroes.RemoveAll(range => range.Set == set && (range.Request is null || range.Request == Redo));
        ForgetQuestions(set);
        foreach (int obj in ObjectsByNumber(set))
        {
            long from = 0;
            for (int block; (block = NextBlock(obj, from, long.MaxValue)) != 0;)
            {
                from = _blocks[block].Number + 1;
                MarkPurged(block);
                DropBlock(block, 0, CacheSettings.BlockBytes, settlement, UnitChange.Dropped);
            }
        }
        CloseIdleObjects(set);
    }

    /// <summary>Whoever waited for these bytes to be durable learns that they were not.</summary>
    private void MarkPurged(int block)
    {
        for (int cover = _blocks[block].FirstCover; cover != 0; cover = _covers[cover].NextInBlock)
        {
            if (SettlementOf(_covers[cover]) is { } settlement)
                settlement.Purged = true;
        }
        for (int piece = _blocks[block].FirstPiece; piece != 0; piece = _pieces[piece].NextInBlock)
        {
            Piece p = _pieces[piece];
            if (!p.IsWrite || BytesInState(ref _blocks[block], p.Start, p.End, Unit.TxState) == 0)
                continue;
            foreach (Settlement settlement in _ios[p.Io]!.Waiters)
                settlement.Purged = true;
        }
    }

    private void DropRange(int obj, long from, long to, Settlement? settlement, UnitChange change)
    {
        long number = from >> BlockShift;
        for (int block; (block = NextBlock(obj, number, ((to - 1) >> BlockShift) + 1)) != 0;)
        {
            number = _blocks[block].Number + 1;
            long origin = _blocks[block].Number << BlockShift;
            int start = (int)Math.Max(0, from - origin);
            int end = (int)Math.Min(CacheSettings.BlockBytes, to - origin);
            DropBlock(block, start, end, settlement, change);
        }
    }

    private void ZeroRange(int obj, long from, long to, Settlement settlement)
    {
        for (long at = from; at < to;)
        {
            int start = (int)at & BlockMask;
            int end = (int)Math.Min(CacheSettings.BlockBytes, start + (to - at));
            int block = OpenBlock(obj, at >> BlockShift);
            DropBlock(block, start, end, settlement, UnitChange.Zeroed);
            at += end - start;
        }
        TryMakeRoom(0);
    }

    private void DropBlock(int block, int start, int end, Settlement? settlement, UnitChange change)
    {
        if (settlement is not null)
            AttachInFlight(block, start, end, settlement, liveOnly: false);
        ForgetReads(block, start, end);
        Change(block, start, end, change);
        RecallZeroes(block);
        WakeReads(block);
        Settle(block);
    }

    /// <summary>The writes in flight over the range have ended: the store's own part begins, or the request ends.</summary>
    private void ContinueDrop(DropRequest request)
    {
        if (request.Store == DiscardStore.None || request.StoreError.Failed)
        {
            if (request.Store != DiscardStore.None)
                LiftFences(request);
            EndDrop(request);
            return;
        }
        if (IsBehindAnotherFence(request))
        {
            _heldDrops.Add(request);
            return;
        }
        if (IsBeyondZeroes(request))
        {
            _heldZeroes.Enqueue(request);
            return;
        }
        foreach (Fence fence in _fences)
        {
            if (fence.Request != request)
                continue;
            request.StoreOperations++;
            _queuedDrops.Enqueue(fence);
        }
        IssueDrops();
    }

    /// <summary>A sixteenth of what the store takes at once: one request may have many ranges, and there may be many
    /// requests.</summary>
    private int DropsMax => Math.Max(1, _capabilities.OperationsMax / 16);

    private void IssueDrops()
    {
        while (_dropsOutstanding < DropsMax && _queuedDrops.TryDequeue(out Fence fence))
        {
            bool isDiscard = fence.Request.Store == DiscardStore.Discard;
            BackendIoKind kind = isDiscard ? BackendIoKind.Discard : BackendIoKind.WriteZeroes;
            BackendIo io = TakeIo(kind, fence.Object, fence.From, fence.To - fence.From);
            io.Drop = fence.Request;
            _dropsOutstanding++;
            Emit(EffectKind.Submit, io);
        }
    }

    private void CompleteStoreDrop(BackendIo io, IoError error)
    {
        DropRequest? request = io.Drop;
        io.Drop = null;
        ReturnIo(io);
        _dropsOutstanding--;
        IssueDrops();
        if (request is null)
            return; // the wait for it was given up
        if (error.Failed && request.StoreError.IsNone)
            request.StoreError = error;
        if (--request.StoreOperations > 0)
            return;
        _dropsUnflushed = true;
        EndZeroes(request);
        LiftFences(request);
        EndDrop(request);
        DropRequest[] held = [.. _heldDrops];
        _heldDrops.Clear();
        foreach (DropRequest each in held)
            ContinueDrop(each);
    }

    /// <summary>An earlier discard of some of the same bytes has not ended: two that overlap are not at the store
    /// together.</summary>
    private bool IsBehindAnotherFence(DropRequest request)
    {
        for (int i = 0; i < _fences.Count; i++)
        {
            Fence fence = _fences[i];
            if (fence.Request != request)
                continue;
            for (int earlier = 0; earlier < i; earlier++)
            {
                Fence other = _fences[earlier];
                if (other.Request != request && other.Object == fence.Object && other.From < fence.To && other.To > fence.From)
                    return true;
            }
        }
        return false;
    }

    private void EndDrop(DropRequest request)
    {
        if (request == Redo)
        {
            EndRedo(request.StoreError);
            return;
        }
        request.Result = request.StoreError;
        request.Pending = false;
        Emit(EffectKind.Complete, request);
    }

    private void AddFence(DropRequest request, int obj, long from, long to)
    {
        _objects[obj].Fences++;
        _fences.Add(new Fence(request, obj, from, to));
    }

    private void LiftFences(DropRequest request)
    {
        for (int i = _fences.Count - 1; i >= 0; i--)
        {
            Fence fence = _fences[i];
            if (fence.Request != request)
                continue;
            _fences.RemoveAt(i);
            _objects[fence.Object].Fences--;
            if (request.StoreError.Failed && request != Redo)
                ForgetZeros(fence);
            long number = fence.From >> BlockShift;
            for (int block; (block = NextBlock(fence.Object, number, ((fence.To - 1) >> BlockShift) + 1)) != 0;)
            {
                number = _blocks[block].Number + 1;
                Unpark(block);
                Settle(block);
            }
        }
        foreach (ReadRequest read in _fencedReads)
            Restart(read);
        _fencedReads.Clear();
    }

    /// <summary>The store did not do its part: the zeros of the range are not known to hold.</summary>
    private void ForgetZeros(in Fence fence)
    {
        long number = fence.From >> BlockShift;
        for (int block; (block = NextBlock(fence.Object, number, ((fence.To - 1) >> BlockShift) + 1)) != 0;)
        {
            number = _blocks[block].Number + 1;
            long origin = _blocks[block].Number << BlockShift;
            int start = (int)Math.Max(0, fence.From - origin);
            int end = (int)Math.Min(CacheSettings.BlockBytes, fence.To - origin);
            Change(block, start, end, UnitChange.Released);
            WakeReads(block);
            Settle(block);
        }
    }

    private bool IsFenced(int obj, long from, long to)
    {
        if (_fences.Count == 0 || _objects[obj].Fences == 0)
            return false;
        foreach (Fence fence in _fences)
        {
            if (fence.Object == obj && fence.From < to && fence.To > from)
                return true;
        }
        return false;
    }

    private bool IsFencedBlock(int block)
    {
        long origin = _blocks[block].Number << BlockShift;
        return IsFenced(_blocks[block].Object, origin, origin + CacheSettings.BlockBytes);
    }

    /// <summary>A range that the store discards or zeroes: nothing else is sent to the store for it until that ended.</summary>
    private readonly record struct Fence(DropRequest Request, int Object, long From, long To);
}
