// Dirty data whose write failed (specification 3.3): it stays dirty, and all of its object is left alone by background writeback
// for a time that doubles with every failure in a row; its owner is asked what is to become of it. A flush does not wait for that
// time. An answer decides about the data that failed, and nothing that came since: a question that has nothing to decide any more
// is forgotten. Invariant: dirty blocks of an object that is held or asked about, or of a set that failed, are on the retry list,
// all others on the age list.
using Engine.Buffers;

namespace Engine.Cache;

internal sealed unsafe partial class CacheCore
{
    /// <summary>Objects that are held, by the time at which that ends; an entry that the object no longer knows of is an old
    /// one.</summary>
    private readonly PriorityQueue<int, long> _held = new();

    /// <summary>What owners are asked and have not answered, by object.</summary>
    private readonly Dictionary<int, List<WritebackQuestion>> _questions = [];

    /// <summary>Blocks that come back from the retry list together.</summary>
    private readonly List<int> _returning = [];

    private readonly Comparison<int> _byAge;
    private long _retryMaxTicks;

    /// <summary>Number of the last write that was issued.</summary>
    private long _lastIssue;

    /// <summary>The owner's answer to <see cref="EffectKind.WritebackFailed"/>.</summary>
    public void Decide(WritebackQuestion question, WritebackAction action)
    {
        if (!question.IsOpen)
            return;
        if (action == WritebackAction.Drop)
            DropFailed(question);
        else if (action == WritebackAction.FailSet)
            FailSet(question.Failure.Set, question.Failure.Error);
        if (EndQuestion(question))
            ReturnBlocks(question.Object);
        EndStep();
    }

    /// <summary>A set that failed goes on.</summary>
    public void Resume(ObjectSet set)
    {
        if (set.Failure.IsNone)
            return;
        set.Failure = default;
        foreach (int obj in ObjectsByNumber(set))
        {
            _failedBlocks -= _objects[obj].ChargedBlocks;
            _objects[obj].Failures = 0;
            _objects[obj].HeldUntil = 0;
            CollectHeld(obj);
        }
        ReturnCollected();
        EndStep();
    }

    private bool IsHeld(int obj) =>
        _objects[obj].HeldUntil != 0 || _objects[obj].Questions != 0 || SetOf(obj).Failure.Failed;

    /// <summary>Background writeback leaves the object alone for a time; one that is left alone already is so no longer for
    /// that.</summary>
    private void Hold(int obj, long ticks)
    {
        ref CachedObject o = ref _objects[obj];
        o.FailedAt = _lastIssue;
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
            CollectHeld(obj);
        }
        ReturnCollected();
    }

    private void ReturnBlocks(int obj)
    {
        CollectHeld(obj);
        ReturnCollected();
    }

    private void CollectHeld(int obj)
    {
        if (IsHeld(obj))
            return;
        long from = 0;
        for (int block; (block = NextBlock(obj, from, long.MaxValue)) != 0;)
        {
            from = _blocks[block].Number + 1;
            if ((_blocks[block].Lists & BlockLists.Retry) != 0)
                _returning.Add(block);
        }
    }

    /// <summary>In order of their age among what is on the age list: what comes back is older than most of it.</summary>
    private void ReturnCollected()
    {
        if (_returning.Count == 0)
            return;
        _returning.Sort(_byAge);
        int before = _age.First;
        foreach (int block in _returning)
        {
            long since = _blocks[block].FirstDirty;
            while (before != 0 && _blocks[before].FirstDirty <= since)
                before = _age.Next(before);
            _agePlace = before;
            Settle(block);
        }
        _agePlace = 0;
        _returning.Clear();
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
            _objects[obj].Failures++;
        Hold(obj, BackoffTicks(_objects[obj].Number, _objects[obj].Failures));
        Ask(obj, new WritebackError(set, _objects[obj].Number, offset, length, error, Math.Max(1, _objects[obj].Failures)));
    }

    /// <summary>Until the answer is there, background writeback leaves the object alone.</summary>
    private void Ask(int obj, WritebackError failure)
    {
        WritebackQuestion question = new(obj, failure);
        if (!_questions.TryGetValue(obj, out List<WritebackQuestion>? questions))
            _questions.Add(obj, questions = []);
        questions.Add(question);
        _objects[obj].Questions++;
        Emit(EffectKind.WritebackFailed, question);
    }

    /// <summary>False when the question was forgotten already.</summary>
    private bool EndQuestion(WritebackQuestion question)
    {
        if (!question.IsOpen)
            return false;
        question.IsOpen = false;
        _questions[question.Object].Remove(question);
        if (--_objects[question.Object].Questions == 0)
            _questions.Remove(question.Object);
        return true;
    }

    /// <summary>What was asked about an object has been decided by what happened.</summary>
    private void ForgetQuestions(int obj)
    {
        foreach (WritebackQuestion question in QuestionsOf(obj))
            EndQuestion(question);
    }

    private void ForgetQuestions(ObjectSet set)
    {
        for (int obj = set.FirstObject; obj != 0; obj = _objects[obj].NextInSet)
            ForgetQuestions(obj);
    }

    /// <summary>What was written since the failure has not failed: no answer gives it up.</summary>
    private void CutQuestions(int obj, long from, long to)
    {
        foreach (WritebackQuestion question in _questions[obj])
            question.Cut(from, to);
    }

    private WritebackQuestion[] QuestionsOf(int obj) =>
        _objects[obj].Questions == 0 ? [] : [.. _questions[obj]];

    /// <summary>What the store has taken is not asked about any more. A write that was issued after the last failure shows that
    /// the object need not be held; one that was in flight beside it does not.</summary>
    private void NoteWriteSuccess(BackendIo io)
    {
        ref CachedObject o = ref _objects[io.Object];
        if (o.Questions == 0 && o.Failures == 0 && o.HeldUntil == 0)
            return;
        foreach (WritebackQuestion question in QuestionsOf(io.Object))
        {
            if (question.IsAbout(io.Offset, io.Offset + io.Length))
                EndQuestion(question);
        }
        if (io.Issue > o.FailedAt)
        {
            o.Failures = 0;
            o.HeldUntil = 0;
        }
        ReturnBlocks(io.Object);
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

    private void DropFailed(WritebackQuestion question)
    {
        foreach ((long from, long to) in question.Parts)
            DropFailed(question.Object, question.Failure, from, to);
    }

    private void DropFailed(int obj, WritebackError failure, long start, long end)
    {
        long number = start >> BlockShift;
        for (int block; (block = NextBlock(obj, number, ((end - 1) >> BlockShift) + 1)) != 0;)
        {
            number = _blocks[block].Number + 1;
            long origin = _blocks[block].Number << BlockShift;
            int from = (int)Math.Max(0, start - origin);
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
        ForgetQuestions(set);
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
            _failedBlocks += _objects[obj].ChargedBlocks;
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
