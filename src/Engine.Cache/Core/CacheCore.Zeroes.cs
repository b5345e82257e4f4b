// What the store zeroed and has not flushed: the counterpart of unstable blocks for ranges that have no blocks. A failed
// flush of the store may lose such a zeroing; it is done again, under a fence, before the next flush. Until then the range
// reads as zeros without the store: no cached unit of it is missing. What was written to a range since, the cache holds
// itself: such bytes leave the range, in whole units of the store.
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Cache;

internal sealed unsafe partial class CacheCore
{
    /// <summary>Ranges that wait for a flush; from here on the store is flushed in the background.</summary>
    private const int ZeroesMax = 1024;

    /// <summary>The most of them: from here on, which a store is only let come to that cannot be flushed, or not fast enough,
    /// further zeroing waits.</summary>
    private const int ZeroesLimit = 4 * ZeroesMax;

    private readonly List<ZeroedRange> _zeroes = [];
    private bool _redoing;

    /// <summary>Some range may be lost, or is being zeroed again.</summary>
    private bool _zeroesLost;

    private readonly List<Settlement> _redoWaiters = [];

    /// <summary>Zeroing that waits for a flush of the store.</summary>
    private readonly Queue<DropRequest> _heldZeroes = new();

    /// <summary>The request that stands for zeroing lost ranges again.</summary>
    public required DropRequest Redo { get; init; }

    private void NoteZeroes(DropRequest request, int obj, long from, long to)
    {
        Invariant.That(((from | to) & (_capabilities.WriteAlignment - 1)) == 0, "the store zeroes whole units");
        if (!_capabilities.CommitIsDurable)
            _zeroes.Add(new ZeroedRange(SetOf(obj), _objects[obj].Number, from, to, ZeroesState.Asked, request));
    }

    /// <summary>The store has answered: its zeroes wait for a flush, or there are none.</summary>
    private void EndZeroes(DropRequest request)
    {
        if (request.StoreError.Failed && request != Redo)
            _zeroes.RemoveAll(range => range.Request == request);
        bool lost = request.StoreError.Failed || request.Doubtful;
        ZeroesState state = lost ? ZeroesState.Lost : ZeroesState.Open;
        foreach (ref ZeroedRange range in CollectionsMarshal.AsSpan(_zeroes))
        {
            if (range.Request == request)
                range = range with { State = state, Request = null };
        }
        if (lost)
            ShowLostZeroes();
    }

    /// <summary>At least so many ranges wait for a flush, or to be done again first. What the store is still asked for does not
    /// count: a flush would not cover it.</summary>
    private bool HasUnflushedZeroes(int count)
    {
        if (_zeroes.Count < count)
            return false;
        foreach (ref readonly ZeroedRange range in CollectionsMarshal.AsSpan(_zeroes))
        {
            if ((range.State != ZeroesState.Asked || range.Request == Redo) && --count == 0)
                return true;
        }
        return false;
    }

    private bool IsBeyondZeroes(DropRequest request) =>
        request.Store == DiscardStore.WriteZeroes && request != Redo && _started && HasUnflushedZeroes(ZeroesLimit);

    private void RetryHeldZeroes()
    {
        while (_heldZeroes.TryPeek(out DropRequest? request) && !IsBeyondZeroes(request))
            ContinueDrop(_heldZeroes.Dequeue());
    }

    /// <summary>Nobody will flush the store any more: neither zeroing that waits for it goes on, nor what waits for that
    /// zeroing.</summary>
    private void FailHeld()
    {
        foreach (DropRequest drop in _heldDrops.ToArray())
        {
            drop.StoreError = IoError.Shutdown;
            ContinueDrop(drop);
        }
        _heldDrops.Clear();
        while (_heldZeroes.TryDequeue(out DropRequest? request))
        {
            request.StoreError = IoError.Shutdown;
            ContinueDrop(request);
        }
    }

    private void AdvanceZeroes(ZeroesState from, ZeroesState to)
    {
        foreach (ref ZeroedRange range in CollectionsMarshal.AsSpan(_zeroes))
        {
            if (range.State == from)
                range = range with { State = to };
        }
    }

    /// <summary>The store may have lost zeroing that it has not reported yet.</summary>
    private void DoubtZeroes()
    {
        foreach (ZeroedRange range in _zeroes)
        {
            if (range.State == ZeroesState.Asked)
                range.Request!.Doubtful = true;
        }
    }

    /// <summary>What was zeroed and not flushed may be lost.</summary>
    private void LoseZeroes()
    {
        AdvanceZeroes(ZeroesState.Flushing, ZeroesState.Lost);
        AdvanceZeroes(ZeroesState.Open, ZeroesState.Lost);
        ShowLostZeroes();
    }

    /// <summary>What the store shows of lost ranges is not known: what is cached of them becomes known zeros.</summary>
    private void ShowLostZeroes()
    {
        foreach (ZeroedRange range in _zeroes)
        {
            if (range.State != ZeroesState.Lost)
                continue;
            _zeroesLost = true;
            int obj = FindObject(range.Set, range.Number);
            if (obj != 0)
                DropRange(obj, range.From, range.To, null, UnitChange.Zeroed);
        }
    }

    /// <summary>Units of the block that nothing is known of, and that lie in a lost range, are zeros.</summary>
    private void RecallZeroes(int block)
    {
        if (!_zeroesLost)
            return;
        int obj = _blocks[block].Object;
        ObjectSet set = SetOf(obj);
        long origin = _blocks[block].Number << BlockShift;
        foreach (ZeroedRange range in _zeroes)
        {
            if (!IsLost(range) || range.Set != set || range.Number != _objects[obj].Number)
                continue;
            int end = (int)Math.Clamp(range.To - origin, 0, CacheSettings.BlockBytes);
            for (int at = (int)Math.Clamp(range.From - origin, 0, CacheSettings.BlockBytes); at < end;)
            {
                int next = NextRun(ref _blocks[block], at, end, out byte unit);
                if (Unit.StateOf(unit) == Unit.Missing)
                    Change(block, at, next, UnitChange.Zeroed);
                at = next;
            }
        }
    }

    private bool IsLost(in ZeroedRange range) => range.State == ZeroesState.Lost || range.Request == Redo;

    private bool HasZeroes(ObjectSet set) => _zeroes.Exists(range => range.Set == set);

    private bool IsZeroed(int obj, long from, long to)
    {
        ObjectSet set = SetOf(obj);
        foreach (ZeroedRange range in _zeroes)
        {
            if (range.Set == set && range.Number == _objects[obj].Number && range.From < to && range.To > from)
                return true;
        }
        return false;
    }

    /// <summary>A write takes whole units of the store out of a zeroed range, so that the zeros around its bytes become dirty
    /// with them. True when the store has lost the zeroing: then nothing but the write brings it there.</summary>
    private bool WidenOverZeroes(int block, ref int start, ref int end)
    {
        int obj = _blocks[block].Object;
        long origin = _blocks[block].Number << BlockShift;
        int from = (int)AlignDown(start, _capabilities.WriteAlignment);
        int to = (int)AlignUp(end, _capabilities.WriteAlignment);
        if (from < start && IsZeroed(obj, origin + from, origin + start))
            start = from;
        if (to > end && IsZeroed(obj, origin + end, origin + to))
            end = to;
        bool wasLost = _zeroesLost && HasLostZeroes(obj, origin + from, origin + to);
        SupersedeZeroes(SetOf(obj), _objects[obj].Number, origin + from, origin + to);
        return wasLost;
    }

    private bool HasLostZeroes(int obj, long from, long to)
    {
        foreach (ZeroedRange range in _zeroes)
        {
            bool overlaps = range.Set == SetOf(obj) && range.Number == _objects[obj].Number && range.From < to && range.To > from;
            if (overlaps && IsLost(range))
                return true;
        }
        return false;
    }

    /// <summary>Flushes of these bytes that are under way counted on lost zeroes to be done again before they end. What took
    /// their place is what they wait for now.</summary>
    private void CoverLostZeroes(int block, int start, int end)
    {
        ObjectSet set = SetOf(_blocks[block].Object);
        long number = _objects[_blocks[block].Object].Number;
        long origin = _blocks[block].Number << BlockShift;
        for (int i = _flushWaiting.Count - 1; i >= 0; i--)
        {
            if (!_flushWaiting[i].IsAbout(set, number, origin + start, origin + end))
                continue;
            BeginSettlement(_flushWaiting[i].Settlement);
            _flushWaiting.RemoveAt(i);
        }
        foreach (Settlement? settlement in _settlements)
        {
            bool counts = settlement is { Owner: FlushRequest flush, Error.IsNone: true }
                && flush.IsAbout(set, number, origin + start, origin + end);
            if (counts)
                CoverDirty(block, start, end, settlement!, fua: false);
        }
    }

    /// <summary>Newer bytes took the place of zeroes, or nobody wants those any more: doing them again would destroy what is
    /// there. The range is one of whole units of the store.</summary>
    private void SupersedeZeroes(ObjectSet set, long number, long from, long to)
    {
        if (from >= to)
            return;
        for (int i = _zeroes.Count - 1; i >= 0; i--)
        {
            ZeroedRange range = _zeroes[i];
            if (range.Set != set || range.Number != number || range.From >= to || range.To <= from)
                continue;
            _zeroes.RemoveAt(i);
            if (range.From < from)
                _zeroes.Add(range with { To = from });
            if (range.To > to)
                _zeroes.Add(range with { From = to });
        }
    }

    /// <summary>Zeroes of a range that is dropped are not done again: the store's own part counts from here on, or what its
    /// owner did to it; that comes in whole units.</summary>
    private void ForgetZeroes(DropRequest request, long number, long from, long to)
    {
        int alignment = _capabilities.WriteAlignment;
        if (request.Store == DiscardStore.None)
            SupersedeZeroes(request.Set!, number, AlignUp(from, alignment), AlignDown(to, alignment));
        else
            SupersedeZeroes(request.Set!, number, AlignDown(from, alignment), AlignUp(to, alignment));
    }

    /// <summary>Zeroes lost ranges again; false when there are none.</summary>
    private bool StartRedo()
    {
        _zeroesLost = _zeroes.Exists(range => range.State == ZeroesState.Lost);
        if (!_zeroesLost)
            return false;
        _redoing = true;
        Redo.Store = DiscardStore.WriteZeroes;
        Redo.StoreError = default;
        Redo.Doubtful = false;
        Redo.StoreOperations = 0;
        foreach (ref ZeroedRange range in CollectionsMarshal.AsSpan(_zeroes))
        {
            if (range.State != ZeroesState.Lost)
                continue;
            range = range with { State = ZeroesState.Asked, Request = Redo };
            AddFence(Redo, OpenObject(range.Set, range.Number), range.From, range.To);
        }
        ContinueDrop(Redo);
        return true;
    }

    /// <summary>The zeroes are there again, and the flush that waits goes on; or the store failed again, and so does the
    /// flush.</summary>
    private void EndRedo(IoError error)
    {
        _redoing = false;
        foreach (Settlement settlement in _redoWaiters)
        {
            settlement.PendingIos--;
            CheckSettled(settlement);
        }
        _redoWaiters.Clear();
        _zeroesLost = _zeroes.Exists(range => range.State == ZeroesState.Lost);
        if (error.IsNone)
            return;
        _now = _clock.GetTimestamp();
        NoteStoreFlushFailure();
        foreach (FlushRequest request in _flushWaiting)
            EndFlush(request, error);
        _flushWaiting.Clear();
    }

    /// <summary>What drops ranges of the set without the store does not end while zeroes of the set are done again: they would
    /// come to the store behind its back.</summary>
    private void AwaitRedo(ObjectSet set, Settlement settlement)
    {
        if (!_redoing || !_fences.Exists(fence => fence.Request == Redo && SetOf(fence.Object) == set))
            return;
        settlement.PendingIos++;
        _redoWaiters.Add(settlement);
    }

    private readonly record struct ZeroedRange(
        ObjectSet Set, long Number, long From, long To, ZeroesState State, DropRequest? Request);
}
