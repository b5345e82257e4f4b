using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Exports that wait for their turn, in order of arrival, those that pins ask for first. Source: migrator specification,
/// 2.3 (X0) and 2.9.</summary>
public sealed class ExportQueue
{
    private readonly LinkedList<Request> _waiting = [];
    private LinkedListNode<Request>? _lastUrgent;

    /// <summary>Exports that wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>In their order.</summary>
    public IEnumerable<(DirFrag Dir, RankId To)> Waiting => _waiting.Select(static each => (each.Dir, each.To));

    /// <summary>Adds an export; false when as many wait as may, or it does already.</summary>
    /// <param name="dir">What.</param>
    /// <param name="to">Whereto.</param>
    /// <param name="isUrgent">Before those that are not.</param>
    /// <param name="countMax">Most that may wait.</param>
    public bool TryAdd(DirFrag dir, RankId to, bool isUrgent, int countMax)
    {
        if (_waiting.Count >= countMax || _waiting.Any(each => each.Dir == dir && each.To == to))
            return false;
        Request request = new(dir, to, isUrgent);
        if (!isUrgent)
            _waiting.AddLast(request);
        else if (_lastUrgent is null)
            _lastUrgent = _waiting.AddFirst(request);
        else
            _lastUrgent = _waiting.AddAfter(_lastUrgent, request);
        return true;
    }

    /// <summary>Adds one before all others; false when it waits already.</summary>
    public bool TryAddFirst(DirFrag dir, RankId to)
    {
        if (_waiting.Any(each => each.Dir == dir && each.To == to))
            return false;
        LinkedListNode<Request> first = _waiting.AddFirst(new Request(dir, to, IsUrgent: true));
        _lastUrgent ??= first;
        return true;
    }

    /// <summary>Takes the next one of those whose time has come.</summary>
    public bool TryTake(Func<DirFrag, RankId, bool> isDue, out DirFrag dir, out RankId to, out bool isUrgent)
    {
        LinkedListNode<Request>? first = _waiting.First;
        while (first is not null && !isDue(first.Value.Dir, first.Value.To))
            first = first.Next;
        (dir, to, isUrgent) =
            first is null ? (default, RankId.None, false) : (first.Value.Dir, first.Value.To, first.Value.IsUrgent);
        if (first is null)
            return false;
        if (first == _lastUrgent)
            _lastUrgent = first.Previous;
        _waiting.Remove(first);
        return true;
    }

    /// <summary>Forgets them.</summary>
    /// <returns>How many.</returns>
    public int Clear()
    {
        int count = _waiting.Count;
        _waiting.Clear();
        _lastUrgent = null;
        return count;
    }

    private readonly record struct Request(DirFrag Dir, RankId To, bool IsUrgent);
}
