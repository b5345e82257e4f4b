using Engine.Buffers;

namespace Engine.Volumes;

/// <summary>Keeps overlapping writes apart: a store must never have two of them in flight, and a read-modify-write must not
/// lose a neighbour's bytes. Ranges are of the image, in bytes, aligned outwards. First come, first served among overlapping
/// ranges; disjoint ranges never wait. Held ranges are few (requests in flight), so a search of them is a scan of one array.
/// </summary>
internal sealed class RangeLocks
{
    private readonly Lock _gate = new();

    /// <summary>Ranges that are held: pairwise disjoint, so that a start names one.</summary>
    private Span[] _held = new Span[64];

    private int _heldCount;

    /// <summary>Waiting ranges in order of arrival.</summary>
    private readonly List<Waiter> _waiting = [];

    /// <summary>Takes the range for the piece, or queues the piece behind what overlaps it.</summary>
    /// <returns>False when the piece has to wait; <see cref="Release"/> then names it.</returns>
    public bool TryAcquire(long start, long end, PieceReference piece)
    {
        Invariant.That(start < end);
        lock (_gate)
        {
            if (!IsHeldLocked(start, end) && !IsAwaitedLocked(start, end, _waiting.Count))
            {
                HoldLocked(start, end);
                return true;
            }

            _waiting.Add(new Waiter(new Span(start, end), piece));
            return false;
        }
    }

    /// <summary>Gives a range back and adds the pieces that now hold theirs to <paramref name="ready"/>.</summary>
    public void Release(long start, PieceQueue ready)
    {
        lock (_gate)
        {
            int index = 0;
            while (index < _heldCount && _held[index].Start != start)
                index++;
            Invariant.That(index < _heldCount);
            _held[index] = _held[--_heldCount];
            if (_waiting.Count > 0)
                GrantLocked(ready);
        }
    }

    private void GrantLocked(PieceQueue ready)
    {
        for (int i = 0; i < _waiting.Count;)
        {
            Waiter waiter = _waiting[i];
            if (IsHeldLocked(waiter.Span.Start, waiter.Span.End) || IsAwaitedLocked(waiter.Span.Start, waiter.Span.End, i))
            {
                i++;
                continue;
            }

            _waiting.RemoveAt(i);
            HoldLocked(waiter.Span.Start, waiter.Span.End);
            ready.Add(new PieceEvent(waiter.Piece, PieceStage.Memory, IoError.None));
        }
    }

    private bool IsHeldLocked(long start, long end)
    {
        foreach (Span held in _held.AsSpan(0, _heldCount))
        {
            if (held.Start < end && start < held.End)
                return true;
        }

        return false;
    }

    /// <summary>Does one of the first <paramref name="count"/> waiters overlap the range?</summary>
    private bool IsAwaitedLocked(long start, long end, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Span span = _waiting[i].Span;
            if (span.Start < end && start < span.End)
                return true;
        }

        return false;
    }

    private void HoldLocked(long start, long end)
    {
        if (_heldCount == _held.Length)
            Array.Resize(ref _held, _heldCount * 2);
        _held[_heldCount++] = new Span(start, end);
    }

    private readonly record struct Span(long Start, long End);

    private readonly record struct Waiter(Span Span, PieceReference Piece);
}
