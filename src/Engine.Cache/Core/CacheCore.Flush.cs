// Flushes: covered writes committed, then one flush of the store that all who wait share (specification 2.10).
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

internal sealed unsafe partial class CacheCore
{
    private readonly List<FlushRequest> _flushWaiting = [];
    private readonly List<FlushRequest> _flushRiding = [];
    private bool _storeFlushing;
    private bool _openIsOdd;

    /// <summary>Somebody has asked for a flush: he knows that the cache holds data back.</summary>
    private bool _flushAsked;

    /// <summary>The store discarded or zeroed something since its last flush began; the flush under way covers such a
    /// thing.</summary>
    private bool _dropsUnflushed;
    private bool _dropsFlushing;

    /// <summary>Covers what is dirty or in flight now of some extents of a set; one of length 0 reaches to the end of its
    /// object.</summary>
    public void StartFlush(FlushRequest request, ObjectSet set, ExtentList extents)
    {
        request.Pending = true;
        request.Set = set;
        request.Extents.CopyFrom(extents);
        BeginSettlement(request.Settlement);
        bool unstable = false;
        TakeReport(request, set);
        foreach (ref readonly ObjectExtent extent in extents.Extents)
        {
            int obj = FindObject(set, extent.ObjectNumber);
            long end = extent.Length == 0 ? long.MaxValue : extent.Offset + extent.Length;
            if (obj != 0)
                unstable |= CoverRange(obj, extent.Offset, end, request.Settlement);
        }
        BeginFlush(request, unstable);
    }

    /// <summary>Covers what is dirty or in flight now: of one set, or of all when <paramref name="set"/> is null.</summary>
    public void StartFlush(FlushRequest request, ObjectSet? set)
    {
        request.Pending = true;
        request.Set = set;
        BeginSettlement(request.Settlement);
        bool unstable = false;
        if (set is not null)
        {
            TakeReport(request, set);
            CoverSet(set, request.Settlement);
            unstable = set.UnstableBlocks > 0;
        }
        else
        {
            foreach (ObjectSet? each in _sets)
            {
                if (each is null)
                    continue;
                TakeReport(request, each);
                CoverSet(each, request.Settlement);
            }
            unstable = _unstableBytes > 0;
        }
        BeginFlush(request, unstable);
    }

    /// <summary>What the flush waits for is covered.</summary>
    private void BeginFlush(FlushRequest request, bool unstable)
    {
        _flushAsked = true;
        unstable |= _dropsUnflushed || _dropsFlushing || _zeroes.Count > 0;
        bool clean = request.Settlement.Covers == 0 && request.Settlement.PendingIos == 0 && !unstable && request.Report.IsNone;
        request.Result = new FlushResult(IoError.None, clean);
        request.FlushesStore = !clean && !_capabilities.CommitIsDurable;
        CheckSettled(request.Settlement);
        EndStep();
    }

    private void CoverSet(ObjectSet set, Settlement settlement)
    {
        if (set.DirtyOrTxBytes == 0)
            return;
        foreach (int obj in ObjectsByNumber(set))
        {
            if (_objects[obj].ChargedBlocks == 0)
                continue;
            CoverRange(obj, 0, long.MaxValue, settlement);
        }
    }

    /// <summary>Covers a range of an object; true when the store has committed something of it that it has not flushed. Of a set
    /// that failed, what is in flight is waited for, and nothing more is written.</summary>
    private bool CoverRange(int obj, long from, long to, Settlement settlement)
    {
        bool unstable = false;
        bool writes = SetOf(obj).Failure.IsNone;
        long number = from >> BlockShift;
        for (int block; (block = NextBlock(obj, number, ((to - 1) >> BlockShift) + 1)) != 0;)
        {
            number = _blocks[block].Number + 1;
            unstable |= (_blocks[block].Lists & (BlockLists.UnstableEven | BlockLists.UnstableOdd)) != 0;
            if (!_blocks[block].Charged)
                continue;
            long origin = _blocks[block].Number << BlockShift;
            int start = (int)Math.Max(0, from - origin);
            int end = (int)Math.Min(CacheSettings.BlockBytes, to - origin);
            AttachInFlight(block, start, end, settlement, liveOnly: true);
            if (writes)
                CoverDirty(block, start, end, settlement, fua: false);
            Settle(block);
        }
        return unstable;
    }

    /// <summary>The covered writes have ended; what remains is the store's own flush.</summary>
    private void ContinueFlush(FlushRequest request)
    {
        IoError error = request.Settlement.Outcome;
        if (error.IsNone && request.FlushesStore)
        {
            _flushWaiting.Add(request);
            return;
        }
        EndFlush(request, error);
    }

    /// <summary>A report goes before an error of the flush itself: what that is about is dirty still, and the next flush meets
    /// it again.</summary>
    private void EndFlush(FlushRequest request, IoError error)
    {
        request.Result = request.Result with { Error = request.Report.Failed ? request.Report : error };
        request.Pending = false;
        if (request == _stopFlush)
            ContinueStop(request.Result.Error);
        else
            Emit(EffectKind.Complete, request);
    }

    private BlockLists UnstableFlushing =>
        !_storeFlushing ? BlockLists.None : _openIsOdd ? BlockLists.UnstableEven : BlockLists.UnstableOdd;

    /// <summary>Flushes the store when somebody waits for it, when too much is unstable, or when only that can free
    /// memory. Zeroes that it lost are done again first, or once the delay after the failure is over.</summary>
    private void PumpStoreFlush()
    {
        if (_storeFlushing || _redoing)
            return;
        bool full = HasUnflushedZeroes(ZeroesMax) || UnstableOpen.Count >= _settings.UnstableBlocksMax;
        bool pressed = _memoryPressure && UnstableOpen.Count > 0;
        bool mayAct = _started && !RetryingStoreFlush;
        bool flush = _flushWaiting.Count > 0 || ((full || pressed) && mayAct);
        if ((flush || (_zeroesLost && mayAct)) && StartRedo())
            return;
        if (!flush)
            return;
        _storeFlushing = true;
        _flushRiding.AddRange(_flushWaiting);
        _flushWaiting.Clear();
        _openIsOdd = !_openIsOdd;
        _dropsFlushing = _dropsUnflushed;
        _dropsUnflushed = false;
        AdvanceZeroes(ZeroesState.Open, ZeroesState.Flushing);
        BackendIo io = TakeIo(BackendIoKind.Flush, 0, 0, 0);
        _counters.BackendFlushes++;
        Emit(EffectKind.Submit, io);
    }

    private long _storeFlushRetryAt;

    /// <summary>Flushes of the store, and zeroing before them, that failed in a row.</summary>
    private int _storeFlushFailures;

    /// <summary>What the last failed flush of the store may have lost.</summary>
    private readonly List<LostPart> _lost = [];

    /// <summary>The last flush of the store failed a moment ago: those who ask for one get it, the background waits.</summary>
    private bool RetryingStoreFlush => _storeFlushRetryAt > _now;

    private void NoteStoreFlushFailure()
    {
        _counters.BackendFlushFailures++;
        _storeFlushRetryAt = _now + BackoffTicks(0, ++_storeFlushFailures);
    }

    private void CompleteStoreFlush(BackendIo io, IoError error)
    {
        ReturnIo(io);
        _now = _clock.GetTimestamp();
        BlockLists list = UnstableFlushing;
        bool odd = list == BlockLists.UnstableOdd;
        if (error.Failed)
        {
            NoteStoreFlushFailure();
            DestabiliseAll();
            AskAboutLost(error);
            DoubtInFlight();
        }
        else
        {
            _storeFlushFailures = 0;
        }
        int next;
        for (int block = odd ? _unstableOdd.First : _unstableEven.First; block != 0; block = next)
        {
            next = odd ? _unstableOdd.Next(block) : _unstableEven.Next(block);
            ref CachedBlock b = ref _blocks[block];
            if ((b.Lists & BlockLists.UnstableAgain) != 0)
                ReopenUnstable(block, list);
            else
                Change(block, 0, CacheSettings.BlockBytes, UnitChange.Stabilised);
            Settle(block);
        }
        _storeFlushing = false;
        _dropsUnflushed |= _dropsFlushing && error.Failed;
        if (error.Failed)
            LoseZeroes();
        else
            _zeroes.RemoveAll(range => range.State == ZeroesState.Flushing);
        _dropsFlushing = false;
        if (error.Failed)
            FailFlushesUnderWay(error);
        foreach (FlushRequest request in _flushRiding)
            EndFlush(request, error);
        _flushRiding.Clear();
    }

    /// <summary>What flushes that have not come to the store yet counted as committed may be among what is dirty again.</summary>
    private void FailFlushesUnderWay(IoError error)
    {
        _flushRiding.AddRange(_flushWaiting);
        _flushWaiting.Clear();
        for (int i = 1; i < _settlements.Count; i++)
        {
            if (_settlements[i] is not { Owner: FlushRequest } settlement)
                continue;
            if (settlement.Error.IsNone)
                settlement.Error = error;
            CheckSettled(settlement);
        }
    }

    /// <summary>A failed flush may have lost everything not flushed before, what was committed during the flush too: which of
    /// that had come to the store before the flush did, the cache cannot know.</summary>
    private void DestabiliseAll()
    {
        while (_unstableEven.First != 0 || _unstableOdd.First != 0)
        {
            int block = _unstableEven.First != 0 ? _unstableEven.First : _unstableOdd.First;
            Destabilise(block);
            Settle(block);
        }
    }

    /// <summary>The same holds for what is in flight: the store may have done it before the flush and not have said so
    /// yet.</summary>
    private void DoubtInFlight()
    {
        foreach (BackendIo? io in _ios)
        {
            if (io is { Active: true, Kind: BackendIoKind.Write, Fua: false })
                io.Doubtful = true;
        }
        DoubtZeroes();
    }

    /// <summary>What a failed flush covered may be lost: it is dirty again.</summary>
    private void Destabilise(int block)
    {
        ref CachedBlock b = ref _blocks[block];
        if ((b.Lists & (BlockLists.Age | BlockLists.Retry)) == 0)
            b.FirstDirty = _now;
        NoteLost(block);
        Change(block, 0, CacheSettings.BlockBytes, UnitChange.Destabilised);
        Hold(b.Object, _storeFlushRetryAt - _now);
    }

    private void NoteLost(int block)
    {
        long origin = _blocks[block].Number << BlockShift;
        for (int at = 0; at < CacheSettings.BlockBytes;)
        {
            int next = NextRun(ref _blocks[block], at, CacheSettings.BlockBytes, out byte unit);
            if ((unit & Unit.Unstable) != 0)
                _lost.Add(new LostPart(_blocks[block].Object, origin + at, origin + next));
            at = next;
        }
    }

    /// <summary>The owners decide about what is dirty again, as they do about what was not written.</summary>
    private void AskAboutLost(IoError error)
    {
        _lost.Sort();
        for (int i = 0; i < _lost.Count;)
        {
            (int obj, long from, long to) = _lost[i++];
            for (; i < _lost.Count && _lost[i].Object == obj && _lost[i].From == to; i++)
                to = _lost[i].To;
            ObjectSet set = SetOf(obj);
            if (set.Failure.IsNone)
                Ask(obj, new WritebackError(set, _objects[obj].Number, from, to - from, error, _storeFlushFailures));
        }
        _lost.Clear();
    }

    private void ReopenUnstable(int block, BlockLists list)
    {
        ref CachedBlock b = ref _blocks[block];
        if (list == BlockLists.UnstableOdd)
            _unstableOdd.Remove(block);
        else
            _unstableEven.Remove(block);
        UnstableOpen.AddLast(block);
        b.Lists &= ~(list | BlockLists.UnstableAgain);
        b.Lists |= _openIsOdd ? BlockLists.UnstableOdd : BlockLists.UnstableEven;
    }

    private readonly record struct LostPart(int Object, long From, long To) : IComparable<LostPart>
    {
        public int CompareTo(LostPart other) => (Object, From).CompareTo((other.Object, other.From));
    }
}
