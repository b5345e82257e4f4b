// Dirty data whose write failed (specification 3.3): it stays dirty, and all of its object is left alone by background writeback
// for a time that doubles with every failure in a row; its owner is asked what is to become of it. A flush does not wait for that
// time. Invariant: dirty blocks of an object that is held, or of a set that failed, are on the retry list, all others on the age
// list.
using Engine.Buffers;

namespace Engine.Cache;

internal sealed unsafe partial class CacheCore
{
    /// <summary>Objects that are held, by the time at which that ends; an entry that the object no longer knows of is an old
    /// one.</summary>
    private readonly PriorityQueue<int, long> _held = new();

    private long _retryMaxTicks;

    /// <summary>The owner's answer to <see cref="EffectKind.WritebackFailed"/>, where it is not to try again.</summary>
    public void Decide(WritebackError failure, WritebackAction action)
    {
        if (failure.Set.Destroyed)
            return;
        if (action == WritebackAction.Drop)
            DropFailed(failure);
        else if (action == WritebackAction.FailSet)
            FailSet(failure.Set, failure.Error);
        EndStep();
    }

    /// <summary>A set that failed goes on.</summary>
    public void Resume(ObjectSet set)
    {
        set.Failure = default;
        foreach (int obj in ObjectsByNumber(set))
        {
            _objects[obj].Failures = 0;
            _objects[obj].HeldUntil = 0;
            SettleAll(obj);
        }
        EndStep();
    }

    private bool IsHeld(int obj) => _objects[obj].HeldUntil != 0 || SetOf(obj).Failure.Failed;

    /// <summary>Background writeback leaves the object alone for a time; one that is left alone already is so no longer for
    /// that.</summary>
    private void Hold(int obj, long ticks)
    {
        ref CachedObject o = ref _objects[obj];
        if (o.HeldUntil > _now)
            return;
        o.HeldUntil = _now + ticks;
        _held.Enqueue(obj, o.HeldUntil);
        SettleAll(obj);
    }

    private void EndHolds()
    {
        while (_held.TryPeek(out int obj, out long due) && due <= _now)
        {
            _held.Dequeue();
            if (_objects[obj].HeldUntil != due)
                continue;
            _objects[obj].HeldUntil = 0;
            SettleAll(obj);
        }
    }

    private void SettleAll(int obj)
    {
        long from = 0;
        for (int block; (block = NextBlock(obj, from, long.MaxValue)) != 0;)
        {
            from = _blocks[block].Number + 1;
            Settle(block);
        }
    }

    private void NoteWriteFailure(int obj, long offset, long length, IoError error)
    {
        ObjectSet set = SetOf(obj);
        if (set.Failure.Failed)
            return;
        if (_objects[obj].HeldUntil <= _now)
        {
            _objects[obj].Failures++;
            Hold(obj, BackoffTicks(_objects[obj].Number, _objects[obj].Failures));
        }
        int attempt = Math.Max(1, _objects[obj].Failures);
        Emit(EffectKind.WritebackFailed, new WritebackError(set, _objects[obj].Number, offset, length, error, attempt));
    }

    private void NoteWriteSuccess(int obj)
    {
        if (_objects[obj].HeldUntil <= _now)
            _objects[obj].Failures = 0;
    }

    /// <summary>Twice as long with every failure, and for most objects up to an eighth longer than that: those that failed
    /// together are not tried again together.</summary>
    private long BackoffTicks(long number, int failures)
    {
        long ticks = _retryTicks;
        for (int i = 1; i < failures && ticks < _retryMaxTicks; i++)
            ticks *= 2;
        ticks = Math.Min(ticks, _retryMaxTicks);
        uint spread = ((uint)number * 2654435761u) >> 24;
        return ticks + (ticks / 2048 * spread);
    }

    private void DropFailed(WritebackError failure)
    {
        int obj = FindObject(failure.Set, failure.ObjectNumber);
        if (obj == 0)
            return;
        long end = failure.Offset + failure.Length;
        long number = failure.Offset >> BlockShift;
        for (int block; (block = NextBlock(obj, number, ((end - 1) >> BlockShift) + 1)) != 0;)
        {
            number = _blocks[block].Number + 1;
            long origin = _blocks[block].Number << BlockShift;
            int from = (int)Math.Max(0, failure.Offset - origin);
            int to = (int)Math.Min(CacheSettings.BlockBytes, end - origin);
            int dirty = BytesInState(ref _blocks[block], from, to, Unit.Dirty);
            if (dirty == 0)
                continue;
            _counters.BytesGivenUp += dirty;
            if (failure.Set.Unreported.IsNone)
                failure.Set.Unreported = failure.Error;
            TellCovers(block, from, to, failure.Error);
            Change(block, from, to, UnitChange.DirtyDropped);
            RecallZeroes(block);
            WakeReads(block);
            Settle(block);
        }
    }

    private void TellCovers(int block, int from, int to, IoError error)
    {
        for (int cover = _blocks[block].FirstCover; cover != 0; cover = _covers[cover].NextInBlock)
        {
            Cover c = _covers[cover];
            if (c.Start < to && c.End > from && SettlementOf(c) is { Error.IsNone: true } settlement)
                settlement.Error = error;
        }
    }

    /// <summary>Whoever waits for data of the set to be written learns that it is not, and whoever waits to write is
    /// refused.</summary>
    private void FailSet(ObjectSet set, IoError error)
    {
        if (set.Failure.Failed)
            return;
        set.Failure = error;
        CacheRequest? next;
        for (CacheRequest? write = _blockedWrites.First; write is not null; write = next)
        {
            next = write.QueueNext;
            if (((WriteRequest)write).Set == set)
                GiveUp((WriteRequest)write, error);
        }
        foreach (int obj in ObjectsByNumber(set))
        {
            long from = 0;
            for (int block; (block = NextBlock(obj, from, long.MaxValue)) != 0;)
            {
                from = _blocks[block].Number + 1;
                if (_blocks[block].FirstCover != 0)
                {
                    FailCovers(block, error);
                    WakeReads(block);
                }
                Settle(block);
            }
        }
    }

    /// <summary>What a flush of the set has to say whatever becomes of the data that it finds: data is not written at all, or was
    /// given up since the last one. A flush says one thing: what it leaves out is left to the next.</summary>
    private static void TakeReport(FlushRequest request, ObjectSet set)
    {
        bool isKept = set.Failure.Failed && set.DirtyOrTxBytes != 0;
        if (request.Report.IsNone)
            request.Report = isKept ? set.Failure : set.Unreported;
        if (!isKept && request.Report == set.Unreported)
            set.Unreported = default;
    }
}
