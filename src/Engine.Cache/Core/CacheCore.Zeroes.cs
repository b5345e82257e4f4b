// What the store zeroed and has not flushed: the counterpart of unstable blocks for ranges that have no blocks. A failed
// flush of the store may lose such a zeroing; it is done again, under a fence, before the next flush. What was written to a
// range since, the cache holds itself: such bytes leave the range, in whole units of the store.
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Cache;

internal sealed unsafe partial class CacheCore
{
    /// <summary>Ranges kept; from here on the store is flushed in the background.</summary>
    private const int ZeroesMax = 1024;

    private readonly List<ZeroedRange> _zeroes = [];
    private bool _redoing;

    /// <summary>The request that stands for zeroing lost ranges again.</summary>
    public required DropRequest Redo { get; init; }

    private void NoteZeroes(DropRequest request, int obj, long from, long to)
    {
        if (!_capabilities.CommitIsDurable)
            _zeroes.Add(new ZeroedRange(SetOf(obj), _objects[obj].Number, from, to, ZeroesState.Asked, request));
    }

    /// <summary>The store has answered: its zeroes wait for a flush, or there are none.</summary>
    private void EndZeroes(DropRequest request)
    {
        if (request.StoreError.Failed && request != Redo)
            _zeroes.RemoveAll(range => range.Request == request);
        ZeroesState state = request.StoreError.Failed ? ZeroesState.Lost : ZeroesState.Open;
        foreach (ref ZeroedRange range in CollectionsMarshal.AsSpan(_zeroes))
        {
            if (range.Request == request)
                range = range with { State = state, Request = null };
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

    private void LoseZeroes()
    {
        AdvanceZeroes(ZeroesState.Flushing, ZeroesState.Lost);
        AdvanceZeroes(ZeroesState.Open, ZeroesState.Lost);
    }

    /// <summary>Newer bytes took the place of zeroes: doing those again would destroy them.</summary>
    private void SupersedeZeroes(int obj, long from, long to)
    {
        ObjectSet set = SetOf(obj);
        long number = _objects[obj].Number;
        from = AlignDown(from, _capabilities.WriteAlignment);
        to = AlignUp(to, _capabilities.WriteAlignment);
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

    /// <summary>Zeroes lost ranges again; false when there are none.</summary>
    private bool StartRedo()
    {
        if (!_zeroes.Exists(range => range.State == ZeroesState.Lost))
            return false;
        _redoing = true;
        Redo.Store = DiscardStore.WriteZeroes;
        Redo.StoreError = default;
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
        if (error.IsNone)
            return;
        _storeFlushRetryAt = _now + _retryTicks;
        foreach (FlushRequest request in _flushWaiting)
            EndFlush(request, error);
        _flushWaiting.Clear();
    }

    private readonly record struct ZeroedRange(
        ObjectSet Set, long Number, long From, long To, ZeroesState State, DropRequest? Request);
}
